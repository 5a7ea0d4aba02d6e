package org.mediaarchiver.batch;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Ends a run in good order when the process is asked to end: no new task, what is in flight is finished and committed.
 *
 * <p>It stops before everything else in the application context does, so that the database and the clients are still there.
 */
final class GracefulStop implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(GracefulStop.class);

    private final ArchiveRuns runs;
    private final Duration grace;
    private volatile boolean running;

    /** @param grace how long what is in flight may take */
    GracefulStop(ArchiveRuns runs, Duration grace) {
        this.runs = runs;
        this.grace = grace;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        if (runs.isAtWork()) {
            SecondSignal.endsTheProcess();
            log.warn(
                    "Asked to end: no further task is begun, those in flight have {} s. Ask again to end at once.",
                    grace.toSeconds());
        }
        runs.stop(grace);
        runs.awaitEnd();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
