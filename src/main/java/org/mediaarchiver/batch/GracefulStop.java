package org.mediaarchiver.batch;

import java.time.Duration;
import org.springframework.context.SmartLifecycle;

/**
 * Ends the work in good order when the process is asked to end: nothing new is begun, and what is done is committed.
 *
 * <p>It stops before everything else in the application context does, so that the database and the clients are still there.
 */
final class GracefulStop implements SmartLifecycle {
    private final StoppableWork work;
    private final Duration grace;
    private volatile boolean running;

    /** @param grace how long what is in flight may take */
    GracefulStop(StoppableWork work, Duration grace) {
        this.work = work;
        this.grace = grace;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        if (work.isAtWork()) {
            SecondSignal.endsTheProcess();
        }
        work.stop(grace);
        work.awaitEnd();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
