package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.ledger.LedgerDatabase.START;
import static org.mediaarchiver.ledger.LedgerDatabase.lines;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.batch.LoadReader.Item;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.ledger.Outcomes;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable.Publication;
import org.mediaarchiver.ledger.TaskTable.Counts;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ExecutionContext;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class LoadReaderTest {
    private static final String LIST = "task_id\na\nb\na\nno id!\nc\n";

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path databaseFolder;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase database;

    @SuppressWarnings("NullAway.Init")
    private Home home;

    @SuppressWarnings("NullAway.Init")
    private Run run;

    @BeforeParameterizedClassInvocation
    static void open(LedgerDatabase.Kind kind) {
        database = new LedgerDatabase(kind, databaseFolder);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        database.close();
    }

    @BeforeEach
    void begin() throws Exception {
        database.begins();
        home = Home.open(folder.resolve("home"), InstantSource.system());
        leave("b", "x", "y");
        run = database.begin();
        Files.writeString(home.input(run.id()), LIST);
    }

    @AfterEach
    void end() {
        database.ends();
        home.close();
    }

    @Test
    void theLinesOfTheInputComeFirstThenWhatIsCarriedOver() throws Exception {
        List<Item> items = load(new ExecutionContext(), 1000, 1000);

        assertThat(items).hasSize(8);
        assertThat(items.get(5)).isEqualTo(new Item.EndOfInput(6));
        assertThat(items.getLast()).isInstanceOf(Item.CarriedOver.class);
        assertLoaded();
    }

    @Test
    void aLoadThatIsKilledAnywhereGoesOnBehindItsLastChunk() throws Exception {
        for (int chunks = 0; chunks <= 5; chunks++) {
            database.ends();
            database.begins();
            leave("b", "x", "y");
            run = database.begin();
            Files.writeString(home.input(run.id()), LIST);
            ExecutionContext context = new ExecutionContext();

            load(context, 2, chunks);
            load(context, 2, 1000);

            assertLoaded();
        }
    }

    @Test
    void aLoadThatIsKilledAnywhereCountsWhatIsArchivedOrBeyondTheLimitOnce() throws Exception {
        for (int chunks = 0; chunks <= 8; chunks++) {
            database.ends();
            database.begins();
            leave("open", "v", "w");
            archive("done", "did");
            run = database.begin("media", "nightly", new Run.Options("task_id", 2L, false, false));
            Files.writeString(home.input(run.id()), "task_id\na\ndone\nb\ndone\nc\ndid\nopen\nc\na\nopen\ndid\n");
            ExecutionContext context = new ExecutionContext();

            load(context, 2, chunks);
            load(context, 2, 1000);

            assertThat(database.tasks().toDo(run, -1, 10))
                    .extracting(task -> task.id().value())
                    .containsExactly("a", "b");
            Counts counts = database.tasks().counts(run.id());
            assertThat(counts).as("killed behind %s chunks", chunks).isEqualTo(new Counts(8, 2, 2, 0, 4, 2));
            assertThat(database.runs().beginPublication(run, counts, START).duplicates())
                    .as("killed behind %s chunks", chunks)
                    .isEqualTo(5);
        }
    }

    @Test
    void aLoadThatIsStoppedEndsWithTheChunkAtHand() throws Exception {
        StepExecution step =
                new StepExecution(1, "load", new JobExecution(1, new JobInstance(1, "archive"), new JobParameters()));
        AtomicBoolean stopped = new AtomicBoolean();
        LoadReader reader = new LoadReader(run, home, database.tasks(), stopped::get);
        reader.beforeStep(step);
        reader.open(new ExecutionContext());

        assertThat(reader.read()).isNotNull();
        assertThat(step.isTerminateOnly()).isFalse();

        stopped.set(true);
        assertThat(reader.read()).as("what is read is written").isNotNull();
        assertThat(step.isTerminateOnly()).isTrue();
        reader.close();
    }

    @Test
    void aRunWithoutInputTakesUpWhatIsCarriedOver() throws Exception {
        run = new Run(run.id(), run.archiveId(), run.job(), run.startedAt(), null, run.options());

        load(new ExecutionContext(), 1000, 1000);

        assertThat(database.tasks().toDo(run, -1, 10))
                .extracting(task -> task.id().value())
                .containsExactly("b", "x", "y");
    }

    private void assertLoaded() {
        List<OpenTask> open = database.tasks().toDo(run, -1, 10);
        assertThat(open).extracting(task -> task.id().value()).containsExactly("a", "b", "c", "x", "y");
        assertThat(open).extracting(OpenTask::inputLine).containsExactly(2L, 3L, 6L, null, null);
        assertThat(open).extracting(OpenTask::place).doesNotHaveDuplicates();
        assertThat(database.tasks().counts(run.id())).isEqualTo(new Counts(5, 5, 0, 0, 0, 2));
        assertThat(database.tasks().rejectedLines(run.id(), 0, 10))
                .extracting(line -> line.line() + " " + line.text() + " " + line.reason())
                .containsExactly("5 no%20id! INVALID_ID");
        assertThat(database.runs().beginPublication(run, database.tasks().counts(run.id()), START))
                .isEqualTo(new Publication(null, START, 6, 1, new Counts(5, 0, 0, 0, 0, 2)));
    }

    /** Reads and writes in chunks, as the step does, and notes its place after each one. */
    private List<Item> load(ExecutionContext context, int chunkSize, int chunks) throws Exception {
        LoadReader reader = new LoadReader(run, home, database.tasks(), () -> false);
        LoadWriter writer = new LoadWriter(run, database.runs(), database.tasks());
        List<Item> all = new ArrayList<>();
        reader.open(context);
        try {
            boolean more = true;
            for (int chunk = 0; more && chunk < chunks; chunk++) {
                List<Item> items = new ArrayList<>();
                while (more && items.size() < chunkSize) {
                    Item item = reader.read();
                    more = item != null;
                    if (item != null) {
                        items.add(item);
                    }
                }
                writer.write(new Chunk<>(items));
                reader.update(context);
                all.addAll(items);
            }
        } finally {
            reader.close();
        }
        return all;
    }

    private void archive(String... ids) {
        Run before = database.begin();
        database.tasks().add(before, lines(ids));
        database.tasks()
                .settle(
                        before,
                        database.tasks().toDo(before, -1, 10).stream()
                                .map(task -> new SettledTask(
                                        task, Outcomes.archived(task.id().value())))
                                .toList(),
                        START);
    }

    private void leave(String... ids) {
        Run before = database.begin();
        database.tasks().add(before, lines(ids));
        database.tasks()
                .settle(
                        before,
                        database.tasks().toDo(before, -1, 10).stream()
                                .map(task -> new SettledTask(
                                        task, Outcomes.all(task.id().value(), Reason.NOT_READY)))
                                .toList(),
                        START);
    }
}
