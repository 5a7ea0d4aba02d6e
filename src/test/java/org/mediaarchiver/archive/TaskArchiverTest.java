package org.mediaarchiver.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.http.AddressPolicy;
import org.mediaarchiver.http.RetryPolicy;
import org.mediaarchiver.media.DownloadSettings;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.mediaarchiver.taskservice.TaskServiceSettings;

class TaskArchiverTest {
    private static final RunId RUN = new RunId("20261123T020000Z-7f3a9c");
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);
    private static final Duration MAX_AGE = Duration.ofDays(14);
    private static final byte[] VIDEO = sample("harbour.mp4");
    private static final byte[] OTHER_VIDEO = sample("bridge.mp4");
    private static final byte[] PREVIEW = sample("harbour.webp");
    private static final String NOT_DONE = "{\"web_work_status\":100}";

    private final ScriptedSite site = new ScriptedSite();
    private final InMemoryObjectStore store = new InMemoryObjectStore("media", CLOCK);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path spool;

    @SuppressWarnings("NullAway.Init")
    private TaskServiceClient taskService;

    @SuppressWarnings("NullAway.Init")
    private MediaFetcher media;

    @BeforeEach
    void open() {
        taskService = new TaskServiceClient(
                new TaskServiceSettings(
                        site.url(),
                        () -> new Secret("token"),
                        0,
                        new RetryPolicy(2, Duration.ZERO, Duration.ofMillis(1)),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        4),
                CLOCK);
        media = new MediaFetcher(
                new DownloadSettings(
                        spool,
                        new AddressPolicy(List.of(), true, Set.of(80), true),
                        10_000_000,
                        null,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30),
                        1,
                        Duration.ofSeconds(30),
                        2,
                        Duration.ofMillis(1),
                        Duration.ofMillis(1),
                        4,
                        16),
                CLOCK);
    }

    @AfterEach
    void nothingStaysInTheSpool() throws IOException {
        taskService.close();
        media.close();
        site.close();
        store.close();
        try (Stream<Path> left = Files.list(spool)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aTaskThatIsDoneIsStoredWhole() throws Exception {
        site.done("t-1", "/v.mp4?sig=secret", "/p.jpg")
                .file("/v.mp4?sig=secret", VIDEO)
                .file("/p.jpg", PREVIEW);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
        assertThat(outcome.workStatus()).isEqualTo("200");
        byte[] answer = site.doneBody("/v.mp4?sig=secret", "/p.jpg").getBytes(StandardCharsets.UTF_8);
        assertThat(bytes("p/media/t-1/video.mp4")).isEqualTo(VIDEO);
        assertThat(bytes("p/media/t-1/preview.webp")).isEqualTo(PREVIEW);
        assertThat(bytes("p/media/t-1/result.json")).isEqualTo(answer);
        Stored video = stored(outcome, Role.VIDEO);
        assertThat(video.reason()).isNull();
        assertThat(video.object().content())
                .isEqualTo(new StoredObject.Content(VIDEO.length, Sha256.of(VIDEO), "video/mp4"));
        assertThat(video.source()).isEqualTo(SourceUrl.of(site.url() + "/v.mp4?sig=secret"));
        assertThat(video.fetchedAt()).isEqualTo(NOW);
        assertThat(stored(outcome, Role.PREVIEW).object().content().contentType())
                .isEqualTo("image/webp");
        assertThat(stored(outcome, Role.RESULT).object().content())
                .isEqualTo(new StoredObject.Content(answer.length, Sha256.of(answer), "application/json"));
        assertThat(stored(outcome, Role.RESULT).source()).isEqualTo(SourceUrl.of(site.url() + "/avatar/task/t-1"));
    }

    @Test
    void eachObjectSaysWhereItComesFromAndNothingThatIsSecret() throws Exception {
        site.done("t-1", "/v.mp4?sig=secret", "/p.jpg")
                .file("/v.mp4?sig=secret", VIDEO)
                .file("/p.jpg", PREVIEW);

        archive(fresh("t-1"));

        assertThat(store.metadata("p/media/t-1/video.mp4"))
                .isEqualTo(Map.of(
                        "task-id",
                        "t-1",
                        "run-id",
                        RUN.value(),
                        "source-url",
                        site.url() + "/v.mp4",
                        "sha256",
                        Sha256.of(VIDEO).hex()));
        assertThat(store.metadata("p/media/t-1/result.json"))
                .containsEntry("source-url", site.url() + "/avatar/task/t-1");
    }

    @Test
    void theResultIsStoredLast() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp").file("/v.mp4", VIDEO).file("/p.webp", PREVIEW);

        archive(fresh("t-1"));

        assertThat(site.requests()).containsExactly("/avatar/task/t-1", "/v.mp4", "/p.webp");
    }

    @Test
    void aResultThatNamesNoPreviewSkipsIt() throws Exception {
        site.done("t-1", "/v.mp4", null).file("/v.mp4", VIDEO);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(Reason.NO_OUTPUT, null, null);
        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
    }

    @Test
    void aTaskThatIsNotDoneHasThreeRowsThatSayWhy() throws Exception {
        site.task("t-1", 200, "{\"web_work_status\":-101}");

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(Reason.MODERATED, Reason.MODERATED, Reason.MODERATED);
        assertThat(outcome.workStatus()).isEqualTo("%2D101");
        assertThat(outcome.objects())
                .allSatisfy(object -> assertThat(((NotStored) object).source()).isNull());
        assertThat(store.list("")).isEmpty();
    }

    @Test
    void anExpiredUrlIsAskedForOnceMoreAndTheFreshOneServesBothFiles() throws Exception {
        site.done("t-1", "/v.mp4?old", "/p.webp?old")
                .done("t-1", "/v.mp4?new", "/p.webp?new")
                .noFile("/v.mp4?old", 403)
                .file("/v.mp4?new", VIDEO)
                .file("/p.webp?new", PREVIEW);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
        assertThat(site.requests())
                .containsExactly("/avatar/task/t-1", "/v.mp4?old", "/avatar/task/t-1", "/v.mp4?new", "/p.webp?new");
        assertThat(bytes("p/media/t-1/result.json"))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(site.doneBody("/v.mp4?new", "/p.webp?new"));
    }

    @Test
    void theResultIsTheAnswerFromWhichTheVideoWasFetched() throws Exception {
        site.done("t-1", "/v.mp4?old", "/p.webp?old")
                .done("t-1", "/v.mp4?new", "/p.webp?new")
                .file("/v.mp4?old", VIDEO)
                .noFile("/p.webp?old", 410)
                .file("/p.webp?new", PREVIEW);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
        assertThat(bytes("p/media/t-1/result.json"))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(site.doneBody("/v.mp4?old", "/p.webp?old"));
    }

    @Test
    void aFileThatIsGoneTwiceIsGoneAndItsPreviewIsStoredAllTheSame() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp").noFile("/v.mp4", 404).file("/p.webp", PREVIEW);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(null, Reason.GONE, Reason.GONE);
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        assertThat(site.requests())
                .containsExactly("/avatar/task/t-1", "/v.mp4", "/avatar/task/t-1", "/v.mp4", "/p.webp");
        assertThat(store.list("").map(ObjectHead::key)).containsExactly("p/media/t-1/preview.webp");
        assertThat(((NotStored) outcome.object(Role.RESULT)).source())
                .isEqualTo(SourceUrl.of(site.url() + "/avatar/task/t-1"));
    }

    @Test
    void aTaskWhoseSecondAnswerIsNotDoneEndsAsThatAnswerSays() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp")
                .task("t-1", 200, NOT_DONE)
                .noFile("/v.mp4", 404)
                .noFile("/p.webp", 404);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(Reason.NOT_READY, Reason.NOT_READY, Reason.NOT_READY);
        assertThat(site.requests()).containsExactly("/avatar/task/t-1", "/v.mp4", "/avatar/task/t-1", "/p.webp");
    }

    @Test
    void aPreviewThatTheSecondAnswerNoLongerNamesIsGone() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp")
                .done("t-1", "/v.mp4", null)
                .file("/v.mp4", VIDEO)
                .noFile("/p.webp", 404);

        assertThat(ends(archive(fresh("t-1")))).containsExactly(Reason.GONE, null, null);
    }

    @Test
    void aLostVideoDoesNotCostThePreview() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp")
                .file("/v.mp4", "<html>".getBytes(StandardCharsets.UTF_8))
                .file("/p.webp", PREVIEW);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(null, Reason.NOT_MEDIA, Reason.NOT_MEDIA);
        NotStored result = (NotStored) outcome.object(Role.RESULT);
        assertThat(result.detail()).isEqualTo(((NotStored) outcome.object(Role.VIDEO)).detail());
    }

    @Test
    void aLostPreviewDoesNotCostTheVideo() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp").file("/v.mp4", VIDEO).noFile("/p.webp", 500);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(Reason.SOURCE_UNAVAILABLE, null, null);
        assertThat(outcome.state()).isEqualTo(TaskState.OPEN);
    }

    @Test
    void otherBytesUnderTheKeyAreAConflictAndStand() throws Exception {
        site.done("t-1", "/v.mp4", null).file("/v.mp4", VIDEO);
        store.plant("p/media/t-1/video.mp4", OTHER_VIDEO);

        TaskOutcome outcome = archive(fresh("t-1"));

        assertThat(ends(outcome)).containsExactly(Reason.NO_OUTPUT, Reason.KEY_CONFLICT, Reason.KEY_CONFLICT);
        assertThat(bytes("p/media/t-1/video.mp4")).isEqualTo(OTHER_VIDEO);
        NotStored video = (NotStored) outcome.object(Role.VIDEO);
        assertThat(video.received()).isEqualTo(new StoredObject.Content(VIDEO.length, Sha256.of(VIDEO), "video/mp4"));
        assertThat(video.detail())
                .hasToString("the bucket holds other bytes under this key: " + OTHER_VIDEO.length + " stored; "
                        + VIDEO.length + " received");
        assertThat(store.head("p/media/t-1/result.json")).isEmpty();
    }

    @Test
    void equalBytesUnderTheKeysAreAdopted() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp").file("/v.mp4", VIDEO).file("/p.webp", PREVIEW);
        archive(fresh("t-1"));

        TaskOutcome again = archive(fresh("t-1"));

        assertThat(ends(again)).containsExactly(Reason.ADOPTED, Reason.ADOPTED, Reason.ADOPTED);
        assertThat(again.state()).isEqualTo(TaskState.ARCHIVED);
    }

    @Test
    void aResultThatIsThereIsAdoptedWithItsOwnDigest() throws Exception {
        byte[] first = "{\"signed\":\"yesterday\"}".getBytes(StandardCharsets.UTF_8);
        store.plant("p/media/t-1/result.json", first);
        site.done("t-1", "/v.mp4", null).file("/v.mp4", VIDEO);

        TaskOutcome outcome = archive(fresh("t-1"));

        Stored result = stored(outcome, Role.RESULT);
        assertThat(result.reason()).isEqualTo(Reason.ADOPTED);
        assertThat(result.object().content())
                .isEqualTo(new StoredObject.Content(first.length, Sha256.of(first), "application/json"));
        assertThat(result.object().verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(result.object().storedAt()).isEqualTo(NOW);
        assertThat(bytes("p/media/t-1/result.json")).isEqualTo(first);
        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
    }

    @Test
    void whatIsSettledIsNeitherFetchedNorStoredAgain() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp").file("/p.webp", PREVIEW);
        Stored video = settledVideo();
        Stored result = settled(Role.RESULT);

        TaskOutcome outcome = archive(open("t-1", null, List.of(video, result)));

        assertThat(outcome.object(Role.VIDEO)).isSameAs(video);
        assertThat(outcome.object(Role.RESULT)).isSameAs(result);
        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
        assertThat(site.requests()).containsExactly("/avatar/task/t-1", "/p.webp");
        assertThat(store.list("").map(ObjectHead::key)).containsExactly("p/media/t-1/preview.webp");
    }

    @Test
    void aVideoThatFailedForGoodStandsWithItsResult() throws Exception {
        site.done("t-1", "/v.mp4", "/p.webp").file("/v.mp4", VIDEO).file("/p.webp", PREVIEW);
        NotStored video = new NotStored(Role.VIDEO, Reason.GONE, new Detail("HTTP 404"), null);
        NotStored result =
                new NotStored(Role.RESULT, Reason.GONE, new Detail("HTTP 404"), SourceUrl.of("http://old/t-1"));

        TaskOutcome outcome = archive(open("t-1", null, List.of(video, result)));

        assertThat(outcome.object(Role.VIDEO)).isSameAs(video);
        assertThat(outcome.object(Role.RESULT)).isSameAs(result);
        assertThat(ends(outcome)).containsExactly(null, Reason.GONE, Reason.GONE);
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
    }

    @Test
    void aResultThatIsMissingIsStoredForAVideoThatIsThere() throws Exception {
        site.done("t-1", "/v.mp4", null);

        TaskOutcome outcome = archive(open("t-1", null, List.of(settledVideo())));

        assertThat(ends(outcome)).containsExactly(Reason.NO_OUTPUT, null, Reason.ALREADY_STORED);
        assertThat(bytes("p/media/t-1/result.json")).isNotEmpty();
    }

    @Test
    void whatIsSettledStandsWhenTheServiceNoLongerKnowsTheTask() throws Exception {
        Stored video = settledVideo();

        TaskOutcome outcome = archive(open("t-1", null, List.of(video)));

        assertThat(ends(outcome)).containsExactly(Reason.NOT_FOUND, Reason.NOT_FOUND, Reason.ALREADY_STORED);
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
    }

    @Test
    void aTaskWithNothingLeftToDoCostsNoRequestAndDoesNotGoBackwards() throws Exception {
        NotStored none = new NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null);

        TaskOutcome outcome = archive(open("t-1", null, List.of(settledVideo(), none, settled(Role.RESULT))));

        assertThat(ends(outcome)).containsExactly(Reason.NO_OUTPUT, Reason.ALREADY_STORED, Reason.ALREADY_STORED);
        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
        assertThat(site.requests()).isEmpty();
    }

    @Test
    void aTaskThatIsNotReadyForLongerThanItMayIsStuck() throws Exception {
        site.task("t-1", 200, NOT_DONE);

        assertThat(ends(archive(open("t-1", NOW.minus(MAX_AGE), List.of())))).containsOnly(Reason.NOT_READY);
        TaskOutcome late = archive(open("t-1", NOW.minus(MAX_AGE).minusMillis(1), List.of()));
        assertThat(ends(late)).containsOnly(Reason.STUCK);
        assertThat(late.state()).isEqualTo(TaskState.FAILED);
    }

    @Test
    void aTaskThatWaitedLongEnoughIsNotStuckWhileTheServiceIsDown() throws Exception {
        site.task("t-1", 503, "");

        TaskOutcome outcome = archive(open("t-1", NOW.minus(MAX_AGE).minusMillis(1), List.of()));

        assertThat(ends(outcome)).containsOnly(Reason.SERVICE_UNAVAILABLE);
    }

    @Test
    void aRefusedTokenStopsTheRun() {
        site.task("t-1", 401, "{}");

        assertThatThrownBy(() -> archive(fresh("t-1"))).isInstanceOf(StopException.class);
        assertThat(store.list("")).isEmpty();
    }

    private TaskOutcome archive(OpenTask task) throws InterruptedException {
        return new TaskArchiver(RUN, new KeyLayout("p/"), MAX_AGE, taskService, media, store, CLOCK).archive(task);
    }

    private static OpenTask fresh(String id) {
        return open(id, null, List.of());
    }

    private static OpenTask open(String id, @Nullable Instant pendingSince, List<ObjectOutcome> settled) {
        TaskState standing = settled.isEmpty() ? null : TaskState.OPEN;
        return new OpenTask(new TaskId(id), 1, 2L, standing, settled.isEmpty() ? 0 : 1, 0, pendingSince, settled);
    }

    private static Stored settledVideo() {
        return settled(Role.VIDEO);
    }

    private static Stored settled(Role role) {
        StoredObject object = new StoredObject(
                "media",
                "p/media/t-1/" + role.word(),
                null,
                new StoredObject.Content(1, Sha256.of(new byte[1]), "video/mp4"),
                null,
                null,
                NOW,
                VerifyMethod.LEDGER);
        return new Stored(role, Reason.ALREADY_STORED, object, null, NOW);
    }

    private byte[] bytes(String key) throws IOException {
        try (InputStream in = store.open(key)) {
            return in.readAllBytes();
        }
    }

    private static Stored stored(TaskOutcome outcome, Role role) {
        return (Stored) outcome.object(role);
    }

    /** The reasons of preview, result and video; null for what was stored anew. */
    private static List<@Nullable Reason> ends(TaskOutcome outcome) {
        return outcome.objects().stream()
                .<@Nullable Reason>map(ObjectOutcome::reason)
                .toList();
    }

    private static byte[] sample(String file) {
        try {
            return Files.readAllBytes(Path.of("sample-data", "media", file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
