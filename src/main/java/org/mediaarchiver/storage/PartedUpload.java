package org.mediaarchiver.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.CallFailed.Kind;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A file cut into parts, each sent with its own SHA-256.
 *
 * <p>S3 has no SHA-256 of a whole object that came in parts, only one over the digests of the parts. That proves as much, if the
 * parts are those of the bytes that were to be stored: so all parts together are hashed once more, and must have the digest that
 * the object was announced with before the upload is completed.
 */
final class PartedUpload {
    /** S3's own limit. */
    private static final int MOST_PARTS = 10_000;

    private static final int BUFFER_BYTES = 64 * 1024;

    /** Sends one part and returns the store's answer. */
    @FunctionalInterface
    interface Sender {
        UploadPartResponse send(int number, long bytes, RequestBody body, Sha256 digest)
                throws CallFailed, InterruptedException;
    }

    private final Path file;
    private final long size;
    private final long partBytes;
    private final MessageDigest whole = Sha256.newDigest();
    private final MessageDigest ofDigests = Sha256.newDigest();
    private final List<CompletedPart> parts = new ArrayList<>();

    PartedUpload(Path file, long size, long partBytes) {
        this.file = file;
        this.size = size;
        this.partBytes = Math.max(partBytes, Math.ceilDiv(size, MOST_PARTS));
    }

    /** Sends all parts, one after the other. */
    List<CompletedPart> sendAll(Sender sender, Sha256 announced) throws CallFailed, InterruptedException {
        for (long offset = 0; offset < size; offset += partBytes) {
            long start = offset;
            long bytes = Math.min(partBytes, size - start);
            int number = parts.size() + 1;
            Sha256 digest = digest(start, bytes);
            RequestBody body =
                    RequestBody.fromContentProvider(() -> slice(start, bytes), bytes, "application/octet-stream");
            UploadPartResponse answer = sender.send(number, bytes, body, digest);
            String told = answer.checksumSHA256();
            if (told != null && !told.equals(digest.base64())) {
                throw new CallFailed(
                        Kind.PASSING,
                        Reason.STORE_REFUSED,
                        "the store has another digest of part " + number + " than was sent");
            }
            parts.add(CompletedPart.builder()
                    .partNumber(number)
                    .eTag(answer.eTag())
                    .checksumSHA256(told)
                    .build());
        }
        if (!Sha256.ofDigest(whole.digest()).equals(announced)) {
            throw new CallFailed(
                    Kind.FINAL, Reason.STORE_REFUSED, "the bytes do not have the digest that was announced");
        }
        return parts;
    }

    /** Returns what S3 computes of an object in these parts; to be asked once, after all were sent. */
    StoreChecksum checksum() {
        String value = Base64.getEncoder().encodeToString(ofDigests.digest());
        return new StoreChecksum("SHA256", StoreChecksum.COMPOSITE, value + "-" + parts.size());
    }

    private Sha256 digest(long offset, long bytes) {
        MessageDigest part = Sha256.newDigest();
        try (InputStream in = slice(offset, bytes)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                part.update(buffer, 0, n);
                whole.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] digest = part.digest();
        ofDigests.update(digest);
        return Sha256.ofDigest(digest);
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
