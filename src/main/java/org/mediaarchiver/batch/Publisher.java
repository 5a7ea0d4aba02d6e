package org.mediaarchiver.batch;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.manifest.LocalRunFile;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ItemProcessor;
import org.springframework.batch.infrastructure.item.ItemWriter;

/**
 * Makes the files of a run, uploads each, and closes the run once its commit mark is in the bucket.
 *
 * <p>Runs are published one behind the other, because each names the one before it. Where a run that is being published has lost its
 * process, whoever comes next ends its publication: that gives the same bytes whoever does it, and however often.
 */
final class Publisher implements ItemProcessor<RunFile, LocalRunFile>, ItemWriter<LocalRunFile>, StepExecutionListener {
    private static final Logger log = LoggerFactory.getLogger(Publisher.class);
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Run run;
    private final RunTable runs;
    private final RunProjection projection;
    private final JobLock lock;
    private final BooleanSupplier stopped;
    private @Nullable RunFiles files;

    /** @param stopped tells whether to publish, and wait for, no more of the runs before this one */
    Publisher(Run run, RunTable runs, RunProjection projection, JobLock lock, BooleanSupplier stopped) {
        this.run = run;
        this.runs = runs;
        this.projection = projection;
        this.lock = lock;
        this.stopped = stopped;
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        try {
            if (awaitTurn()) {
                files = projection.files(run);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stepExecution.setTerminateOnly();
    }

    private boolean awaitTurn() throws InterruptedException {
        Run waitedFor = null;
        while (true) {
            Optional<Run> ahead = projection.begin(run);
            if (ahead.isEmpty()) {
                return true;
            }
            if (stopped.getAsBoolean()) {
                return false;
            }
            Run before = ahead.get();
            if (!lock.isHeldElsewhere(before.archiveId(), before.job())) {
                log.info(
                        "run {} of job {} was left while it was published, and is published first",
                        before.id(),
                        before.job());
                new Publisher(before, runs, projection, lock, stopped).publishAll();
            } else {
                if (!before.equals(waitedFor)) {
                    log.info("run {} of job {} is being published, and is waited for", before.id(), before.job());
                }
                waitedFor = before;
                Thread.sleep(PATIENCE);
            }
        }
    }

    private void publishAll() throws InterruptedException {
        files = projection.files(run);
        for (RunFile file : RunFile.values()) {
            if (stopped.getAsBoolean()) {
                return;
            }
            LocalRunFile made = process(file);
            if (made != null) {
                publish(made);
            }
        }
    }

    @Override
    public @Nullable LocalRunFile process(RunFile file) {
        return files().write(file).orElse(null);
    }

    @Override
    public void write(Chunk<? extends LocalRunFile> chunk) throws InterruptedException {
        for (LocalRunFile file : chunk) {
            publish(file);
        }
    }

    private void publish(LocalRunFile file) throws InterruptedException {
        projection.publication(run).publish(file);
        if (file.file() == RunFile.RUN_JSON_SHA256) {
            runs.published(run.id(), runJson());
        }
    }

    private Sha256 runJson() {
        return files().write(RunFile.RUN_JSON).orElseThrow().content().sha256();
    }

    private RunFiles files() {
        return Objects.requireNonNull(files, "the step has not begun");
    }
}
