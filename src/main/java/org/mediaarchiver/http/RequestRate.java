package org.mediaarchiver.http;

import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The pace at which one service is asked, shared by all tasks.
 *
 * <p>Evenly spaced, without a burst: the service sees the rate in every second, the first included. Thread-safe.
 */
public final class RequestRate {
    private static final double SLOWEST = 0.001;
    private static final double FASTEST = 1_000_000;

    private final long origin = System.nanoTime();
    private final AtomicLong pausedUntil = new AtomicLong();
    private final @Nullable Bucket bucket;

    /**
     * A rate in requests per second.
     *
     * @param requestsPerSecond from 0.001 to 1,000,000, or 0 for no limit
     * @throws IllegalArgumentException if it is neither
     */
    public RequestRate(double requestsPerSecond) {
        if (requestsPerSecond == 0) {
            bucket = null;
        } else if (requestsPerSecond >= SLOWEST && requestsPerSecond <= FASTEST) {
            Duration spacing = Duration.ofNanos(Math.round(1e9 / requestsPerSecond));
            // Not the default time source, which is the wall clock and can be set.
            bucket = Bucket.builder()
                    .addLimit(limit -> limit.capacity(1).refillGreedy(1, spacing))
                    .withNanosecondPrecision()
                    .build();
        } else {
            throw new IllegalArgumentException("requests per second: 0 (no limit), or 0.001 to 1000000");
        }
    }

    /**
     * Waits until the next request may be sent.
     *
     * @throws InterruptedException if the thread is interrupted while it waits; no request may be sent then
     */
    public void acquire() throws InterruptedException {
        do {
            waitForEndOfPause();
            if (bucket != null) {
                bucket.asBlocking().consume(1);
            }
            // A pause may have begun during the wait. Whoever then kept its turn would start with all others that kept
            // theirs.
        } while (pauseLeft() > 0);
    }

    /** Holds back every request that has no turn yet for this long; a longer pause that is on already stays. */
    public void pauseFor(Duration pause) {
        pausedUntil.accumulateAndGet(System.nanoTime() - origin + pause.toNanos(), Math::max);
    }

    private void waitForEndOfPause() throws InterruptedException {
        for (long left = pauseLeft(); left > 0; left = pauseLeft()) {
            Thread.sleep(Duration.ofNanos(left));
        }
    }

    private long pauseLeft() {
        return pausedUntil.get() - (System.nanoTime() - origin);
    }
}
