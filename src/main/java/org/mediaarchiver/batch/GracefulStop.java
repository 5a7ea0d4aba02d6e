package org.mediaarchiver.batch;

import java.time.Duration;
import org.springframework.context.SmartLifecycle;

/**
 * Ends a run in good order when the process is asked to end: no new task, what is in flight is finished and committed.
 *
 * <p>It stops before everything else in the application context does, so that the database and the clients are still there.
 */
final class GracefulStop implements SmartLifecycle {
    /** How long what is in flight may take. */
    static final Duration GRACE = Duration.ofSeconds(30);

    private final ArchiveRuns runs;
    private volatile boolean running;

    GracefulStop(ArchiveRuns runs) {
        this.runs = runs;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        runs.stop(GRACE);
        runs.awaitEnd();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
