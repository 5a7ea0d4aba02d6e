package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.mediaarchiver.ledger.LedgerDatabase.START;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.DamageTable.Added;
import org.mediaarchiver.ledger.DamageTable.Damage;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.mediaarchiver.ledger.TaskTable.SettledTask;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class DamageTableTest {
    private static final Run.Options PLAIN = new Run.Options("task_id", null, false, false);
    private static final Run.Options RETRY_FAILED = new Run.Options("task_id", null, true, false);

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
    private DamageTable damages;

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
        damages = new DamageTable(database.jdbc(), database.rows());
    }

    @AfterEach
    void end() {
        database.ends();
    }

    @Test
    void whatAnObjectMustBeIsToldByTheRowOfItsRun() {
        Run night = night(Outcomes.archived("a"));

        assertThat(expected(night, video("a", 1))).singleElement().satisfies(object -> {
            assertThat(object.role()).isEqualTo(Role.VIDEO);
            assertThat(object.object().content())
                    .isEqualTo(Outcomes.stored("a", Role.VIDEO).object().content());
            assertThat(object.source())
                    .isEqualTo(Outcomes.stored("a", Role.VIDEO).source());
        });
    }

    @Test
    void ofWhatNoRowTellsNothingIsExpected() {
        Run night = night(Outcomes.archived("a"), Outcomes.archivedWithoutPreview("b"));
        Run elsewhere = database.begin("other-bucket", "nightly", PLAIN);
        settle(elsewhere, Outcomes.archived("c"));

        assertThat(expected(
                        night,
                        video("unknown", 1),
                        new Damage(2, new TaskId("a"), Role.VIDEO, "media/a/video.other"),
                        damage("b", Role.PREVIEW, 3),
                        video("c", 4)))
                .isEmpty();
    }

    @Test
    void aRepairTakesUpWhatIsArchivedAndNothingOfItButTheDamage() {
        night(Outcomes.archived("a"), Outcomes.archived("b"));

        Run repair = repair(video("b", 1), damage("a", Role.RESULT, 2), video("a", 3));

        List<OpenTask> open = tasks.toDo(repair, Long.MIN_VALUE, 10);
        assertThat(open)
                .extracting(task -> task.id().value(), OpenTask::place, OpenTask::inputLine, OpenTask::standing)
                .containsExactly(tuple("b", 1L, 1L, TaskState.ARCHIVED), tuple("a", 2L, 2L, TaskState.ARCHIVED));
        assertThat(open.getFirst().damaged()).extracting(Stored::role).containsExactly(Role.VIDEO);
        assertThat(open.getFirst().settled())
                .extracting(ObjectOutcome::role)
                .containsExactlyInAnyOrder(Role.PREVIEW, Role.RESULT);
        assertThat(open.getLast().damaged())
                .extracting(Stored::role)
                .containsExactlyInAnyOrder(Role.RESULT, Role.VIDEO);
        assertThat(open.getLast().settled()).extracting(ObjectOutcome::role).containsExactly(Role.PREVIEW);
    }

    @Test
    void damageThatIsNamedTwiceIsAddedOnce() {
        night(Outcomes.archived("a"));
        Run repair = repair(video("a", 1), video("a", 2));
        assertThat(damages.add(repair, List.of(video("a", 3)))).isEqualTo(new Added(List.of(), List.of()));

        assertThat(tasks.toDo(repair, Long.MIN_VALUE, 10))
                .singleElement()
                .satisfies(task -> assertThat(task.damaged()).hasSize(1));
    }

    @Test
    void damageOfWhichNoRowTellsIsGivenBack() {
        night(Outcomes.archived("a"));
        Run repair = database.begin("media", "repair", PLAIN);

        assertThat(damages.add(repair, List.of(video("a", 1), video("unknown", 2))))
                .isEqualTo(new Added(List.of(video("a", 1)), List.of(video("unknown", 2))));
    }

    @Test
    void ofEachTaskTheFirstDamageIsTold() {
        night(Outcomes.archived("a"), Outcomes.archived("b"));
        Run repair = database.begin("media", "repair", PLAIN);

        assertThat(damages.add(repair, List.of(video("a", 1), damage("a", Role.RESULT, 2)))
                        .first())
                .containsExactly(video("a", 1));
        assertThat(damages.add(repair, List.of(damage("a", Role.PREVIEW, 3), video("b", 4)))
                        .first())
                .as("of two objects of a task that the findings name far from each other")
                .containsExactly(video("b", 4));
    }

    @Test
    void whatWasMadeGoodIsARowOfTheRepairAndTheOthersAreListedBesideIt() {
        night(Outcomes.archived("a"));

        Run repair = repair(video("a", 1));
        settleRepair(repair, Outcomes.archived("a"));

        assertThat(database.rows().rows(repair.id()))
                .extracting(ManifestRow::role, ManifestRow::status, ManifestRow::reason, ManifestRow::attempts)
                .containsExactly(
                        tuple(Role.PREVIEW, Status.STORED, Reason.ALREADY_STORED, 2),
                        tuple(Role.RESULT, Status.STORED, Reason.ALREADY_STORED, 2),
                        tuple(Role.VIDEO, Status.STORED, null, 2));
        assertThat(database.rows().tally(repair.id()))
                .extracting(ManifestRowTable.Tally::isNew, ManifestRowTable.Tally::rows)
                .containsExactlyInAnyOrder(tuple(true, 1L), tuple(false, 2L));
        assertThat(ledger()).containsExactly("a nightly ARCHIVED " + repair.id());
    }

    @Test
    void whatCouldNotBeMadeGoodIsNoLongerArchivedAndStaysInItsLineOfRuns() {
        night(Outcomes.archived("a"), Outcomes.archived("b"));

        Run repair = repair(video("a", 1), video("b", 2));
        settleRepair(repair, lostVideo("a", Reason.SOURCE_CHANGED), lostVideo("b", Reason.SOURCE_UNAVAILABLE));

        assertThat(ledger())
                .as("even what may pass: a run of archive would store other bytes in its place")
                .containsExactly("a nightly FAILED " + repair.id(), "b nightly FAILED " + repair.id());
        Run nightly = database.begin();
        tasks.add(nightly, LedgerDatabase.lines("a", "b"));
        assertThat(tasks.toDo(nightly, Long.MIN_VALUE, 10)).isEmpty();
        Run asked = database.begin("media", "nightly", RETRY_FAILED);
        tasks.add(asked, LedgerDatabase.lines("a", "b"));
        assertThat(tasks.toDo(asked, Long.MIN_VALUE, 10))
                .hasSize(2)
                .allSatisfy(task -> assertThat(task.settled())
                        .extracting(ObjectOutcome::role)
                        .containsExactlyInAnyOrder(Role.PREVIEW, Role.RESULT));
    }

    @Test
    void whatARepairDidNotGetBackIsExpectedByTheNextOneAllTheSame() {
        Run night = night(Outcomes.archived("a"));
        settleRepair(repair(video("a", 1)), lostVideo("a", Reason.SOURCE_UNAVAILABLE));

        assertThat(expected(night, video("a", 1))).hasSize(1);
        Run again = repair(video("a", 1));
        settleRepair(again, Outcomes.archived("a"));

        assertThat(ledger()).containsExactly("a nightly ARCHIVED " + again.id());
    }

    @Test
    void ofARepairedTaskThatHasMoreToDoTheNextRunDoesIt() {
        night(Outcomes.withoutPreview("a", Reason.SOURCE_UNAVAILABLE));

        Run repair = repair(video("a", 1));
        settleRepair(repair, Outcomes.withoutPreview("a", Reason.SOURCE_UNAVAILABLE));

        assertThat(ledger()).containsExactly("a nightly OPEN " + repair.id());
    }

    private List<Stored> expected(Run run, Damage... found) {
        return List.copyOf(damages.expected(run.archiveId(), List.of(found)).values());
    }

    private Run night(TaskOutcome... outcomes) {
        Run run = database.begin();
        settle(run, outcomes);
        return run;
    }

    private void settle(Run run, TaskOutcome... outcomes) {
        tasks.add(
                run,
                LedgerDatabase.lines(Stream.of(outcomes)
                        .map(outcome -> outcome.task().value())
                        .toArray(String[]::new)));
        settleRepair(run, outcomes);
    }

    private Run repair(Damage... found) {
        Run run = database.begin("media", "repair", PLAIN);
        Added added = damages.add(run, List.of(found));
        assertThat(added.untold()).isEmpty();
        tasks.add(
                run,
                added.first().stream()
                        .map(damage -> new NewTask(damage.task(), damage.line(), damage.line()))
                        .toList());
        return run;
    }

    /** Each task ends so, but for what stands of it. */
    private void settleRepair(Run run, TaskOutcome... outcomes) {
        List<OpenTask> open = tasks.toDo(run, Long.MIN_VALUE, 1000);
        tasks.settle(
                run,
                Stream.of(outcomes)
                        .map(outcome -> {
                            OpenTask task = open.stream()
                                    .filter(each -> each.id().equals(outcome.task()))
                                    .findFirst()
                                    .orElseThrow();
                            List<ObjectOutcome> objects = Stream.of(Role.values())
                                    .map(role -> task.settled(role).orElseGet(() -> outcome.object(role)))
                                    .toList();
                            return new SettledTask(task, new TaskOutcome(task.id(), "200", objects));
                        })
                        .toList(),
                START);
    }

    private static TaskOutcome lostVideo(String task, Reason reason) {
        return new TaskOutcome(
                new TaskId(task),
                "200",
                List.of(
                        Outcomes.stored(task, Role.PREVIEW),
                        Outcomes.stored(task, Role.RESULT),
                        Outcomes.lost(Role.VIDEO, reason)));
    }

    private static Damage video(String task, long line) {
        return damage(task, Role.VIDEO, line);
    }

    private static Damage damage(String task, Role role, long line) {
        return new Damage(line, new TaskId(task), role, "media/" + task + "/" + role.word());
    }

    private static List<String> ledger() {
        return database.jdbc()
                .query(
                        "SELECT task_id, job, state, run_id FROM ledger ORDER BY task_id",
                        (row, number) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3) + " "
                                + row.getString(4));
    }
}
