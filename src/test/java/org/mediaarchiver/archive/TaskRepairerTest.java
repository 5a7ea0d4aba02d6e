package org.mediaarchiver.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.MediaType;
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
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.mediaarchiver.taskservice.TaskServiceSettings;

class TaskRepairerTest {
    private static final RunId RUN = new RunId("20261123T020000Z-7f3a9c");
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");
    private static final Instant THEN = Instant.parse("2026-11-01T02:00:00Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);
    private static final byte[] VIDEO = sample("harbour.mp4");
    private static final byte[] OTHER_VIDEO = sample("bridge.mp4");
    private static final byte[] PREVIEW = sample("harbour.webp");
    private static final SourceUrl ORIGIN = SourceUrl.of("https://cdn.example/v.mp4?sig=then");
    private static final String KEY = "p/media/t-1/video.mp4";

    private final ScriptedSite site = new ScriptedSite();
    private final InMemoryObjectStore plain = new InMemoryObjectStore("media", CLOCK);
    private final InMemoryObjectStore versioned = InMemoryObjectStore.withVersions("media", CLOCK);

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
        site.done("t-1", "/v.mp4", "/p.webp").file("/v.mp4", VIDEO).file("/p.webp", PREVIEW);
    }

    @AfterEach
    void nothingStaysInTheSpool() throws IOException {
        taskService.close();
        media.close();
        site.close();
        plain.close();
        versioned.close();
        try (Stream<Path> left = Files.list(spool)) {
            assertThat(left).isEmpty();
        }
    }

    // What is as it must be.

