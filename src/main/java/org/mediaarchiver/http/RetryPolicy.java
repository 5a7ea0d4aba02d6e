package org.mediaarchiver.http;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often a request that failed in passing is tried, and how long to wait in between.
 *
 * <p>The wait doubles with each failure. Its second half is random, so that tasks which failed together do not come back together,
 * and none comes back at once.
 *
 * @param attempts tries in all, the first one included; at least 1
 * @param firstDelay the longest wait after the first failure
 * @param longestDelay what the wait grows to; from {@code firstDelay} to one day
 */
public record RetryPolicy(int attempts, Duration firstDelay, Duration longestDelay) {
    /** Five tries within at most 15 seconds of waiting: enough for a restart, short enough for a night of many tasks. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(30));

    /** @throws IllegalArgumentException if a value is out of its bounds */
    public RetryPolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException("at least one attempt");
        }
        if (firstDelay.isNegative()
                || longestDelay.compareTo(firstDelay) < 0
                || longestDelay.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("delays grow from 0 or more to at most a day");
        }
    }

    /**
     * Returns how long to wait now, chosen anew by each call.
     *
     * @param failures how many tries have failed so far, at least 1
     */
    public Duration delayAfter(int failures) {
        int doublings = Math.clamp(failures - 1L, 0, 62);
        long first = firstDelay.toNanos();
        long longest = longestDelay.toNanos();
        long wait = first > longest >> doublings ? longest : first << doublings;
        return Duration.ofNanos(ThreadLocalRandom.current().nextLong(wait / 2, wait + 1));
    }
}
