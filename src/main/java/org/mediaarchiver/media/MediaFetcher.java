package org.mediaarchiver.media;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.AddressGuard;

/**
 * Fetches videos and previews into a spool: whole, hashed, of a known kind, and from public addresses only.
 *
 * <p>Safe for use by many threads, virtual ones included; {@link #fetch} blocks the thread that calls it. Memory use does not
 * depend on the size of a file: all downloads together keep at most a quarter of the heap in memory.
 */
public final class MediaFetcher implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final DownloadSettings settings;
    private final InstantSource clock;
    private final AddressGuard guard;
    private final SourceClient client;
    private final Watchdog watchdog;
    private final Bandwidth bandwidth;
    private final SpoolMemory memory = new SpoolMemory(Runtime.getRuntime().maxMemory() / 4);

    /**
     * Opens no connection yet. Of what a killed process left in the spool, only that is kept which a download can go on with.
     *
     * @throws StopException if the spool directory is missing and cannot be created, or cannot be written
     */
    public MediaFetcher(DownloadSettings settings, InstantSource clock) {
        this(settings, clock, new AddressGuard(settings.addresses()).dnsResolver());
    }

    /** As the public constructor, with a name server of a test's own. */
    MediaFetcher(DownloadSettings settings, InstantSource clock, DnsResolver resolver) {
        this.settings = settings;
        this.clock = clock;
        this.guard = new AddressGuard(settings.addresses());
        try {
            Files.createDirectories(settings.spool());
            deleteFromSpool(file -> !Checkpoint.isOfUse(file));
        } catch (IOException e) {
            throw SpoolWriter.unusable(settings.spool(), e);
        }
        this.client = new SourceClient(settings, guard, resolver);
        this.watchdog = new Watchdog(settings.leastBytesPerSecond(), settings.speedWindow());
        this.bandwidth = new Bandwidth(settings.bandwidth());
    }

    /**
     * Downloads a file, with as many tries as the settings allow.
     *
     * <p>Where a killed process left the beginning of this file, under whatever signature, only the rest is asked for.
     *
     * <p>At most one download of a task and role may be under way, or its {@link Spool} unclosed, at a time: they share a file.
     *
     * @param role {@code VIDEO} for an MP4, {@code PREVIEW} for a picture
     * @param url as the task service gave it
     * @return the file, or why there is none; on anything but {@link Fetch.Fetched} nothing stays on the disk
     * @throws StopException if the spool cannot be written, for instance because the disk is full
     * @throws InterruptedException if the thread is interrupted; nothing stays on the disk
     * @throws IllegalArgumentException if the role is {@code RESULT}
     */
    public Fetch fetch(TaskId task, Role role, String url) throws InterruptedException {
        SourceUrl source = SourceUrl.of(url);
        return switch (guard.check(url)) {
            case AddressGuard.Verdict.Invalid invalid ->
                new Fetch.Refused(source, Reason.INVALID_URL, invalid.detail());
            case AddressGuard.Verdict.Blocked blocked ->
                new Fetch.Refused(source, Reason.BLOCKED_URL, blocked.detail());
            case AddressGuard.Verdict.Allowed allowed -> {
                try (SpoolWriter spool = spool(task, role);
                        Watchdog.Watch watch = watchdog.watch(settings.deadline())) {
                    yield new Download(settings, clock, client, bandwidth, watch, spool, source, allowed.uri(), role)
                            .run();
                }
            }
        };
    }

    private SpoolWriter spool(TaskId task, Role role) {
        return new SpoolWriter(settings.spool().resolve(task + "." + role.word()), settings.memoryThreshold(), memory);
    }

    /**
     * Takes bytes that are no download into the spool, whatever they are.
     *
     * <p>At most one {@link Spool} of a task and role may be unclosed at a time.
     *
     * @param bytes read to their end, and not closed
     * @throws IOException if they cannot be read to their end; nothing stays on the disk
     * @throws StopException if the spool cannot be written, for instance because the disk is full
     */
    public Spool keep(TaskId task, Role role, InputStream bytes) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        byte[] buffer = new byte[BUFFER_BYTES];
        long size = 0;
        try (SpoolWriter spool = spool(task, role)) {
            spool.restart();
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                spool.write(buffer, 0, n);
                digest.update(buffer, 0, n);
                size += n;
            }
            return spool.finish(size, Sha256.ofDigest(digest.digest()));
        }
    }

    /**
     * Asks a source how large a file is, without downloading it and without a second try.
     *
     * @return nothing where the URL is refused or the source does not say
     */
    public OptionalLong size(String url) {
        if (!(guard.check(url) instanceof AddressGuard.Verdict.Allowed allowed)) {
            return OptionalLong.empty();
        }
        try (Watchdog.Watch watch = watchdog.watch(settings.deadline())) {
            if (client.head(allowed.uri(), watch) instanceof SourceClient.Answer.Opened opened) {
                opened.request().cancel();
                String length = opened.header(HttpHeaders.CONTENT_LENGTH);
                if (opened.response().getCode() == HttpStatus.SC_OK && length != null && length.matches("\\d{1,18}")) {
                    return OptionalLong.of(Long.parseLong(length));
                }
            }
            return OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Deletes what a killed process left and no download has gone on with; no download may be under way.
     *
     * @throws StopException if the spool cannot be written
     */
    public void discardLeftovers() {
        try {
            deleteFromSpool(file -> true);
        } catch (IOException e) {
            throw SpoolWriter.unusable(settings.spool(), e);
        }
    }

    private void deleteFromSpool(Predicate<Path> which) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(settings.spool())) {
            files = all.filter(which).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    /** Returns how many bytes all downloads have received so far. */
    public long bytesReceived() {
        return bandwidth.taken();
    }

    /** Closes all connections; downloads that are under way fail. */
    @Override
    public void close() {
        watchdog.close();
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
