package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ItemWriter;

/** Commits what became of tasks: ledger and manifest rows, in one transaction with the step's own progress. */
final class ArchiveWriter implements ItemWriter<SettledTask>, StepExecutionListener {
    private static final Logger log = LoggerFactory.getLogger(ArchiveWriter.class);

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
        for (SettledTask settled : tasks.settle(run, chunk.getItems(), clock.instant())) {
            progress.settled(settled.outcome());
            tell(settled);
        }
    }

    /** Objects that ended alike are told of in one line: a task that is unknown has three of them. */
    private static void tell(SettledTask settled) {
        Map<String, List<String>> rolesByEnd = new LinkedHashMap<>();
        for (ObjectOutcome object : settled.outcome().objects()) {
            if (object instanceof ObjectOutcome.NotStored lost
                    && lost.status() == Status.FAILED
                    && !settled.task().settled().contains(object)) {
                String detail = lost.detail() == null ? "" : " (" + lost.detail() + ")";
                rolesByEnd
                        .computeIfAbsent(
                                "%s: %s%s. What to do: %s."
                                        .formatted(
                                                lost.reason(),
                                                lost.reason().meaning(),
                                                detail,
                                                lost.reason().remedy()),
                                end -> new ArrayList<>())
                        .add(lost.role().word());
            }
        }
        try (var _ = MDC.putCloseable(LogKey.TASK, settled.task().id().value())) {
            rolesByEnd.forEach((end, roles) -> log.warn("{} {}", String.join(", ", roles), end));
        }
    }
}
