package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;
import static org.mediaarchiver.ledger.LedgerDatabase.START;
import static org.mediaarchiver.ledger.LedgerDatabase.lines;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.ledger.ManifestRowTable.Tally;
import org.mediaarchiver.ledger.TaskTable.Counts;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.mediaarchiver.ledger.TaskTable.SettledTask;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class TaskTableTest {
    private static final Run.Options PLAIN = new Run.Options("task_id", null, false, false);
    private static final Run.Options RETRY_FAILED = new Run.Options("task_id", null, true, false);
    private static final Run.Options FULL_MANIFEST = new Run.Options("task_id", null, false, true);

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

    @BeforeParameterizedClassInvocation
    static void open(LedgerDatabase.Kind kind) {
        database = new LedgerDatabase(kind, folder);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        database.close();
    }

    @AfterEach
    void end() {
        database.ends();
    }

    @BeforeEach
    void begin() {
        database.begins();
        tasks = database.tasks();
    }

    @Test
    void theTasksOfARunAreToldInItsOrderFromAnyPlaceOn() {
        Run run = database.begin();
        tasks.add(run, List.of(named("c", 1), named("a", 2)));
        tasks.carryOver(run, List.of(carriedOver("b", 4)));

        assertThat(tasks.of(run.id(), 0, 10)).containsExactly(named("c", 1), named("a", 2), carriedOver("b", 4));
        assertThat(tasks.of(run.id(), 1, 1)).containsExactly(named("a", 2));
        assertThat(tasks.of(run.id(), 2, 10)).containsExactly(carriedOver("b", 4));
        assertThat(tasks.of(run.id(), 4, 10)).isEmpty();
    }

    @Test
    void anEmptyChunkAddsNothing() {
        Run run = database.begin();

        tasks.add(run, List.of());
        tasks.carryOver(run, List.of());
        tasks.settle(run, List.of(), START);

        assertThat(tasks.counts(run.id())).isEqualTo(new Counts(0, 0, 0, 0, 0, 0));
    }

    @Test
    void whatTheLedgerSaysDecidesWhatIsToDo() {
        night(
                Outcomes.archived("done"),
                Outcomes.all("lost", Reason.NOT_FOUND),
                Outcomes.all("wait", Reason.NOT_READY));
        Run run = database.begin();

        tasks.add(run, lines("done", "lost", "wait", "new"));

        assertThat(openIds(run)).containsExactly("wait", "new");
        assertThat(tasks.counts(run.id())).isEqualTo(new Counts(4, 2, 1, 1, 0, 0));
    }

    @Test
    void aFailureThatStandsIsListedAgainAndIsNotNew() {
        Run before = night(Outcomes.all("lost", Reason.NOT_FOUND));
        Run run = database.begin();

        tasks.add(run, List.of(named("other", 0), named("lost", 1)));

        assertThat(rows(run))
                .extracting(
                        ManifestRow::runId,
                        ManifestRow::inputLine,
                        ManifestRow::sortKey,
                        ManifestRow::reason,
                        ManifestRow::attempts,
                        ManifestRow::errorDetail)
                .containsExactly(
                        tuple(run.id(), 3L, "lost/preview", Reason.NOT_FOUND, 1, "what happened"),
                        tuple(run.id(), 3L, "lost/result", Reason.NOT_FOUND, 1, "what happened"),
                        tuple(run.id(), 3L, "lost/video", Reason.NOT_FOUND, 1, "what happened"));
        assertThat(database.rows().tally(run.id()))
                .containsExactly(new Tally(Status.FAILED, Reason.NOT_FOUND, false, 3, 0));
        assertThat(database.rows().tally(before.id()))
                .containsExactly(new Tally(Status.FAILED, Reason.NOT_FOUND, true, 3, 0));
    }

    @Test
    void whatIsArchivedIsListedOnlyInAFullManifest() {
        night(Outcomes.archivedWithoutPreview("done"));
        Run plain = database.begin();
        Run full = database.begin("media", "nightly", FULL_MANIFEST);

        tasks.add(plain, lines("done"));
        tasks.add(full, lines("done"));

        assertThat(rows(plain)).isEmpty();
        assertThat(rows(full))
                .extracting(ManifestRow::sortKey, ManifestRow::reason, ManifestRow::verifyMethod, ManifestRow::attempts)
                .containsExactly(
                        tuple("done/preview", Reason.NO_OUTPUT, null, 1),
                        tuple("done/result", Reason.ALREADY_STORED, VerifyMethod.LEDGER, 1),
                        tuple("done/video", Reason.ALREADY_STORED, VerifyMethod.LEDGER, 1));
        assertThat(tasks.counts(full.id()).archivedBefore()).isEqualTo(1);
    }

    @Test
    void anObjectThatIsListedAgainKeepsAllThatIsKnownOfIt() {
        Run before = night(Outcomes.archived("done"));
        ManifestRow stored = rows(before).getLast();
        Run full = database.begin("media", "nightly", FULL_MANIFEST);

        tasks.add(full, lines("done"));

        assertThat(rows(full).getLast())
                .usingRecursiveComparison()
                .ignoringFields("runId", "inputLine", "reason", "verifyMethod")
                .isEqualTo(stored);
    }

    @Test
    void finalFailuresAreTakenUpAgainWhenAsked() {
        night(Outcomes.all("lost", Reason.GONE), Outcomes.archived("done"));
        Run run = database.begin("media", "nightly", RETRY_FAILED);

        tasks.add(run, lines("lost", "done"));

        assertThat(open(run)).singleElement().satisfies(task -> {
            assertThat(task.id().value()).isEqualTo("lost");
            assertThat(task.attempts()).isEqualTo(1);
            assertThat(task.settled()).isEmpty();
        });
        assertThat(rows(run)).isEmpty();
    }

    @Test
    void theLimitCountsTheTasksThatAreAskedAboutOverAllChunks() {
        night(Outcomes.archived("done"), Outcomes.all("lost", Reason.GONE));
        Run run = database.begin("media", "nightly", new Run.Options("task_id", 3L, false, false));

        tasks.add(run, lines("done", "a", "lost", "b"));
        tasks.add(run, List.of(named("c", 4), named("d", 5)));
        tasks.carryOver(run, List.of(carriedOver("e", 6)));

        assertThat(openIds(run)).containsExactly("a", "b", "c");
        assertThat(tasks.counts(run.id())).isEqualTo(new Counts(7, 3, 1, 1, 2, 1));
    }

    @Test
    void whatCostsNothingLeavesNoRow() {
        night(Outcomes.archived("done"));
        Run run = database.begin("media", "nightly", new Run.Options("task_id", 1L, false, false));

        tasks.add(run, lines("done", "a", "b"));

        assertThat(database.jdbc()
                        .queryForList(
                                "SELECT task_id FROM run_task WHERE run_id = ?",
                                String.class,
                                run.id().value()))
                .containsExactly("a");
        assertThat(tasks.counts(run.id())).isEqualTo(new Counts(3, 1, 1, 0, 1, 0));
    }

    @Test
    void aTaskThatAnotherJobHasArchivedSinceItWasLeftIsNotCarriedOver() {
        night(Outcomes.archived("done"));
        Run run = database.begin();

        tasks.carryOver(run, List.of(carriedOver("done", 0)));

        assertThat(tasks.counts(run.id())).isEqualTo(new Counts(0, 0, 0, 0, 0, 0));
    }

    @Test
    void aTaskIsArchivedInOneBucketAndNotInAnother() {
        night(Outcomes.archived("a"));
        Run elsewhere = database.begin("other", "nightly", PLAIN);

        tasks.add(elsewhere, lines("a"));

        assertThat(open(elsewhere)).extracting(OpenTask::attempts).containsExactly(0);
        assertThat(tasks.settled(elsewhere.archiveId(), List.of("a"))).isEmpty();
    }

    @Test
    void aTaskThatEndedHasARowForEachRoleAndIsDone() {
        Run run = night(Outcomes.withoutPreview("a", Reason.NOT_MEDIA), Outcomes.all("b", Reason.NOT_READY));

        assertThat(rows(run))
                .extracting(ManifestRow::sortKey, ManifestRow::inputLine, ManifestRow::status, ManifestRow::attempts)
                .containsExactly(
                        tuple("a/preview", 2L, Status.FAILED, 1),
                        tuple("a/result", 2L, Status.STORED, 1),
                        tuple("a/video", 2L, Status.STORED, 1),
                        tuple("b/preview", 3L, Status.PENDING, 1),
                        tuple("b/result", 3L, Status.PENDING, 1),
                        tuple("b/video", 3L, Status.PENDING, 1));
        assertThat(tasks.counts(run.id()).toDo()).isZero();
        assertThat(tasks.settled(run.archiveId(), List.of("a", "b")))
                .isEqualTo(java.util.Map.of("a", TaskState.FAILED));
    }

    @Test
    void attemptsAreCountedOverAllRuns() {
        night(Outcomes.all("a", Reason.NOT_READY));
        night(Outcomes.all("a", Reason.SERVICE_UNAVAILABLE));
        Run third = night(Outcomes.archived("a"));

        assertThat(rows(third)).extracting(ManifestRow::attempts).containsOnly(3);
        assertThat(database.jdbc().queryForObject("SELECT COUNT(*) FROM ledger", Integer.class))
                .isEqualTo(1);
    }

    @Test
    void aFailureThatMayPassIsTriedByFiveRuns() {
        for (int run = 1; run <= 5; run++) {
            assertThat(tasks.left(1, "nightly", TaskState.OPEN, "", 10)).hasSize(run == 1 ? 0 : 1);
            night(Outcomes.withoutVideo("a", Reason.TRUNCATED));
        }

        Run sixth = database.begin();
        tasks.add(sixth, lines("a"));

        assertThat(left(sixth, "", 10)).isEmpty();
        assertThat(open(sixth)).isEmpty();
        assertThat(rows(sixth))
                .extracting(ManifestRow::role, ManifestRow::reason, ManifestRow::attempts)
                .containsExactly(
                        tuple(Role.PREVIEW, Reason.ALREADY_STORED, 5),
                        tuple(Role.RESULT, Reason.TRUNCATED, 5),
                        tuple(Role.VIDEO, Reason.TRUNCATED, 5));
    }

    @Test
    void aFailureThatFiveRunsTriedStandsWhileAnotherObjectOfTheTaskIsStillTried() {
        for (int run = 1; run <= 5; run++) {
            assertThat(next("a").settled()).isEmpty();
            night(Outcomes.lostBoth("a", Reason.SOURCE_UNAVAILABLE, Reason.TRUNCATED));
        }

        OpenTask sixth = next("a");
        assertThat(sixth.settled())
                .extracting(ObjectOutcome::role, ObjectOutcome::reason)
                .containsExactlyInAnyOrder(tuple(Role.RESULT, Reason.TRUNCATED), tuple(Role.VIDEO, Reason.TRUNCATED));
        Run listing = night(Outcomes.lostBoth("a", Reason.SOURCE_UNAVAILABLE, Reason.TRUNCATED));
        assertThat(database.rows().tally(listing.id()))
                .containsExactly(
                        new Tally(Status.FAILED, Reason.TRUNCATED, false, 2, 0),
                        new Tally(Status.PENDING, Reason.SOURCE_UNAVAILABLE, true, 1, 0));
        assertThat(next("a").failures()).isEqualTo(5);

        night(Outcomes.withoutVideo("a", Reason.TRUNCATED));
        assertThat(tasks.settled(listing.archiveId(), List.of("a"))).containsEntry("a", TaskState.FAILED);
    }

    @Test
    void whoeverAsksToRetryWhatHasFailedGivesItFiveRunsAnew() {
        for (int run = 1; run <= 5; run++) {
            night(Outcomes.withoutVideo("a", Reason.TRUNCATED));
            night(Outcomes.lostBoth("b", Reason.SOURCE_UNAVAILABLE, Reason.TRUNCATED));
        }

        Run asked = database.begin("media", "nightly", RETRY_FAILED);
        settle(
                asked,
                START,
                Outcomes.withoutVideo("a", Reason.TRUNCATED),
                Outcomes.lostBoth("b", Reason.SOURCE_UNAVAILABLE, Reason.TRUNCATED));

        assertThat(left(asked, "", 10)).extracting(TaskId::value).containsExactly("a", "b");
        assertThat(next("a").failures()).isEqualTo(1);
        assertThat(next("b").settled()).isEmpty();
        for (int run = 2; run <= 5; run++) {
            night(Outcomes.withoutVideo("a", Reason.TRUNCATED));
        }
        assertThat(tasks.settled(asked.archiveId(), List.of("a"))).containsEntry("a", TaskState.FAILED);
    }

    @Test
    void whatStandsKeepsTheStatusThatTheServiceGaveItsTask() {
        night(Outcomes.withoutPreview("a", Reason.SOURCE_UNAVAILABLE));
        OpenTask task = next("a");
        TaskOutcome moderated = new TaskOutcome(
                task.id(),
                "-101",
                List.of(
                        Outcomes.lost(Role.PREVIEW, Reason.MODERATED),
                        task.settled(Role.RESULT).orElseThrow(),
                        task.settled(Role.VIDEO).orElseThrow()));

        Run second = night(moderated);

        assertThat(rows(second))
                .extracting(ManifestRow::role, ManifestRow::reason, ManifestRow::workStatus, ManifestRow::attempts)
                .containsExactly(
                        tuple(Role.PREVIEW, Reason.MODERATED, "%2D101", 2),
                        tuple(Role.RESULT, Reason.ALREADY_STORED, "200", 2),
                        tuple(Role.VIDEO, Reason.ALREADY_STORED, "200", 2));
    }

    @Test
    void whatIsPendingStaysOpenHoweverOftenItWasTried() {
        for (int run = 1; run <= 7; run++) {
            night(Outcomes.all("a", Reason.SOURCE_UNAVAILABLE));
        }

        Run next = database.begin();
        tasks.add(next, lines("a"));

        assertThat(open(next))
                .extracting(OpenTask::attempts, OpenTask::failures)
                .containsExactly(tuple(7, 0));
    }

    @Test
    void finalFailuresDoNotCountAsFailuresThatMayPass() {
        night(Outcomes.lostBoth("a", Reason.SOURCE_UNAVAILABLE, Reason.GONE));

        Run next = database.begin();
        tasks.add(next, lines("a"));

        assertThat(open(next)).extracting(OpenTask::failures).containsExactly(0);
    }

    @Test
    void aTaskWhoseTurnNeverCameWasNotTriedAndIsTakenUpNext() {
        night(Outcomes.all("known", Reason.NOT_READY));
        Run stopped = night(Outcomes.all("known", Reason.RUN_STOPPED), Outcomes.all("new", Reason.RUN_STOPPED));

        assertThat(tasks.left(stopped.archiveId(), stopped.job(), TaskState.OPEN, "", 10))
                .extracting(TaskId::value)
                .containsExactly("known", "new");
        assertThat(next("known").attempts()).isEqualTo(1);
        assertThat(next("new").attempts()).isZero();
        assertThat(next("known").pendingSince())
                .as("nothing was heard of it meanwhile")
                .isEqualTo(START);

        night(Outcomes.archived("new"));

        assertThat(tasks.settled(stopped.archiveId(), List.of("new"))).containsEntry("new", TaskState.ARCHIVED);
    }

    @Test
    void theTimeOfWaitingCountsFromTheFirstRunThatFoundTheTaskNotReady() {
        night(START, Outcomes.all("a", Reason.NOT_READY));
        night(START.plus(Duration.ofDays(1)), Outcomes.all("a", Reason.NOT_READY));

        assertThat(next("a").pendingSince()).isEqualTo(START);

        night(START.plus(Duration.ofDays(2)), Outcomes.withoutVideo("a", Reason.SOURCE_UNAVAILABLE));

        assertThat(next("a").pendingSince()).isNull();
    }

    @Test
    void tasksToDoAreReadInPagesInTheRunsOrder() {
        Run run = database.begin();
        List<NewTask> all = LongStream.range(0, 25)
                .mapToObj(place -> named("t" + (99 - place), place))
                .toList();
        tasks.add(run, all.reversed());

        List<OpenTask> first = tasks.toDo(run, Long.MIN_VALUE, 10);
        List<OpenTask> second = tasks.toDo(run, first.getLast().place(), 10);
        List<OpenTask> third = tasks.toDo(run, second.getLast().place(), 10);

        assertThat(Stream.of(first, second, third).flatMap(List::stream).map(OpenTask::id))
                .containsExactlyElementsOf(all.stream().map(NewTask::id).toList());
        assertThat(third).hasSize(5);
        assertThat(tasks.toDo(run, third.getLast().place(), 10)).isEmpty();
    }

    @Test
    void whatIsStoredIsNotFetchedAgainWhenOnlyThePreviewIsMissing() {
        night(Outcomes.withoutPreview("a", Reason.SOURCE_UNAVAILABLE));

        OpenTask task = next("a");

        assertThat(task.settled(Role.PREVIEW)).isEmpty();
        assertThat(task.settled(Role.VIDEO)).get().isInstanceOfSatisfying(ObjectOutcome.Stored.class, video -> {
            ObjectOutcome.Stored before = Outcomes.stored("a", Role.VIDEO);
            assertThat(video.reason()).isEqualTo(Reason.ALREADY_STORED);
            assertThat(video.object().verifiedBy()).isEqualTo(VerifyMethod.LEDGER);
            assertThat(video.object().content()).isEqualTo(before.object().content());
            assertThat(video.object().storedAt()).isEqualTo(before.object().storedAt());
            assertThat(video.source()).isEqualTo(before.source());
            assertThat(video.fetchedAt()).isEqualTo(before.fetchedAt());
        });
        assertThat(task.settled(Role.RESULT)).isPresent();
    }

    @Test
    void aFinalFailureOfOneObjectStandsWhileTheOtherIsTriedAgain() {
        night(Outcomes.lostBoth("a", Reason.NOT_MEDIA, Reason.SOURCE_UNAVAILABLE));

        assertThat(next("a").settled())
                .extracting(ObjectOutcome::role, ObjectOutcome::reason)
                .containsExactly(tuple(Role.PREVIEW, Reason.NOT_MEDIA));

        Run asked = database.begin("media", "nightly", RETRY_FAILED);
        tasks.add(asked, lines("a"));
        assertThat(open(asked).getFirst().settled()).isEmpty();
    }

    @Test
    void aPreviewThatWasNotThereIsLookedForAgainWhileTheVideoIsMissing() {
        Run run = database.begin();
        TaskOutcome outcome = new TaskOutcome(
                new TaskId("a"),
                "200",
                List.of(
                        Outcomes.lost(Role.PREVIEW, Reason.NO_OUTPUT),
                        Outcomes.lost(Role.RESULT, Reason.TRUNCATED),
                        Outcomes.lost(Role.VIDEO, Reason.TRUNCATED)));
        settle(run, START, outcome);

        assertThat(next("a").settled()).isEmpty();
    }

    @Test
    void aTaskThatAnotherRunArchivedMeanwhileHasNothingLeftToDo() {
        Run interrupted = database.begin();
        tasks.add(interrupted, lines("a", "b"));
        Run other = database.begin("media", "backfill", PLAIN);
        settle(other, START, Outcomes.archivedWithoutPreview("a"), Outcomes.all("b", Reason.GONE));

        assertThat(open(interrupted))
                .allSatisfy(task -> assertThat(task.settled())
                        .extracting(ObjectOutcome::role)
                        .containsExactlyInAnyOrder(Role.values()));
    }

    private List<TaskId> left(Run run, String afterId, int limit) {
        return tasks.left(run.archiveId(), run.job(), TaskState.OPEN, afterId, limit);
    }

    @Test
    void whatAnotherJobArchivedMeanwhileStandsWhateverThisRunCameTo() {
        Run night = database.begin();
        tasks.add(night, lines("a", "b"));
        List<OpenTask> takenUp = open(night);
        Run backfill = database.begin("media", "backfill", PLAIN);
        settle(backfill, START, Outcomes.archivedWithoutPreview("a"));

        List<SettledTask> settled = tasks.settle(
                night,
                List.of(
                        new SettledTask(takenUp.get(0), Outcomes.all("a", Reason.SERVICE_UNAVAILABLE)),
                        new SettledTask(takenUp.get(1), Outcomes.all("b", Reason.SERVICE_UNAVAILABLE))),
                START);

        assertThat(settled)
                .extracting(task -> task.outcome().state())
                .containsExactly(TaskState.ARCHIVED, TaskState.OPEN);
        assertThat(rows(night))
                .extracting(ManifestRow::sortKey, ManifestRow::reason, ManifestRow::attempts)
                .containsExactly(
                        tuple("a/preview", Reason.NO_OUTPUT, 2),
                        tuple("a/result", Reason.ALREADY_STORED, 2),
                        tuple("a/video", Reason.ALREADY_STORED, 2),
                        tuple("b/preview", Reason.SERVICE_UNAVAILABLE, 1),
                        tuple("b/result", Reason.SERVICE_UNAVAILABLE, 1),
                        tuple("b/video", Reason.SERVICE_UNAVAILABLE, 1));
        assertThat(tasks.settled(night.archiveId(), List.of("a", "b"))).containsExactly(entry("a", TaskState.ARCHIVED));
        assertThat(database.rows().tally(night.id()))
                .filteredOn(tally -> tally.status() == Status.STORED)
                .extracting(Tally::isNew)
                .containsExactly(false);
    }

    @Test
    void anObjectThatAnotherJobStoredMeanwhileStandsAndTheRestOfItsTaskIsStillTried() {
        Run night = database.begin();
        tasks.add(night, lines("a"));
        OpenTask takenUp = open(night).getFirst();
        settle(
                database.begin("media", "backfill", PLAIN),
                START,
                Outcomes.withoutPreview("a", Reason.SOURCE_UNAVAILABLE));

        tasks.settle(
                night, List.of(new SettledTask(takenUp, Outcomes.withoutVideo("a", Reason.SOURCE_UNAVAILABLE))), START);

        assertThat(rows(night))
                .extracting(ManifestRow::sortKey, ManifestRow::status, ManifestRow::reason)
                .containsExactly(
                        tuple("a/preview", Status.STORED, null),
                        tuple("a/result", Status.STORED, Reason.ALREADY_STORED),
                        tuple("a/video", Status.STORED, Reason.ALREADY_STORED));
        assertThat(tasks.settled(night.archiveId(), List.of("a"))).containsExactly(entry("a", TaskState.ARCHIVED));
    }

    @Test
    void aTaskThatTwoJobsTriedAndNeitherGotCountsBothAsAttempts() {
        Run night = database.begin();
        tasks.add(night, lines("a"));
        OpenTask takenUp = open(night).getFirst();
        settle(database.begin("media", "backfill", PLAIN), START, Outcomes.all("a", Reason.NOT_READY));

        tasks.settle(night, List.of(new SettledTask(takenUp, Outcomes.all("a", Reason.BAD_RESPONSE))), START);

        OpenTask next = next("a");
        assertThat(next.attempts()).isEqualTo(2);
        assertThat(next.failures()).isEqualTo(1);
        assertThat(tasks.left(night.archiveId(), "nightly", TaskState.OPEN, "", 9))
                .contains(new TaskId("a"));
    }

    @Test
    void eachJobTakesUpItsOwnOpenTasksAndNoOthers() {
        night(Outcomes.all("c", Reason.NOT_READY), Outcomes.all("a", Reason.BAD_RESPONSE), Outcomes.archived("b"));
        night(Outcomes.all("final", Reason.GONE));
        Run backfill = database.begin("media", "backfill", PLAIN);
        settle(backfill, START, Outcomes.all("d", Reason.NOT_READY));
        Run elsewhere = database.begin("other", "nightly", PLAIN);
        settle(elsewhere, START, Outcomes.all("e", Reason.NOT_READY));

        assertThat(left(database.begin(), "", 10)).extracting(TaskId::value).containsExactly("a", "c");
        assertThat(left(database.begin(), "", 1)).extracting(TaskId::value).containsExactly("a");
        assertThat(left(database.begin(), "a", 1)).extracting(TaskId::value).containsExactly("c");
        assertThat(left(backfill, "", 10)).extracting(TaskId::value).containsExactly("d");
        assertThat(left(elsewhere, "", 10)).extracting(TaskId::value).containsExactly("e");
    }

    @Test
    void aTaskBelongsToTheJobThatDealtWithItLast() {
        night(Outcomes.all("a", Reason.NOT_READY));
        Run backfill = database.begin("media", "backfill", PLAIN);
        settle(backfill, START, Outcomes.all("a", Reason.NOT_READY));

        assertThat(left(database.begin(), "", 10)).isEmpty();
        assertThat(left(backfill, "", 10)).hasSize(1);
    }

    @Test
    void whatFailedForGoodIsLeftInAStateOfItsOwn() {
        night(Outcomes.all("final", Reason.GONE), Outcomes.all("open", Reason.NOT_READY), Outcomes.archived("done"));

        assertThat(tasks.left(1, "nightly", TaskState.OPEN, "", 10))
                .extracting(TaskId::value)
                .containsExactly("open");
        assertThat(tasks.left(1, "nightly", TaskState.FAILED, "", 10))
                .extracting(TaskId::value)
                .containsExactly("final");
    }

    @Test
    void rejectedLinesAreKeptByLine() {
        Run run = database.begin();
        Run other = database.begin();
        tasks.reject(run, List.of(rejected(9, "no id!"), rejected(4, "-x")));
        tasks.reject(other, List.of(rejected(4, "else where")));

        assertThat(tasks.rejectedLines(run.id(), 0, 10)).containsExactly(rejected(4, "-x"), rejected(9, "no id!"));
        assertThat(tasks.rejectedLines(run.id(), 0, 1)).containsExactly(rejected(4, "-x"));
        assertThat(tasks.rejectedLines(run.id(), 4, 1)).containsExactly(rejected(9, "no id!"));
        assertThat(tasks.rejectedLines(run.id(), 9, 1)).isEmpty();
        assertThat(tasks.rejected(run.id())).isEqualTo(2);
    }

    @Test
    void afterARunATaskIsOpenOrFailedAsItsReasonSays() {
        List<Reason> reasons = Stream.of(Reason.values())
                .filter(reason -> reason.status() != Status.STORED)
                .toList();
        night(reasons.stream()
                .map(reason -> Outcomes.all(reason.name(), reason))
                .toArray(TaskOutcome[]::new));

        assertThat(left(database.begin(), "", 100))
                .extracting(TaskId::value)
                .containsExactlyInAnyOrderElementsOf(reasons.stream()
                        .filter(reason -> reason.again() == Reason.Again.BY_THE_NEXT_RUN)
                        .map(Reason::name)
                        .toList());
    }

    /** One night after the other: a run that is begun, told its tasks, and done with them. */
    private Run night(TaskOutcome... outcomes) {
        return night(START, outcomes);
    }

    private Run night(Instant now, TaskOutcome... outcomes) {
        Run run = database.begin();
        settle(run, now, outcomes);
        return run;
    }

    private void settle(Run run, Instant now, TaskOutcome... outcomes) {
        tasks.add(
                run,
                lines(Stream.of(outcomes).map(outcome -> outcome.task().value()).toArray(String[]::new)));
        List<OpenTask> open = open(run);
        tasks.settle(
                run,
                Stream.of(outcomes)
                        .map(outcome -> new SettledTask(
                                open.stream()
                                        .filter(task -> task.id().equals(outcome.task()))
                                        .findFirst()
                                        .orElseThrow(),
                                outcome))
                        .toList(),
                now);
    }

    private OpenTask next(String id) {
        Run run = database.begin();
        tasks.add(run, lines(id));
        return open(run).getFirst();
    }

    private List<OpenTask> open(Run run) {
        return tasks.toDo(run, Long.MIN_VALUE, 1000);
    }

    private List<String> openIds(Run run) {
        return open(run).stream().map(task -> task.id().value()).toList();
    }

    private static List<ManifestRow> rows(Run run) {
        return database.rows().rows(run.id()).toList();
    }

    private static NewTask named(String id, long place) {
        return task(id, place, place + 2);
    }

    private static NewTask carriedOver(String id, long place) {
        return task(id, place, null);
    }

    private static NewTask task(String id, long place, @Nullable Long line) {
        return new NewTask(new TaskId(id), place, line);
    }

    private static RejectedLine rejected(long line, String text) {
        return new RejectedLine(line, text, "INVALID_ID", "a task id has letters");
    }
}
