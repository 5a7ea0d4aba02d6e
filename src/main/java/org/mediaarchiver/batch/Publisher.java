package org.mediaarchiver.batch;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.manifest.LocalRunFile;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunFiles;
import org.mediaarchiver.manifest.RunPublication;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ItemProcessor;
import org.springframework.batch.infrastructure.item.ItemWriter;

/** Makes the files of a run, uploads each, and closes the run once its commit mark is in the bucket. */
final class Publisher implements ItemProcessor<RunFile, LocalRunFile>, ItemWriter<LocalRunFile>, StepExecutionListener {
    private final Run run;
    private final RunTable runs;
    private final Supplier<RunFiles> committedState;
    private final RunPublication publication;
    private @Nullable RunFiles files;

    /** @param committedState the run's files as its tables tell them; asked for once every task has its outcome */
    Publisher(Run run, RunTable runs, Supplier<RunFiles> committedState, RunPublication publication) {
        this.run = run;
        this.runs = runs;
        this.committedState = committedState;
        this.publication = publication;
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        files = committedState.get();
    }

    @Override
    public @Nullable LocalRunFile process(RunFile file) {
        return files().write(file).orElse(null);
    }

    @Override
    public void write(Chunk<? extends LocalRunFile> chunk) throws InterruptedException {
        for (LocalRunFile file : chunk) {
            publication.publish(file);
            if (file.file() == RunFile.RUN_JSON_SHA256) {
                runs.published(run.id(), runJson());
            }
        }
    }

    private Sha256 runJson() {
        return files().write(RunFile.RUN_JSON).orElseThrow().content().sha256();
    }

    private RunFiles files() {
        return Objects.requireNonNull(files, "the step has not begun");
    }
}
