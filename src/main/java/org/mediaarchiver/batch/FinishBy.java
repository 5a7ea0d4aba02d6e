package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether another task can still be done before the hour at which a run is to end.
 *
 * <p>A task is taken to last as long as the longest of the hundred that ended last. Safe for use by many threads.
 */
final class FinishBy {
    private static final int REMEMBERED = 100;

    private final @Nullable Instant end;
    private final InstantSource clock;
    private final Deque<Duration> lately = new ArrayDeque<>();

    /** @param end null for no such hour */
    FinishBy(@Nullable Instant end, InstantSource clock) {
        this.end = end;
        this.clock = clock;
    }

    /** Returns when the clock on the wall shows this time next, or null for no time. */
    static @Nullable Instant next(@Nullable LocalTime time, Instant now, ZoneId zone) {
        if (time == null) {
            return null;
        }
        ZonedDateTime today = now.atZone(zone).with(time);
        ZonedDateTime next = today.toInstant().isAfter(now) ? today : today.plusDays(1);
        return next.toInstant();
    }

    /** Tells whether a task that is begun now would be done in time. */
    synchronized boolean leavesTimeForATask() {
        Duration longest = lately.isEmpty() ? Duration.ZERO : Collections.max(lately);
        return end == null || clock.instant().plus(longest).isBefore(end);
    }

    /** Remembers how long a task has taken. */
    synchronized void took(Duration duration) {
        lately.addLast(duration);
        if (lately.size() > REMEMBERED) {
            lately.removeFirst();
        }
    }

    /** Returns the shorter of a wait and what is left, which may be nothing. */
    Duration atMost(Duration wait) {
        if (end == null) {
            return wait;
        }
        Duration left = Duration.between(clock.instant(), end);
        return left.isNegative() ? Duration.ZERO : left.compareTo(wait) < 0 ? left : wait;
    }
}
