package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.ledger.LedgerDatabase.START;
import static org.mediaarchiver.ledger.LedgerDatabase.lines;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.DamageTable.Damage;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.mediaarchiver.ledger.TaskTable.SettledTask;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class LedgerReplayTest {
    private static final Run.Options PLAIN = new Run.Options("task_id", null, false, false);
    private static final List<Reason> LOST = Stream.of(Reason.values())
            .filter(reason -> reason.status() != Status.STORED)
            .toList();

    /** A repair has no hour to finish by. */
    private static final List<Reason> LOST_TO_A_REPAIR =
            LOST.stream().filter(reason -> reason != Reason.RUN_STOPPED).toList();

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase database;

    @SuppressWarnings("NullAway.Init")
    private TaskTable tasks;

    @SuppressWarnings("NullAway.Init")
    private LedgerReplay replay;

    private final Map<Run, Instant> history = new LinkedHashMap<>();

    @BeforeParameterizedClassInvocation
    static void open(LedgerDatabase.Kind kind) {
        database = new LedgerDatabase(kind, folder);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        database.close();
    }

    @BeforeEach
    void begin() {
        database.begins();
        tasks = database.tasks();
        replay = new LedgerReplay(database.jdbc(), database.rows());
    }

    @AfterEach
    void end() {
        database.ends();
    }

    /** Whatever a year of nights holds: every reason, retries, limits, full manifests, two jobs, stops and repairs. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theLedgerThatIsMadeAnewFromTheRowsIsTheOneThatTheRunsHaveWritten(long seed) {
        Random random = new Random(seed);
        for (int night = 0; night < 30; night++) {
            if (random.nextInt(6) == 0) {
                repair(random);
            } else {
                night(random);
            }
        }
        List<String> written = ledger();
        assertThat(written).hasSizeGreaterThan(15);

        replayAll(List.copyOf(history.keySet()));

        assertThat(ledger()).isEqualTo(written);
    }

    @Test
    void whatOneOfTwoDatabasesHadArchivedStaysArchivedWhenTheOtherLostIt() {
        Run first = night(PLAIN, Outcomes.archived("a"), Outcomes.all("b", Reason.NOT_READY));
        forgetLedger();
        Run second = night(PLAIN, Outcomes.all("a", Reason.GONE), Outcomes.archived("b"));

        replayAll(List.of(first, second));
        assertThat(ledger()).containsExactly(line("a", "ARCHIVED", 1, first), line("b", "ARCHIVED", 1, second));

        replayAll(List.of(second, first));
        assertThat(ledger()).containsExactly(line("a", "ARCHIVED", 1, first), line("b", "ARCHIVED", 1, second));
    }

    @Test
    void aLedgerIsForgottenInPartsAndNoOtherWithIt() {
        Run elsewhere = database.begin("other", "nightly", PLAIN);
        settle(elsewhere, START, lines("a"), task -> Outcomes.archived(task.id().value()));
        Run run = night(PLAIN, Outcomes.archived("a"));
        database.jdbc()
                .batchUpdate(
                        "INSERT INTO ledger (archive_id, task_id, job, state, attempts, failures, run_id)"
                                + " VALUES (?, ?, 'nightly', 'ARCHIVED', 1, 0, ?)",
                        IntStream.range(0, 10_000)
                                .mapToObj(number -> new Object[] {
                                    run.archiveId(), "t" + number, run.id().value()
                                })
                                .toList());

        assertThat(replay.forgetSome(run.archiveId())).isTrue();
        assertThat(replay.counts(run.archiveId())).isEqualTo(Map.of(TaskState.ARCHIVED, 1L));
        assertThat(replay.forgetSome(run.archiveId())).isFalse();

        assertThat(replay.counts(run.archiveId())).isEmpty();
        assertThat(replay.counts(elsewhere.archiveId())).isEqualTo(Map.of(TaskState.ARCHIVED, 1L));
    }

    @Test
    void ofARunNothingIsLeft() {
        Run kept = night(PLAIN, Outcomes.archived("a"));
        Run run = night(PLAIN, Outcomes.archived("b"));
        tasks.reject(run, List.of(new RejectedLine(4, "no id!", "INVALID_ID", "")));
        forgetLedger();

        assertThat(replay.forgetSome(run.id())).isFalse();

        assertThat(database.runs().all()).extracting(RunTable.Listed::run).containsExactly(kept);
        assertThat(database.rows().rows(kept.id())).hasSize(3);
    }

    @Test
    void whatAnotherDatabaseHasMadeIsKeptAsItsFilesTellIt() {
        Run run = night(PLAIN, Outcomes.archived("a"), Outcomes.withoutVideo("b", Reason.TRUNCATED));
        List<ManifestRow> rows = rows(run);
        RunFacts facts = new RunFacts(
                run.id(),
                "backfill",
                new RunFacts.Previous(new RunId("20261122T020000Z-0000ff"), Sha256.of(new byte[1])),
                new RunFacts.Input("s3://lists/tasks.csv", 7, Sha256.of(new byte[7]), 12, 3, 1, 2),
                new RunFacts.Counts(5, 4, 1),
                START,
                START.plusSeconds(61),
                "0.1.0",
                new RunFacts.Archive(null, "media", ""),
                new RunFacts.Options(9L, Set.of(RunFacts.Options.Flag.RETRY_FAILED)),
                Map.of());
        forgetLedger();
        assertThat(replay.forgetSome(run.id())).isFalse();

        Run entered = database.runs().enter(facts, run.archiveId());
        replay.keep(rows);
        replay.tell(entered, facts.finishedAt(), rows);
        database.runs().place(entered.id(), 7);
        database.runs().published(entered.id(), Sha256.of(new byte[2]));

        assertThat(rows(entered)).isEqualTo(rows);
        assertThat(entered)
                .isEqualTo(new Run(
                        run.id(),
                        run.archiveId(),
                        "backfill",
                        START,
                        new Run.Input("s3://lists/tasks.csv", 7, Sha256.of(new byte[7])),
                        new Run.Options("task_id", 9L, true, false)));
        assertThat(database.runs().publication(entered.id()))
                .isEqualTo(new RunTable.Publication(
                        facts.previous(), facts.finishedAt(), 12, 1, new TaskTable.Counts(7, 0, 5, 0, 1, 4)));
        assertThat(replay.counts(run.archiveId())).isEqualTo(Map.of(TaskState.ARCHIVED, 1L, TaskState.OPEN, 1L));
        Run next = database.begin();
        assertThat(database.runs()
                        .beginPublication(next, tasks.counts(next.id()), START)
                        .previous())
                .isEqualTo(new RunFacts.Previous(entered.id(), Sha256.of(new byte[2])));
    }

    private void night(Random random) {
        boolean retryFailed = random.nextInt(4) == 0;
        Long limit = random.nextInt(5) == 0 ? 3L : null;
        String job = random.nextInt(3) == 0 ? "backfill" : "nightly";
        Run run = database.begin("media", job, new Run.Options("task_id", limit, retryFailed, random.nextInt(4) == 0));
        List<String> ids = IntStream.range(0, 20)
                .filter(number -> random.nextInt(3) == 0)
                .mapToObj(number -> "t" + number)
                .toList();
        List<NewTask> named = new ArrayList<>(lines(ids.toArray(String[]::new)));
        for (TaskId left : tasks.left(run.archiveId(), job, TaskState.OPEN, "", 100)) {
            if (!ids.contains(left.value())) {
                named.add(new NewTask(left, named.size(), null));
            }
        }
        settle(run, hour(), named, task -> outcome(task, LOST, random));
    }

    /** Whatever is stored may be damaged, and come back or not. */
    private void repair(Random random) {
        List<Damage> damages = new ArrayList<>();
        Run run = database.begin("media", RunFacts.REPAIR, PLAIN);
        for (int number = 0; number < 20; number++) {
            for (Role role : Role.values()) {
                if (random.nextInt(10) == 0) {
                    String task = "t" + number;
                    damages.add(new Damage(
                            damages.size() + 1, new TaskId(task), role, "media/" + task + "/" + role.word()));
                }
            }
        }
        settle(
                run,
                hour(),
                new DamageTable(database.jdbc(), database.rows())
                        .add(run, damages).first().stream()
                                .map(damage -> new NewTask(damage.task(), damage.line(), damage.line()))
                                .toList(),
                task -> outcome(task, LOST_TO_A_REPAIR, random));
    }

    /** Whole tasks end in one way as often as their objects do in their own. */
    private static TaskOutcome outcome(OpenTask task, List<Reason> lost, Random random) {
        Reason common = random.nextInt(2) == 0 ? lost.get(random.nextInt(lost.size())) : null;
        String id = task.id().value();
        return new TaskOutcome(
                task.id(),
                "200",
                Stream.of(Role.values())
                        .map(role -> task.settled(role).orElseGet(() -> {
                            if (common != null) {
                                return Outcomes.lost(role, common);
                            }
                            return random.nextInt(3) == 0
                                    ? Outcomes.lost(role, lost.get(random.nextInt(lost.size())))
                                    : Outcomes.stored(id, role);
                        }))
                        .toList());
    }

    private Instant hour() {
        return START.plus(Duration.ofHours(history.size()));
    }

    private Run night(Run.Options options, TaskOutcome... outcomes) {
        Run run = database.begin("media", "nightly", options);
        Map<TaskId, TaskOutcome> byTask = new LinkedHashMap<>();
        Stream.of(outcomes).forEach(outcome -> byTask.put(outcome.task(), outcome));
        settle(
                run,
                START,
                lines(byTask.keySet().stream().map(TaskId::value).toArray(String[]::new)),
                task -> byTask.getOrDefault(
                        task.id(), Outcomes.archived(task.id().value())));
        return run;
    }

    private void settle(Run run, Instant now, List<NewTask> named, Function<OpenTask, TaskOutcome> end) {
        tasks.add(run, named);
        tasks.settle(
                run,
                tasks.toDo(run, Long.MIN_VALUE, 1000).stream()
                        .map(task -> new SettledTask(task, end.apply(task)))
                        .toList(),
                now);
        history.put(run, now);
    }

    private void replayAll(List<Run> runs) {
        forgetLedger();
        for (Run run : runs) {
            List<ManifestRow> rows = rows(run);
            // Tasks are told of whole, and not all at once.
            List<List<ManifestRow>> parts = new ArrayList<>();
            for (int from = 0; from < rows.size(); from += 6) {
                parts.add(rows.subList(from, Math.min(rows.size(), from + 6)));
            }
            parts.forEach(part -> replay.tell(run, history.getOrDefault(run, START), part));
        }
    }

    private void forgetLedger() {
        int archive = database.archives().idOf("", "media", "");
        assertThat(replay.forgetSome(archive)).isFalse();
    }

    private static List<ManifestRow> rows(Run run) {
        return database.rows().rows(run.id()).toList();
    }

    private static String line(String task, String state, int attempts, Run run) {
        return task + " nightly " + state + " " + attempts + " 0 null " + run.id();
    }

    /** How often a task has failed matters only as long as it is tried again. */
    private static List<String> ledger() {
        return database.jdbc()
                .query(
                        "SELECT task_id, job, state, attempts, CASE WHEN state = 'OPEN' THEN failures ELSE 0 END,"
                                + " pending_since, run_id FROM ledger"
                                + " WHERE archive_id = (SELECT archive_id FROM archive WHERE bucket = 'media')"
                                + " ORDER BY task_id",
                        (row, number) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3) + " "
                                + row.getInt(4) + " " + row.getInt(5) + " " + ManifestRowTable.instant(row, 6) + " "
                                + row.getString(7));
    }
}
