package org.mediaarchiver.media;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.http.AddressPolicy;

/**
 * What bounds downloads.
 *
 * @param spool the directory in which files wait that are too large for memory; it is created where it is missing
 * @param addresses where downloads may go
 * @param maxBytes the largest file that is accepted
 * @param bandwidth bytes a second over all downloads together, or null for no limit
 * @param connectTimeout for a connection, TLS included
 * @param idleTimeout how long a source may send nothing
 * @param deadline for one file from first request to last byte, waits between tries included
 * @param leastBytesPerSecond what a source must deliver over each {@code speedWindow}; only time spent waiting for the source counts
 * @param speedWindow over what time the speed is judged
 * @param attempts how many tries in a row may fail without bringing the file forward
 * @param firstDelay the pause after a first failed try, which doubles from try to try and is shortened at random
 * @param longestDelay the longest pause; a source that asks for a longer one is left to the next run
 * @param connections at once; as many as there are downloads at once, or they wait for one another
 * @param memoryThreshold files up to this many bytes stay in memory as long as there is room for them
 */
public record DownloadSettings(
        Path spool,
        AddressPolicy addresses,
        long maxBytes,
        @Nullable Long bandwidth,
        Duration connectTimeout,
        Duration idleTimeout,
        Duration deadline,
        long leastBytesPerSecond,
        Duration speedWindow,
        int attempts,
        Duration firstDelay,
        Duration longestDelay,
        int connections,
        int memoryThreshold) {
    private static final int KIB = 1024;

    /** @throws IllegalArgumentException if a bound is not positive, or a bandwidth is under 1 KiB a second */
    public DownloadSettings {
        if (maxBytes < 1
                || leastBytesPerSecond < 1
                || attempts < 1
                || connections < 1
                || memoryThreshold < 0
                || (bandwidth != null && bandwidth < KIB)) {
            throw new IllegalArgumentException("a bound of downloads is not positive");
        }
        for (Duration duration :
                new Duration[] {connectTimeout, idleTimeout, deadline, speedWindow, firstDelay, longestDelay}) {
            if (!duration.isPositive()) {
                throw new IllegalArgumentException("a time limit of downloads is not positive");
            }
        }
    }

    /**
     * What holds where nothing else is configured: 5 GB a file, connect 10 s, silence 30 s, two hours in all, at least 1 KiB/s over
     * each minute, 5 tries from 1 s to 1 min apart, files up to 16 MiB in memory.
     *
     * @param downloads how many there are at once
     */
    public static DownloadSettings defaults(Path spool, AddressPolicy addresses, int downloads) {
        return new DownloadSettings(
                spool,
                addresses,
                5_000_000_000L,
                null,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofHours(2),
                KIB,
                Duration.ofMinutes(1),
                5,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                downloads,
                16 * KIB * KIB);
    }

    /** The same with files of at most so many bytes in memory. */
    public DownloadSettings withMemoryThreshold(long bytes) {
        return new DownloadSettings(
                spool,
                addresses,
                maxBytes,
                bandwidth,
                connectTimeout,
                idleTimeout,
                deadline,
                leastBytesPerSecond,
                speedWindow,
                attempts,
                firstDelay,
                longestDelay,
                connections,
                (int) Math.min(bytes, memoryThreshold));
    }

    /** The same with another largest file. */
    public DownloadSettings withMaxBytes(long bytes) {
        return new DownloadSettings(
                spool,
                addresses,
                bytes,
                bandwidth,
                connectTimeout,
                idleTimeout,
                deadline,
                leastBytesPerSecond,
                speedWindow,
                attempts,
                firstDelay,
                longestDelay,
                connections,
                memoryThreshold);
    }

    /** The same with a bandwidth in bytes a second, or null for none. */
    public DownloadSettings withBandwidth(@Nullable Long bytesPerSecond) {
        return new DownloadSettings(
                spool,
                addresses,
                maxBytes,
                bytesPerSecond,
                connectTimeout,
                idleTimeout,
                deadline,
                leastBytesPerSecond,
                speedWindow,
                attempts,
                firstDelay,
                longestDelay,
                connections,
                memoryThreshold);
    }
}
