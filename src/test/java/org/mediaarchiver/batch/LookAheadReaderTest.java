package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.ledger.LedgerDatabase.START;
import static org.mediaarchiver.ledger.LedgerDatabase.lines;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
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
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.archive.ScriptedSite;
import org.mediaarchiver.archive.TaskArchiver;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.http.AddressPolicy;
import org.mediaarchiver.http.RetryPolicy;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.ledger.Outcomes;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.mediaarchiver.media.DownloadSettings;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.mediaarchiver.taskservice.TaskServiceSettings;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class LookAheadReaderTest {
    private static final String WAITING = "{\"web_work_status\":0}";
    private static final String FAILED = "{\"web_work_status\":-1}";
    private static final Duration LONG = Duration.ofMinutes(1);

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase database;

    private final ScriptedSite site = new ScriptedSite();
    private final StepExecution step =
            new StepExecution(1, "archive", new JobExecution(1, new JobInstance(1, "archive"), new JobParameters()));

    @SuppressWarnings("NullAway.Init")
    private Run run;

    @SuppressWarnings("NullAway.Init")
    private TaskServiceClient taskService;

    @SuppressWarnings("NullAway.Init")
    private MediaFetcher media;

    @BeforeParameterizedClassInvocation
    static void open(LedgerDatabase.Kind kind) {
        database = new LedgerDatabase(kind, folder.resolve("db"));
    }

    @AfterParameterizedClassInvocation
    static void close() {
        database.close();
    }

    @BeforeEach
    void begin() {
        database.begins();
        run = database.begin();
        taskService = new TaskServiceClient(
                new TaskServiceSettings(
                        site.url(),
                        () -> new Secret("token"),
                        0,
                        new RetryPolicy(1, Duration.ZERO, Duration.ZERO),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        4),
                InstantSource.system());
        media = new MediaFetcher(
                DownloadSettings.defaults(folder.resolve("spool"), AddressPolicy.publicHttps(), 4),
                InstantSource.system());
    }

    @AfterEach
    void end() {
        taskService.close();
        media.close();
        site.close();
        database.ends();
    }

    @Test
    void everyTaskToDoIsReadOnceOverAllPages() throws Exception {
        String[] ids = IntStream.range(0, 1010).mapToObj(i -> "t" + i).toArray(String[]::new);
        database.tasks().add(run, lines(ids));

        List<SettledTask> read = readAll(reader(8));

        assertThat(read).extracting(settled -> settled.task().id().value()).containsExactlyInAnyOrder(ids);
        assertThat(read)
                .allSatisfy(settled -> assertThat(settled.outcome().task())
                        .isEqualTo(settled.task().id()));
        assertThat(step.isTerminateOnly()).isFalse();
    }

    @Test
    void noTaskIsBegunOnceThereIsNoTimeForIt() throws Exception {
        Run before = database.begin();
        database.tasks().add(before, lines("half", "other"));
        OpenTask half = database.tasks().toDo(before, -1, 1).getFirst();
        database.tasks()
                .settle(
                        before,
                        List.of(new SettledTask(half, Outcomes.withoutPreview("half", Reason.SOURCE_UNAVAILABLE))),
                        START);
        database.tasks().add(run, lines("half", "new"));

        List<SettledTask> read = readAll(reader(2, InstantSource.system(), Instant.now(Clock.systemUTC())));

        assertThat(site.requests()).isEmpty();
        assertThat(read)
                .extracting(settled -> settled.outcome().objects().stream()
                        .map(ObjectOutcome::reason)
                        .toList())
                .as("preview, result, video")
                .containsExactlyInAnyOrder(
                        Arrays.asList(Reason.RUN_STOPPED, Reason.ALREADY_STORED, Reason.ALREADY_STORED),
                        Arrays.asList(Reason.RUN_STOPPED, Reason.RUN_STOPPED, Reason.RUN_STOPPED));
        assertThat(step.isTerminateOnly()).as("the run ends, and is published").isFalse();
    }

    @Test
    void whatCameBackIsHeldWhileTheAddressIsInDoubt() throws Exception {
        database.tasks().add(run, lines("a", "b", "c", "d"));
        List.of("a", "b", "c").forEach(id -> site.task(id, 404, ""));
        site.task("d", 200, WAITING);
        try (Opened reader = open(1)) {
            SettledTask first = reader.reader().read();

            assertThat(first).isNotNull();
            assertThat(site.requests())
                    .as("asked before the first was handed out")
                    .hasSize(4);
            assertThat(taskService.isAddressInDoubt()).isFalse();
        }
    }

    @Test
    void aFewUnknownTasksAreHandedOutWhenThereIsNobodyElseToAsk() throws Exception {
        database.tasks().add(run, lines("a", "b"));
        List.of("a", "b").forEach(id -> site.task(id, 404, ""));

        assertThat(readAll(reader(1)))
                .extracting(settled -> settled.outcome().objects().getFirst().reason())
                .containsExactly(Reason.NOT_FOUND, Reason.NOT_FOUND);
        assertThat(step.isTerminateOnly()).isFalse();
    }

    @Test
    void nothingIsHandedOutWhereTheAddressProvesWrong() throws Exception {
        String[] ids = IntStream.range(0, 40).mapToObj(i -> "t" + i).toArray(String[]::new);
        database.tasks().add(run, lines(ids));
        List.of(ids).forEach(id -> site.task(id, 404, ""));
        LookAheadReader reader = reader(4);

        assertThat(readAll(reader)).isEmpty();
        assertThat(reader.doom()).hasMessageContaining("archiver.task-service.base-url");
        assertThat(step.isTerminateOnly()).isTrue();
    }

    @Test
    void aStopWhileTheAddressIsInDoubtVoidsWhatCameBack() throws Exception {
        database.tasks().add(run, lines("a", "b"));
        List.of("a", "b").forEach(id -> site.task(id, 404, ""));
        LookAheadReader reader = reader(1);
        try (Opened opened = open(reader)) {
            assertThat(opened.reader().read()).isNotNull();
            reader.stop(LONG);

            assertThat(reader.read()).isNull();
            assertThat(step.isTerminateOnly()).isTrue();
        }
    }

    @Test
    void aRefusedTokenStopsTheRunBehindWhatHasEnded() throws Exception {
        database.tasks().add(run, lines("a", "b", "c"));
        site.task("a", 200, WAITING).task("b", 401, "{}").task("c", 200, WAITING);
        LookAheadReader reader = reader(1);

        assertThat(readAll(reader))
                .extracting(settled -> settled.task().id().value())
                .containsExactly("a");
        assertThat(reader.doom()).hasMessageContaining("token");
        assertThat(step.isTerminateOnly()).isTrue();
        assertThat(site.requests()).doesNotContain("/avatar/task/c");
    }

    @Test
    void aStopEndsTheStepBehindEverythingThatWasInFlight() throws Exception {
        database.tasks().add(run, lines("a", "b", "c", "d", "e", "f"));
        LookAheadReader reader = reader(4);
        CyclicBarrier inFlight = new CyclicBarrier(4, () -> reader.stop(LONG));
        for (String id : List.of("a", "b", "c", "d")) {
            site.task(id, 200, WAITING).before("/avatar/task/" + id, () -> await(inFlight));
        }
        try (Opened opened = open(reader)) {
            List<String> read = new ArrayList<>();
            for (SettledTask next = reader.read(); next != null; next = reader.read()) {
                read.add(next.task().id().value());
                assertThat(step.isTerminateOnly())
                        .as("the step would end with the chunk at hand")
                        .isFalse();
            }

            assertThat(read).containsExactlyInAnyOrder("a", "b", "c", "d");
            assertThat(step.isTerminateOnly()).isTrue();
            assertThat(opened.reader()).isSameAs(reader);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aStopBeforeTheStepBeginsAsksAboutNothing() throws Exception {
        database.tasks().add(run, lines("a"));
        LookAheadReader reader = reader(1);
        reader.stop(LONG);

        assertThat(readAll(reader)).isEmpty();
        assertThat(step.isTerminateOnly()).isTrue();
        assertThat(reader.doom()).isNull();
        assertThat(site.requests()).isEmpty();
    }

    @Test
    void aBugFailsItsTaskAndNoOther() throws Exception {
        Run before = database.begin();
        database.tasks().add(before, lines("broken"));
        OpenTask waited = database.tasks().toDo(before, -1, 1).getFirst();
        database.tasks()
                .settle(before, List.of(new SettledTask(waited, Outcomes.all("broken", Reason.NOT_READY))), START);
        database.tasks().add(run, lines("broken", "well"));
        site.task("broken", 200, WAITING).task("well", 200, WAITING);
        InstantSource broken = () -> {
            throw new IllegalStateException("planted");
        };

        List<SettledTask> read = readAll(reader(1, broken));

        assertThat(read)
                .extracting(settled -> settled.outcome().objects().getLast().reason())
                .containsExactly(Reason.INTERNAL, Reason.NOT_READY);
        assertThat(((ObjectOutcome.NotStored) read.getFirst().outcome().object(Role.VIDEO)).detail())
                .hasToString("unexpected IllegalStateException; the log has its trace");
    }

    @Test
    void aTaskThatIsWaitedForIsAskedAboutNoMoreOftenThanAllowed() throws Exception {
        database.tasks().add(run, lines("slow", "slower"));
        Duration interval = Duration.ofMillis(60);
        Map<String, List<Long>> asked = new HashMap<>();
        for (String id : List.of("slow", "slower")) {
            List<Long> times = new CopyOnWriteArrayList<>();
            asked.put(id, times);
            site.before("/avatar/task/" + id, () -> times.add(System.nanoTime()));
            for (int i = 0; i < 3; i++) {
                site.task(id, 200, WAITING);
            }
            site.task(id, 200, FAILED);
        }

        assertThat(readAll(waitingReader(interval, LONG)))
                .extracting(settled -> settled.outcome().objects().getFirst().reason())
                .containsExactly(Reason.GENERATION_FAILED, Reason.GENERATION_FAILED);
        assertThat(asked.values()).allSatisfy(times -> {
            assertThat(times).hasSize(4);
            for (int i = 1; i < times.size(); i++) {
                assertThat(Duration.ofNanos(times.get(i) - times.get(i - 1))).isGreaterThanOrEqualTo(interval);
            }
        });
    }

    @Test
    void aTaskThatIsStillNotReadyWhenTheTimeIsOverIsLeftToTheNextRun() throws Exception {
        database.tasks().add(run, lines("never"));
        site.task("never", 200, WAITING);

        assertThat(readAll(waitingReader(Duration.ofMillis(100), Duration.ofMillis(450))))
                .extracting(settled -> settled.outcome().objects().getFirst().reason())
                .containsExactly(Reason.NOT_READY);
        assertThat(site.requests()).hasSizeBetween(1, 5);
        assertThat(step.isTerminateOnly()).isFalse();
    }

    private LookAheadReader waitingReader(Duration pollInterval, Duration wait) {
        return reader(4, InstantSource.system(), null, wait, pollInterval);
    }

    private LookAheadReader reader(int places) {
        return reader(places, InstantSource.system());
    }

    private LookAheadReader reader(int places, InstantSource clock) {
        return reader(places, clock, null);
    }

    private LookAheadReader reader(int places, InstantSource clock, @Nullable Instant end) {
        return reader(places, clock, end, Duration.ZERO, Duration.ofSeconds(5));
    }

    private LookAheadReader reader(
            int places, InstantSource clock, @Nullable Instant end, Duration wait, Duration pollInterval) {
        return new LookAheadReader(
                run,
                database.tasks(),
                taskService,
                new TaskArchiver(
                        run.id(),
                        new KeyLayout(""),
                        LONG,
                        taskService,
                        media,
                        new InMemoryObjectStore("media", clock),
                        clock)::archive,
                places,
                wait,
                pollInterval,
                new FinishBy(end, clock));
    }

    /** A reader that is closed whatever happens. */
    private record Opened(LookAheadReader reader) implements AutoCloseable {
        @Override
        public void close() {
            reader.close();
        }
    }

    private Opened open(int places) {
        return open(reader(places));
    }

    private Opened open(LookAheadReader reader) {
        reader.beforeStep(step);
        reader.open(new ExecutionContext());
        return new Opened(reader);
    }

    private List<SettledTask> readAll(LookAheadReader reader) throws InterruptedException {
        try (Opened opened = open(reader)) {
            List<SettledTask> all = new ArrayList<>();
            for (@Nullable SettledTask next = opened.reader().read();
                    next != null;
                    next = opened.reader().read()) {
                all.add(next);
            }
            return all;
        }
    }
}