    @Test
    void anObjectThatIsWellByNowIsReadAndNotTouched() throws Exception {
        plain.plant(KEY, VIDEO);

        Stored video = stored(repair(plain, video(VIDEO)), Role.VIDEO);

        assertThat(video.reason()).isEqualTo(Reason.ADOPTED);
        assertThat(video.object().verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(video.object().etag())
                .as("what the store says now, so that the next audit compares with it")
                .isEqualTo(plain.head(KEY).orElseThrow().etag());
        assertThat(video.source()).isEqualTo(ORIGIN);
        assertThat(site.requests()).isEmpty();
    }

    @Test
    void aReadThatWentWrongOnceIsNoDamage() throws Exception {
        plain.plant(KEY, VIDEO);
        ObjectStore store = new Distorted(plain) {
            private final AtomicInteger reads = new AtomicInteger();

            @Override
            public InputStream open(String key) throws IOException {
                return reads.getAndIncrement() == 0 ? new ByteArrayInputStream(reversed(VIDEO)) : super.open(key);
            }
        };

        assertThat(stored(repair(store, video(VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.ADOPTED);
        assertThat(site.requests()).isEmpty();
    }

    @Test
    void objectsThatNoFindingTellsOfAreLeftAlone() throws Exception {
        ObjectOutcome preview = expected(Role.PREVIEW, "p/media/t-1/preview.webp", PREVIEW, MediaType.WEBP);

        TaskOutcome outcome = repair(plain, video(VIDEO));

        assertThat(outcome.object(Role.PREVIEW)).isEqualTo(preview);
        assertThat(plain.head("p/media/t-1/preview.webp")).isEmpty();
        assertThat(site.requests()).containsExactly("/avatar/task/t-1", "/v.mp4");
    }

    // From the source.

    @Test
    void aMissingObjectIsCreatedFromItsSource() throws Exception {
        TaskOutcome outcome = repair(plain, video(VIDEO));

        Stored video = stored(outcome, Role.VIDEO);
        assertThat(video.reason()).isNull();
        assertThat(video.source()).isEqualTo(SourceUrl.of(site.url() + "/v.mp4"));
        assertThat(video.fetchedAt()).isEqualTo(NOW);
        assertThat(bytes(plain, KEY)).isEqualTo(VIDEO);
        assertThat(plain.metadata(KEY))
                .isEqualTo(Map.of(
                        "task-id",
                        "t-1",
                        "run-id",
                        RUN.value(),
                        "source-url",
                        site.url() + "/v.mp4",
                        "sha256",
                        Sha256.of(VIDEO).hex()));
        assertThat(outcome.workStatus()).isEqualTo("200");
        assertThat(outcome.state()).isEqualTo(TaskState.ARCHIVED);
    }

    @Test
    void aChangedObjectIsReplacedFromItsSource() throws Exception {
        plain.plant(KEY, reversed(VIDEO));

        assertThat(stored(repair(plain, video(VIDEO)), Role.VIDEO).reason()).isNull();
        assertThat(bytes(plain, KEY)).isEqualTo(VIDEO);
    }

    @Test
    void anObjectOfAnotherSizeIsNotEvenRead() throws Exception {
        plain.plant(KEY, OTHER_VIDEO);
        ObjectStore store = new Distorted(plain) {
            @Override
            public InputStream open(String key) {
                throw new AssertionError("read");
            }
        };

        repair(store, video(VIDEO));

        assertThat(bytes(plain, KEY)).isEqualTo(VIDEO);
    }

    @Test
    void allObjectsOfATaskAreMadeGoodWithOneQuestion() throws Exception {
        byte[] answer = site.doneBody("/v.mp4", "/p.webp").getBytes(UTF_8);

        TaskOutcome outcome = repair(
                plain,
                List.of(
                        expected(Role.PREVIEW, "p/media/t-1/preview.webp", PREVIEW, MediaType.WEBP),
                        expected(Role.RESULT, "p/media/t-1/result.json", answer, MediaType.JSON),
                        video(VIDEO)));

        assertThat(ends(outcome)).containsExactly(null, null, null);
        assertThat(bytes(plain, "p/media/t-1/preview.webp")).isEqualTo(PREVIEW);
        assertThat(bytes(plain, "p/media/t-1/result.json")).isEqualTo(answer);
        assertThat(site.requests()).containsExactly("/avatar/task/t-1", "/p.webp", "/v.mp4");
    }

    @Test
    void aSourceThatHasOtherBytesByNowIsNotAccepted() throws Exception {
        TaskOutcome outcome = repair(plain, video(OTHER_VIDEO));

        NotStored lost = lost(outcome, Role.VIDEO);
        assertThat(lost.reason()).isEqualTo(Reason.SOURCE_CHANGED);
        assertThat(lost.received()).isEqualTo(new StoredObject.Content(VIDEO.length, Sha256.of(VIDEO), "video/mp4"));
        assertThat(plain.head(KEY)).isEmpty();
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
    }

    @Test
    void aChangedObjectWhoseSourceHasChangedTooIsLeftAsItIs() throws Exception {
        plain.plant(KEY, "damaged".getBytes(UTF_8));

        assertThat(lost(repair(plain, video(OTHER_VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.SOURCE_CHANGED);
        assertThat(bytes(plain, KEY)).asString(UTF_8).isEqualTo("damaged");
    }

    @Test
    void anAnswerThatDiffersByNowIsNotAcceptedAsTheResult() throws Exception {
        byte[] then = site.doneBody("/v.mp4?sig=then", "/p.webp").getBytes(UTF_8);

        TaskOutcome outcome =
                repair(plain, List.of(expected(Role.RESULT, "p/media/t-1/result.json", then, MediaType.JSON)));

        assertThat(lost(outcome, Role.RESULT).reason()).isEqualTo(Reason.SOURCE_CHANGED);
        assertThat(plain.head("p/media/t-1/result.json")).isEmpty();
    }

    @Test
    void aPreviewThatTheServiceNoLongerNamesHasChanged() throws Exception {
        site.done("t-2", "/v.mp4", null);

        TaskOutcome outcome = new TaskRepairer(RUN, taskService, media, plain, CLOCK)
                .repair(task(
                        "t-2", List.of(expected(Role.PREVIEW, "p/media/t-2/preview.webp", PREVIEW, MediaType.WEBP))));

        assertThat(lost(outcome, Role.PREVIEW).reason()).isEqualTo(Reason.SOURCE_CHANGED);
    }

    @Test
    void aFileThatIsGoneIsAskedForOnceMoreAndThenGone() throws Exception {
        site.noFile("/gone.mp4", 404).done("t-2", "/gone.mp4", null);

        TaskOutcome outcome = new TaskRepairer(RUN, taskService, media, plain, CLOCK)
                .repair(task("t-2", List.of(video("t-2", VIDEO))));

        assertThat(lost(outcome, Role.VIDEO).reason()).isEqualTo(Reason.GONE);
        assertThat(site.requests()).containsExactly("/avatar/task/t-2", "/gone.mp4", "/avatar/task/t-2", "/gone.mp4");
    }

    @Test
    void aTaskThatTheServiceNoLongerKnowsSaysSo() throws Exception {
        TaskOutcome outcome = new TaskRepairer(RUN, taskService, media, plain, CLOCK)
                .repair(task("t-3", List.of(video("t-3", VIDEO))));

        assertThat(lost(outcome, Role.VIDEO).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(lost(outcome, Role.VIDEO).source()).isEqualTo(ORIGIN);
    }

    @Test
    void whatIsNoVideoIsRefusedAsItAlwaysIs() throws Exception {
        site.done("t-2", "/page.mp4", null).file("/page.mp4", "<html>busy</html>".getBytes(UTF_8));

        TaskOutcome outcome = new TaskRepairer(RUN, taskService, media, plain, CLOCK)
                .repair(task("t-2", List.of(video("t-2", VIDEO))));

        assertThat(lost(outcome, Role.VIDEO).reason()).isEqualTo(Reason.NOT_MEDIA);
        assertThat(plain.list("")).isEmpty();
    }

    // From earlier versions.

    @Test
    void anEarlierVersionWithTheRightBytesGoesBeforeTheSource() throws Exception {
        versioned.plant(KEY, VIDEO);
        versioned.plant(KEY, reversed(VIDEO));
        versioned.plant(KEY, "damaged".getBytes(UTF_8));

        TaskOutcome outcome = repair(versioned, video(VIDEO));

        Stored video = stored(outcome, Role.VIDEO);
        assertThat(video.reason()).isNull();
        assertThat(video.source())
                .as("the bytes are those that came from there")
                .isEqualTo(ORIGIN);
        assertThat(video.fetchedAt()).isEqualTo(THEN);
        assertThat(bytes(versioned, KEY)).isEqualTo(VIDEO);
        assertThat(versioned.earlierVersions(KEY)).as("nothing is deleted").hasSize(3);
        assertThat(site.requests()).isEmpty();
        assertThat(outcome.workStatus()).isNull();
    }

    @Test
    void anObjectThatWasDeletedIsCreatedFromItsVersion() throws Exception {
        versioned.plant(KEY, VIDEO);
        versioned.remove(KEY);

        assertThat(stored(repair(versioned, video(VIDEO)), Role.VIDEO).reason()).isNull();
        assertThat(bytes(versioned, KEY)).isEqualTo(VIDEO);
        assertThat(site.requests()).isEmpty();
    }

    @Test
    void whereNoVersionHasTheRightBytesTheSourceIsAsked() throws Exception {
        versioned.plant(KEY, reversed(VIDEO));
        versioned.remove(KEY);

        assertThat(stored(repair(versioned, video(VIDEO)), Role.VIDEO).source())
                .isEqualTo(SourceUrl.of(site.url() + "/v.mp4"));
    }

    @Test
    void versionsThatMayNotBeListedKeepNobodyFromTheSource() throws Exception {
        ObjectStore store = new Distorted(plain) {
            @Override
            public List<ObjectVersion> earlierVersions(String key) throws IOException {
                throw new AccessDeniedException(key);
            }
        };

        assertThat(stored(repair(store, video(VIDEO)), Role.VIDEO).reason()).isNull();
        plain.remove(KEY);
        NotStored lost = lost(repair(store, video(OTHER_VIDEO)), Role.VIDEO);
        assertThat(lost.reason()).isEqualTo(Reason.SOURCE_CHANGED);
        assertThat(Objects.requireNonNull(lost.detail()).text()).contains("not all earlier versions");
    }

    @Test
    void aVersionThatCannotBeReadIsPassedOver() throws Exception {
        versioned.plant(KEY, VIDEO);
        versioned.plant(KEY, reversed(VIDEO));
        versioned.remove(KEY);
        ObjectStore store = new Distorted(versioned) {
            @Override
            public InputStream open(ObjectVersion version) throws IOException {
                if (version.versionId().equals("1")) {
                    throw new IOException("reset");
                }
                return super.open(version);
            }
        };

        assertThat(stored(repair(store, video(VIDEO)), Role.VIDEO).source()).isEqualTo(ORIGIN);
    }

    // What the store does.

    @Test
    void whereIfMatchIsNotKeptAChangedObjectIsLeftToAPersonAndNothingIsFetched() throws Exception {
        plain.plant(KEY, "damaged".getBytes(UTF_8));
        ObjectStore store = new Distorted(plain) {
            @Override
            public boolean replaces() {
                return false;
            }
        };

        NotStored lost = lost(repair(store, video(VIDEO)), Role.VIDEO);

        assertThat(lost.reason()).isEqualTo(Reason.KEY_CONFLICT);
        assertThat(Objects.requireNonNull(lost.detail()).text())
                .contains("If-Match", "nothing was overwritten", "move the object away");
        assertThat(bytes(plain, KEY)).asString(UTF_8).isEqualTo("damaged");
        assertThat(site.requests()).isEmpty();
    }

    @Test
    void whereIfMatchIsNotKeptAMissingObjectIsCreatedAllTheSame() throws Exception {
        ObjectStore store = new Distorted(plain) {
            @Override
            public boolean replaces() {
                return false;
            }
        };

        assertThat(stored(repair(store, video(VIDEO)), Role.VIDEO).reason()).isNull();
    }

    @Test
    void anObjectThatCameMeanwhileIsNotOverwritten() throws Exception {
        site.before("/v.mp4", () -> plain.plant(KEY, "another".getBytes(UTF_8)));

        assertThat(lost(repair(plain, video(VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.KEY_CONFLICT);
        assertThat(bytes(plain, KEY)).asString(UTF_8).isEqualTo("another");
    }

    @Test
    void anObjectThatIsAnotherOneThanWasLookedAtIsNotOverwritten() throws Exception {
        plain.plant(KEY, "damaged".getBytes(UTF_8));
        site.before("/v.mp4", () -> plain.plant(KEY, "another".getBytes(UTF_8)));

        assertThat(lost(repair(plain, video(VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.KEY_CONFLICT);
        assertThat(bytes(plain, KEY)).asString(UTF_8).isEqualTo("another");
    }

    @Test
    void anObjectThatIsMadeGoodMeanwhileIsAdopted() throws Exception {
        plain.plant(KEY, "damaged".getBytes(UTF_8));
        site.before("/v.mp4", () -> plain.plant(KEY, VIDEO));

        assertThat(stored(repair(plain, video(VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.ADOPTED);
    }

    @Test
    void anObjectThatIsNotGivenOutOrNotLookedAtIsNotTakenForDamaged() throws Exception {
        plain.plant(KEY, reversed(VIDEO));
        ObjectStore archived = new Distorted(plain) {
            @Override
            public InputStream open(String key) throws IOException {
                throw new AccessDeniedException(key);
            }
        };
        ObjectStore away = new Distorted(plain) {
            @Override
            public InputStream open(String key) throws IOException {
                throw new IOException("reset");
            }
        };

        assertThat(lost(repair(archived, video(VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.STORE_REFUSED);
        assertThat(lost(repair(away, video(VIDEO)), Role.VIDEO).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
        assertThat(bytes(plain, KEY)).isEqualTo(reversed(VIDEO));
        assertThat(site.requests()).isEmpty();
    }

    private TaskOutcome repair(ObjectStore store, Stored damaged) throws InterruptedException {
        return repair(store, List.of(damaged));
    }

    private TaskOutcome repair(ObjectStore store, List<Stored> damaged) throws InterruptedException {
        return new TaskRepairer(RUN, taskService, media, store, CLOCK).repair(task("t-1", damaged));
    }

    /** A task whose other objects are well. */
    private static OpenTask task(String id, List<Stored> damaged) {
        List<Role> roles = damaged.stream().map(Stored::role).toList();
        List<ObjectOutcome> settled = Stream.of(
                        expected(Role.PREVIEW, "p/media/" + id + "/preview.webp", PREVIEW, MediaType.WEBP),
                        expected(Role.RESULT, "p/media/" + id + "/result.json", VIDEO, MediaType.JSON),
                        expected(Role.VIDEO, "p/media/" + id + "/video.mp4", VIDEO, MediaType.MP4))
                .filter(object -> !roles.contains(object.role()))
                .<ObjectOutcome>map(object -> object)
                .toList();
        return new OpenTask(new TaskId(id), 1, 2L, TaskState.ARCHIVED, 1, 0, null, settled, damaged);
    }

    private static Stored video(byte[] bytes) {
        return video("t-1", bytes);
    }

    private static Stored video(String task, byte[] bytes) {
        return expected(Role.VIDEO, "p/media/" + task + "/video.mp4", bytes, MediaType.MP4);
    }

    private static Stored expected(Role role, String key, byte[] bytes, MediaType type) {
        StoredObject object = new StoredObject(
                "media",
                key,
                null,
                new StoredObject.Content(bytes.length, Sha256.of(bytes), type.contentType()),
                "etag of then",
                null,
                THEN,
                VerifyMethod.LEDGER);
        return new Stored(role, Reason.ALREADY_STORED, object, ORIGIN, THEN);
    }

    private static Stored stored(TaskOutcome outcome, Role role) {
        assertThat(outcome.object(role)).isInstanceOf(Stored.class);
        return (Stored) outcome.object(role);
    }

    private static NotStored lost(TaskOutcome outcome, Role role) {
        assertThat(outcome.object(role)).isInstanceOf(NotStored.class);
        return (NotStored) outcome.object(role);
    }

    private static List<Reason> ends(TaskOutcome outcome) {
        return outcome.objects().stream().map(ObjectOutcome::reason).toList();
    }

    private static byte[] bytes(ObjectStore store, String key) throws IOException {
        try (InputStream in = store.open(key)) {
            return in.readAllBytes();
        }
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }

    private static byte[] sample(String name) {
        try {
            return Files.readAllBytes(Path.of("sample-data", "media", name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A store that does one thing otherwise. */
    private static class Distorted implements ObjectStore {
        private final ObjectStore store;

        Distorted(ObjectStore store) {
            this.store = store;
        }

        @Override
        public String bucket() {
            return store.bucket();
        }

        @Override
        public Creation create(NewObject object) throws InterruptedException {
            return store.create(object);
        }

        @Override
        public Creation replace(NewObject object, ObjectHead seen) throws InterruptedException {
            return store.replace(object, seen);
        }

        @Override
        public boolean replaces() {
            return store.replaces();
        }

        @Override
        public List<ObjectVersion> earlierVersions(String key) throws IOException {
            return store.earlierVersions(key);
        }

        @Override
        public Optional<ObjectHead> head(String key) throws IOException {
            return store.head(key);
        }

        @Override
        public InputStream open(String key) throws IOException {
            return store.open(key);
        }

        @Override
        public InputStream open(ObjectVersion version) throws IOException {
            return store.open(version);
        }

        @Override
        public Stream<ObjectHead> list(String prefix) {
            return store.list(prefix);
        }

        @Override
        public void close() {}
    }
}
