package org.mediaarchiver.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;

/**
 * Keeps a number of items in flight, each on a virtual thread, and hands out results in the order in which they end.
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

    private final Iterator<T> items;
    private final Work<T, R> work;
    private final int window;
    private final BlockingQueue<T> waiting = new LinkedBlockingQueue<>();
    private final BlockingQueue<Ended<R>> ended = new LinkedBlockingQueue<>();
    private final List<Thread> workers = new ArrayList<>();
    private final AtomicReference<@Nullable StopException> doom = new AtomicReference<>();
    private volatile boolean stopped;
    private volatile long stopDeadline = Long.MAX_VALUE;
    private int drawn;

    LookAhead(Iterator<T> items, int places, Work<T, R> work) {
        this.items = items;
        this.work = work;
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
            while (!stopped && drawn < window && items.hasNext()) {
                waiting.add(items.next());
                drawn++;
            }
            if (drawn == 0) {
                StopException cause = doom.get();
                if (cause != null) {
                    throw cause;
                }
                return Optional.empty();
            }
            Ended<R> end = awaitEnd();
            if (end == null) {
                return Optional.empty();
            }
            drawn--;
            if (end.result() != null) {
                return Optional.of(end.result());
            }
            rethrow(end.failure());
        }
    }

    /** Waits in short turns, because the deadline may come closer while it waits. */
    private @Nullable Ended<R> awaitEnd() throws InterruptedException {
        while (true) {
            Ended<R> end = ended.poll(100, TimeUnit.MILLISECONDS);
            if (end != null) {
                return end;
            }
            if (System.nanoTime() - stopDeadline >= 0 && stopped) {
                return null;
            }
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
                ended.add(end(waiting.take()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Ended<R> end(T item) throws InterruptedException {
        if (stopped) {
            return new Ended<R>(null, null);
        }
        try {
            return new Ended<R>(work.apply(item), null);
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
