package org.mediaarchiver.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.CallFailed.Kind;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A file cut into parts, a few of which are sent at a time, each with its own SHA-256.
 *
 * <p>An upload has one checksum algorithm. Where the store was found to hold a completion against a CRC of the whole object, that is
 * it: the store then vouches itself for how the parts were put together, and keeps a checksum that stays right however the object
 * is cut, as when it is copied. The SHA-256 of each part is then in its signature. Elsewhere the algorithm is SHA-256, and the store
 * keeps a digest over the parts' digests, which tells as much of an object in the same parts.
 *
 * <p>Neither says that these are the bytes that were to be stored: so all parts together are hashed in the same pass, and must have
 * the digest that the object was announced with before the upload is completed.
 */
final class PartedUpload {
    /** How many parts of one object are on their way at most; none of them is held in memory. */
    static final int PARTS_AT_ONCE = 4;

    /** S3's own limit. */
    private static final int MOST_PARTS = 10_000;

    private static final int BUFFER_BYTES = 64 * 1024;

    /** Sends one part and returns the store's answer. */
    @FunctionalInterface
    interface Sender {
        UploadPartResponse send(Part part) throws CallFailed, InterruptedException;
    }

    /**
     * What is sent at a time.
     *
     * @param number counted from 1
     * @param checksum as requests carry it
     * @param md5 as {@code Content-MD5} carries it, null where it is not to be sent
     */
    record Part(
            int number,
            long bytes,
            RequestBody body,
            String checksum,
            @Nullable String md5) {}

    private final Path file;
    private final long size;
    private final long partBytes;
    private final @Nullable MessageDigest md5;
    private final PartsChecksum checksum;
    private final MessageDigest whole = Sha256.newDigest();
    private final List<CompletedPart> parts = new ArrayList<>();

    PartedUpload(Path file, long size, long partBytes, PartsChecksum checksum, StoreCapabilities known) {
        this.file = file;
        this.size = size;
        this.partBytes = Math.max(partBytes, Math.ceilDiv(size, MOST_PARTS));
        this.checksum = checksum;
        this.md5 = known.verifiesMd5Alone() ? ContentMd5.newDigest() : null;
    }

    /** Sends all parts; when it returns or throws, none is on its way any more. */
    List<CompletedPart> sendAll(Sender sender, Sha256 announced) throws CallFailed, InterruptedException {
        Queue<Future<CompletedPart>> onTheirWay = new ArrayDeque<>();
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                int number = 1;
                for (long offset = 0; offset < size; offset += partBytes) {
                    if (onTheirWay.size() == PARTS_AT_ONCE) {
                        parts.add(arrived(onTheirWay.remove()));
                    }
                    Part part = hashed(number++, offset, Math.min(partBytes, size - offset));
                    onTheirWay.add(senders.submit(() -> send(sender, part)));
                }
                while (!onTheirWay.isEmpty()) {
                    parts.add(arrived(onTheirWay.remove()));
                }
            } finally {
                senders.shutdownNow();
            }
        }
        if (!Sha256.ofDigest(whole.digest()).equals(announced)) {
            throw CallFailed.otherBytes();
        }
        return parts;
    }

    private CompletedPart send(Sender sender, Part part) throws CallFailed, InterruptedException {
        UploadPartResponse answer = sender.send(part);
        String told = checksum.told(answer);
        if (told != null && !told.equals(part.checksum())) {
            throw new CallFailed(
                    Kind.PASSING,
                    Reason.STORE_REFUSED,
                    "the store has another checksum of part " + part.number() + " than was sent");
        }
        CompletedPart.Builder completed =
                CompletedPart.builder().partNumber(part.number()).eTag(answer.eTag());
        checksum.list(completed, told);
        return completed.build();
    }

    private static CompletedPart arrived(Future<CompletedPart> part) throws CallFailed, InterruptedException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CallFailed failed -> throw failed;
                case InterruptedException interrupted -> throw interrupted;
                case RuntimeException unchecked -> throw unchecked;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    private Part hashed(int number, long offset, long bytes) {
        try (InputStream in = slice(offset, bytes)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                checksum.update(buffer, n);
                whole.update(buffer, 0, n);
                if (md5 != null) {
                    md5.update(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RequestBody body =
                RequestBody.fromContentProvider(() -> slice(offset, bytes), bytes, "application/octet-stream");
        return new Part(number, bytes, body, checksum.ofPart(), md5 == null ? null : ContentMd5.base64(md5.digest()));
    }

    private InputStream slice(long offset, long bytes) {
        try {
            SeekableByteChannel channel = Files.newByteChannel(file);
            channel.position(offset);
            return new Slice(Channels.newInputStream(channel), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next so many bytes of a stream. */
    private static final class Slice extends InputStream {
        private final InputStream in;
        private long left;

        Slice(InputStream in, long bytes) {
            this.in = in;
            this.left = bytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int n = in.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(n, 0);
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
