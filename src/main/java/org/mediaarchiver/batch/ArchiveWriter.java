package org.mediaarchiver.batch;

import java.time.InstantSource;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ItemWriter;

/** Commits what became of tasks: ledger and manifest rows, in one transaction with the step's own progress. */
final class ArchiveWriter implements ItemWriter<SettledTask>, StepExecutionListener {
    private final Run run;
    private final TaskTable tasks;
    private final Progress progress;
    private final InstantSource clock;

    ArchiveWriter(Run run, TaskTable tasks, Progress progress, InstantSource clock) {
        this.run = run;
        this.tasks = tasks;
        this.progress = progress;
        this.clock = clock;
    }

    /** Only now is it known how many tasks there are: on a restart, those that are left. */
    @Override
    public void beforeStep(StepExecution stepExecution) {
        progress.start(tasks.counts(run.id()).toDo());
    }

    @Override
    public void write(Chunk<? extends SettledTask> chunk) {
        tasks.settle(run, chunk.getItems(), clock.instant());
        chunk.forEach(settled -> progress.settled(settled.outcome()));
    }
}
