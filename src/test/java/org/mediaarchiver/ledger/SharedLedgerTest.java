package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.TaskTable.SettledTask;

/** Two jobs in one database at the same time, each with connections of its own. */
@Timeout(60)
class SharedLedgerTest {
    private static final int TASKS = 160;
    private static final int CHUNK = 8;

    private final ExecutorService jobs = Executors.newFixedThreadPool(2);
    private final CyclicBarrier together = new CyclicBarrier(2);

    @SuppressWarnings("NullAway.Init")
    private LedgerDatabase database;

    @BeforeEach
    void open(@TempDir Path folder) {
        database = new LedgerDatabase(LedgerDatabase.Kind.POSTGRESQL, folder);
    }

    @AfterEach
    void close() {
        jobs.close();
        database.close();
    }

    @Test
    void twoJobsThatSettleTheSameTasksInAnyOrderLoseNothingOfWhatEitherStored() throws Exception {
        Run nightly = begin("nightly");
        Run backfill = begin("backfill");
        // What one of them does not get the other one does; a third of the tasks both get.
        both(() -> settle(nightly, 1), () -> settle(backfill, 2));

        assertThat(database.tasks().settled(nightly.archiveId(), ids()))
                .hasSize(TASKS)
                .allSatisfy((id, state) -> assertThat(state).as(id).isEqualTo(TaskState.ARCHIVED));
        for (Run run : List.of(nightly, backfill)) {
            assertThat(database.tasks().counts(run.id()).toDo()).isZero();
            assertThat(database.rows().rows(run.id())).hasSize(3 * TASKS);
        }
    }

    @Test
    void aPlaceThatTwoProcessesComeToAtTheSameTimeHasOneNumber() throws Exception {
        for (int round = 0; round < 20; round++) {
            String bucket = "media-" + round;
            List<Integer> numbers = both(
                    () -> database.archives().idOf("", bucket, ""),
                    () -> database.archives().idOf("", bucket, ""));
            assertThat(numbers.get(0)).isEqualTo(numbers.get(1));
        }
    }

    @Test
    void twoNewPlacesHaveTwoNumbers() throws Exception {
        for (int round = 0; round < 20; round++) {
            String bucket = "media-" + round;
            List<Integer> numbers = both(
                    () -> database.archives().idOf("", bucket, "a/"),
                    () -> database.archives().idOf("", bucket, "b/"));
            assertThat(numbers).doesNotHaveDuplicates();
        }
    }

    private static List<String> ids() {
        return IntStream.range(0, TASKS).mapToObj(i -> "task-" + i).toList();
    }

    private Run begin(String job) {
        Run run = database.begin("media", job, new Run.Options("task_id", null, false, false));
        database.inTransaction(() -> database.tasks().add(run, LedgerDatabase.lines(ids().toArray(String[]::new))));
        return run;
    }

    private int settle(Run run, int share) throws Exception {
        List<OpenTask> open = new ArrayList<>(database.tasks().toDo(run, Long.MIN_VALUE, TASKS));
        Collections.shuffle(open, new Random(share));
        for (int i = 0; i < TASKS; i += CHUNK) {
            List<SettledTask> chunk = open.subList(i, i + CHUNK).stream()
                    .map(task -> new SettledTask(
                            task,
                            task.place() % 3 == share
                                    ? Outcomes.all(task.id().value(), Reason.SOURCE_UNAVAILABLE)
                                    : Outcomes.archived(task.id().value())))
                    .toList();
            together.await();
            database.inTransaction(() -> database.tasks().settle(run, chunk, LedgerDatabase.START));
        }
        return TASKS;
    }

    private List<Integer> both(Callable<Integer> one, Callable<Integer> other) throws Exception {
        List<Integer> results = new ArrayList<>();
        for (Future<Integer> end : jobs.invokeAll(List.of(one, other))) {
            results.add(end.get());
        }
        return results;
    }
}
