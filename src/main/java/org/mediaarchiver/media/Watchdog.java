package org.mediaarchiver.media;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.concurrent.Cancellable;
import org.jspecify.annotations.Nullable;

/**
 * Cancels downloads that take too long as a whole or are too slow, which no socket timeout notices as long as a byte comes now and
 * then. One thread watches them all.
 */
final class Watchdog implements AutoCloseable {
    /** Why a download was cancelled. */
    enum Bark {
        DEADLINE,
        TOO_SLOW
    }

    private final long leastBytesPerSecond;
    private final long windowNanos;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("download-watchdog").factory());

    private final ScheduledFuture<?> looking;

    /** @param leastBytesPerSecond what each window of that length must bring */
    Watchdog(long leastBytesPerSecond, Duration window) {
        this.leastBytesPerSecond = leastBytesPerSecond;
        this.windowNanos = window.toNanos();
        long tick = Math.clamp(windowNanos / 4, 1_000_000L, 1_000_000_000L);
        looking = ticker.scheduleAtFixedRate(this::look, tick, tick, TimeUnit.NANOSECONDS);
    }

    /** Watches a download until the watch is closed. */
    Watch watch(Duration deadline) {
        Watch watch = new Watch(System.nanoTime(), deadline.toNanos());
        watches.add(watch);
        return watch;
    }

    private void look() {
        long now = System.nanoTime();
        for (Watch watch : watches) {
            watch.look(now);
        }
    }

    @Override
    public void close() {
        looking.cancel(false);
        ticker.shutdown();
    }

    /**
     * One download, with all its tries.
     *
     * <p>Only time between {@link #waiting} and {@link #received} counts towards the speed: a source is not slow because our disk
     * or our own bandwidth limit is.
     */
    final class Watch implements AutoCloseable {
        private final long start;
        private final long deadlineNanos;
        private @Nullable Cancellable request;
        private @Nullable Bark bark;
        private boolean waiting;
        private long waitingSince;
        private long waitedNanos;
        private long bytes;

        private Watch(long start, long deadlineNanos) {
            this.start = start;
            this.deadlineNanos = deadlineNanos;
        }

        /** Begins a try: this is the request to cancel. */
        synchronized void begin(Cancellable next) {
            request = next;
            bark = null;
            waitedNanos = 0;
            bytes = 0;
            waiting();
        }

        /** From here on the source is waited for. */
        synchronized void waiting() {
            waiting = true;
            waitingSince = System.nanoTime();
        }

        /** The source delivered. */
        synchronized void received(int count) {
            waitedNanos += System.nanoTime() - waitingSince;
            waiting = false;
            bytes += count;
        }

        /** Ends a try; what became of it is no concern of the watchdog any more. */
        synchronized void end() {
            request = null;
            waiting = false;
        }

        /** Tells why this try was cancelled, or null if it was not. */
        synchronized @Nullable Bark bark() {
            return bark;
        }

        /** Tells how much time is left before the deadline; nothing or less when it has passed. */
        Duration left() {
            return Duration.ofNanos(deadlineNanos - (System.nanoTime() - start));
        }

        private synchronized void look(long now) {
            if (request == null || bark != null) {
                return;
            }
            if (now - start >= deadlineNanos) {
                bark(Bark.DEADLINE, request);
                return;
            }
            long waited = waitedNanos + (waiting ? now - waitingSince : 0);
            if (waited < windowNanos) {
                return;
            }
            if (bytes < (double) leastBytesPerSecond * waited / TimeUnit.SECONDS.toNanos(1)) {
                bark(Bark.TOO_SLOW, request);
                return;
            }
            bytes = 0;
            waitedNanos = 0;
            waitingSince = now;
        }

        private void bark(Bark why, Cancellable cancelled) {
            bark = why;
            cancelled.cancel();
        }

        @Override
        public void close() {
            watches.remove(this);
        }
    }
}
