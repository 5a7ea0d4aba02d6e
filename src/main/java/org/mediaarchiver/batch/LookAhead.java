package org.mediaarchiver.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;

/**
 * Keeps a number of items in flight, each on a virtual thread, and hands out results in the order in which they end.
 *
 * <p>With {@link Patience}, an item whose result is not final is put back and done again after a while. Meanwhile it has no place:
 * other items go first, however many wait.
 *
 * <p>The items are drawn by the thread that calls {@link #next}, a little ahead of the need, so that a place that becomes free
 * while that thread is busy elsewhere is taken at once. One thread calls {@link #next}; {@link #stop} may be called by any.
 *
 * <p>Where the work of an item throws {@link StopException}, no other item is begun, those in flight are waited for, and
 * {@link #next} then throws it: every result that there is has been handed out before.
 */
final class LookAhead<T, R> implements AutoCloseable {
    /** Where an item ended: a result, what it threw, or neither if it was not begun. */
    private record Ended<R>(@Nullable R result, @Nullable Throwable failure) {}

    /** The work of one item. */
    interface Work<T, R> {
        R apply(T item) throws InterruptedException;
    }

    /**
     * How long to go on with items whose results are not final.
     *
     * @param isFinal tells whether an item is done with
     * @param pause the least time from a result to the next try
     * @param atMost after this long every result is final; zero for one try each
     */
    record Patience<R>(Predicate<R> isFinal, Duration pause, Duration atMost) {}

    /** An item whose turn comes when it is due, or when there is nothing to wait for any more. */
    private final class Turn implements Delayed {
        private final T item;
        private final @Nullable R earlier;
        private final long due;

        /** @param earlier the result with which it was put back, null for an item that is new */
        Turn(T item, @Nullable R earlier, Duration pause) {
            this.item = item;
            this.earlier = earlier;
            this.due = System.nanoTime() + pause.toNanos();
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return stopped ? 0 : unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return other instanceof LookAhead<?, ?>.Turn turn ? Long.signum(due - turn.due) : 0;
        }
    }

    private final Iterator<T> items;
    private final Work<T, R> work;
    private final Patience<R> patience;
    private final long patienceEnd;
    private final int window;
    private final DelayQueue<Turn> waiting = new DelayQueue<>();
    private final AtomicInteger putBack = new AtomicInteger();
    private final BlockingQueue<Ended<R>> ended = new LinkedBlockingQueue<>();
    private final List<Thread> workers = new ArrayList<>();
    private final AtomicReference<@Nullable StopException> doom = new AtomicReference<>();
    private volatile boolean stopped;
    private volatile long stopDeadline = Long.MAX_VALUE;
    private int drawn;

    LookAhead(Iterator<T> items, int places, Work<T, R> work) {
        this(items, places, work, new Patience<>(result -> true, Duration.ZERO, Duration.ZERO));
    }

    LookAhead(Iterator<T> items, int places, Work<T, R> work, Patience<R> patience) {
        this.items = items;
        this.work = work;
        this.patience = patience;
        this.patienceEnd = System.nanoTime() + patience.atMost().toNanos();
        this.window = 2 * places + 64;
        for (int i = 0; i < places; i++) {
            workers.add(Thread.ofVirtual().name("task-" + i).start(this::workUntilInterrupted));
        }
    }

    /**
     * Returns the next result, waiting for it where it must.
     *
     * @return nothing once every item has ended, or those that had begun when {@link #stop} was called
     * @throws StopException if an item's work threw it, after all other results
     */
    Optional<R> next() throws InterruptedException {
        while (true) {
            while (!stopped && drawn - putBack.get() < window && items.hasNext()) {
                waiting.add(new Turn(items.next(), null, Duration.ZERO));
                drawn++;
            }
            if (drawn == 0) {
                StopException cause = doom.get();
                if (cause != null) {
                    throw cause;
                }
                return Optional.empty();
            }
            // In short turns, because the deadline may come closer meanwhile, and an item that is put back makes room
            // for another.
            Ended<R> end = ended.poll(100, TimeUnit.MILLISECONDS);
            if (end == null) {
                if (stopped && System.nanoTime() - stopDeadline >= 0) {
                    return Optional.empty();
                }
                if (stopped) {
                    releaseAll();
                }
                continue;
            }
            drawn--;
            if (end.result() != null) {
                return Optional.of(end.result());
            }
            rethrow(end.failure());
        }
    }

    /** Ends what waits for a turn that might be long in coming. */
    private void releaseAll() {
        for (Turn turn = waiting.poll(); turn != null; turn = waiting.poll()) {
            ended.add(new Ended<>(turn.earlier, null));
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        switch (failure) {
            case null -> {
                return;
            }
            case Error error -> throw error;
            case RuntimeException unexpected -> throw unexpected;
            default -> throw new IllegalStateException(failure);
        }
    }

    /** Begins no further item; those in flight may go on for {@code grace}. */
    void stop(Duration grace) {
        stopDeadline = System.nanoTime() + grace.toNanos();
        stopped = true;
    }

    /** Tells whether {@link #stop} was called. */
    boolean isStopped() {
        return stopped;
    }

    /** Interrupts what is still in flight, and waits until it has let go of everything. */
    @Override
    public void close() {
        stopped = true;
        workers.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void workUntilInterrupted() {
        try {
            while (true) {
                Turn turn = waiting.take();
                if (turn.earlier != null) {
                    putBack.decrementAndGet();
                }
                Ended<R> end = end(turn);
                if (end.result() != null && isToBeDoneAgain(end.result())) {
                    putBack.incrementAndGet();
                    waiting.add(new Turn(turn.item, end.result(), patience.pause()));
                } else {
                    ended.add(end);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isToBeDoneAgain(R result) {
        return !stopped
                && patienceEnd - System.nanoTime() > patience.pause().toNanos()
                && !patience.isFinal().test(result);
    }

    private Ended<R> end(Turn turn) throws InterruptedException {
        boolean outOfPatience = turn.earlier != null && patienceEnd - System.nanoTime() <= 0;
        if (stopped || outOfPatience) {
            return new Ended<>(turn.earlier, null);
        }
        try {
            return new Ended<R>(work.apply(turn.item), null);
        } catch (StopException e) {
            doom.compareAndSet(null, e);
            stopped = true;
            return new Ended<R>(null, null);
        } catch (RuntimeException | Error e) {
            // Outermost on this thread: next() rethrows it where somebody sees it.
            stopped = true;
            return new Ended<R>(null, e);
        }
    }
}
