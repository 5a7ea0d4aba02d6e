package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.ledger.LedgerDatabase.lines;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.ledger.Outcomes;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.Chunk;

class ArchiveWriterTest {
    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void whatIsCommittedIsShownAsProgressOfWhatWasToDo(LedgerDatabase.Kind kind, @TempDir Path folder) {
        AtomicLong received = new AtomicLong(1_000_000);
        try (LedgerDatabase database = new LedgerDatabase(kind, folder);
                Progress progress = new Progress(ProgressStyle.LINES, Progress.Counted.TASKS, received::get)) {
            Run run = database.begin();
            database.tasks().add(run, lines("a", "b", "c"));
            ArchiveWriter writer = new ArchiveWriter(run, database.tasks(), progress, InstantSource.system());

            writer.beforeStep(new StepExecution(
                    1, "archive", new JobExecution(1, new JobInstance(1, "archive"), new JobParameters())));
            assertThat(progress.line()).isEqualTo("0 of 3 tasks done, 0 failed, 0 B/s");

            List<OpenTask> open = database.tasks().toDo(run, -1, 2);
            writer.write(Chunk.of(
                    new SettledTask(open.getFirst(), Outcomes.archived("a")),
                    new SettledTask(open.getLast(), Outcomes.withoutPreview("b", Reason.NOT_MEDIA))));
            assertThat(progress.line()).matches("2 of 3 tasks done, 1 failed, 0 B/s, about 0 s left");
            assertThat(database.tasks().counts(run.id()).toDo()).isEqualTo(1);
        }
    }
}
