package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.ledger.ManifestRowTable.Tally;
import org.mediaarchiver.monitoring.Monitoring;
import org.mediaarchiver.monitoring.RunMetrics;
import org.springframework.context.SmartLifecycle;

/**
 * Tells other systems of the begin and the end of a command.
 *
 * <p>A process that is asked to end does not end before its end was told, or ten seconds have passed: it stops behind
 * {@link GracefulStop}, when no more is to be expected of the command than its exit code.
 */
public final class RunMonitor implements SmartLifecycle {
    private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);

    private final Settings.Monitoring settings;
    private final InstantSource clock;
    private final CountDownLatch told = new CountDownLatch(1);
    private @Nullable Monitoring monitoring;
    private String job = "";
    private volatile boolean running;
    private volatile boolean begun;

    RunMonitor(Settings.Monitoring settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Tells that a command of this job has begun; to be called once. */
    public void begun(String name) {
        job = name;
        begun = true;
        Monitoring opened = new Monitoring(settings.of(name));
        monitoring = opened;
        opened.begun();
    }

    /**
     * Tells how the command ended.
     *
     * @param exitCode of the process
     * @param finished the runs that it finished, none where it was stopped before
     * @param text what it told the operator last
     */
    public void ended(int exitCode, List<RunSummary> finished, String text) {
        Monitoring opened = monitoring;
        if (opened == null) {
            throw new IllegalStateException("ended before begun");
        }
        try (opened) {
            opened.ended(new RunMetrics(job, exitCode, clock.instant(), together(finished)), text);
        } finally {
            told.countDown();
        }
    }

    /** A command finishes what an earlier one left before it begins its own run. */
    private static RunMetrics.@Nullable Finished together(List<RunSummary> summaries) {
        if (summaries.isEmpty()) {
            return null;
        }
        Duration took = Duration.ZERO;
        long tasks = 0;
        Map<List<@Nullable Object>, RunMetrics.Objects> objects = new LinkedHashMap<>();
        for (RunSummary summary : summaries) {
            took = took.plus(summary.took());
            tasks += summary.tasks().tasks();
            for (Tally tally : summary.tally()) {
                objects.merge(
                        Arrays.asList(tally.status(), tally.reason()),
                        new RunMetrics.Objects(tally.status(), tally.reason(), tally.rows(), tally.bytes()),
                        RunMetrics.Objects::plus);
            }
        }
        return new RunMetrics.Finished(took, tasks, List.copyOf(objects.values()));
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        boolean interrupted = false;
        try {
            if (begun && !told.await(PATIENCE_AT_THE_END.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Behind {@link GracefulStop}, which waits for the command. */
    @Override
    public int getPhase() {
        return DEFAULT_PHASE - 1;
    }
}
