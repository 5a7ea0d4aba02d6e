package org.mediaarchiver.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.MediaArchiver;
import org.mediaarchiver.batch.ArchiveRequest;
import org.mediaarchiver.batch.ArchiveRuns;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.InterruptedRunException;
import org.mediaarchiver.batch.ProgressStyle;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.manifest.ManifestReader;
import org.mediaarchiver.testing.S3Server;

/** The whole job, with {@code --wait}, against tasks that are not ready when they are first asked for. */
@Timeout(60)
class WaitForPendingTest {
    private static final String PENDING = "{\"web_work_status\":100}";
    private static final Duration LONG = Duration.ofMinutes(10);

    @TempDir
    Path dir;

    private S3Server store;

    @BeforeEach
    void start() {
        store = S3Server.start("archive");
        System.setProperty("aws.accessKeyId", store.accessKey());
        System.setProperty("aws.secretAccessKey", store.secretKey());
    }

    @AfterEach
    void stop() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        store.close();
    }

    @Test
    void withoutWaitingATaskIsAskedForOnce() throws Exception {
        try (RawServer server = new RawServer((request, wire) -> answer(request, wire, request.count() > 1))) {
            assertThat(archive(server, 16, Duration.ZERO, "slow")).containsEntry("slow", "pending NOT_READY");

            assertThat(server.requests("/avatar/task/slow")).hasSize(1);
        }
    }

    /** One place, and more tasks that wait than are ever drawn ahead: they go on only once the last one has been fetched. */
    @Test
    void tasksThatAreWaitedForAreAskedForEveryFiveSecondsAndHoldNoPlaceMeanwhile() throws Exception {
        List<String> tasks = new ArrayList<>(
                IntStream.range(0, 150).mapToObj(i -> "pending-" + i).toList());
        tasks.add("ready");
        try (RawServer server = new RawServer((request, wire) -> {
            if (request.name().startsWith("pending") && Files.exists(dir.resolve("ready-was-fetched"))) {
                wire.whole("200 OK", "{\"web_work_status\":-1}".getBytes(UTF_8));
            } else {
                answer(request, wire, request.name().equals("ready"));
            }
        })) {
            Map<String, String> ends = archive(server, 1, LONG, tasks.toArray(String[]::new));

            assertThat(ends.remove("ready")).isEqualTo("stored");
            assertThat(ends.values()).hasSize(150).containsOnly("failed GENERATION_FAILED");
            for (String task : ends.keySet()) {
                List<RawServer.Request> asked = server.requests("/avatar/task/" + task);
                assertThat(asked).as(task).hasSize(2);
                assertThat(Duration.ofNanos(asked.get(1).nanos() - asked.get(0).nanos()))
                        .as(task)
                        .isGreaterThanOrEqualTo(Duration.ofSeconds(5));
            }
        }
    }

    @Test
    void onlyTasksThatAreNotReadyAreWaitedFor() throws Exception {
        try (RawServer server = new RawServer((request, wire) -> {
            if (request.name().equals("unknown")) {
                wire.whole("400 Bad", "{\"code\":\"task_not_exist\"}".getBytes(UTF_8));
            } else {
                answer(request, wire, true);
            }
        })) {
            assertThat(archive(server, 4, LONG, "unknown", "ready"))
                    .containsExactlyInAnyOrderEntriesOf(Map.of("unknown", "failed NOT_FOUND", "ready", "stored"));
            assertThat(server.requests("/avatar/task/unknown")).hasSize(1);
        }
    }

    @Test
    void aRunThatIsStoppedWaitsForNothing() throws Exception {
        try (RawServer server = new RawServer((request, wire) -> answer(request, wire, false));
                ArchiverContext context = ArchiverContext.forRuns(configuration(server, 4));
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            ArchiveRuns runs = context.bean(ArchiveRuns.class);
            Future<?> run =
                    thread.submit(() -> runs.archive(request(Duration.ofHours(1), "never"), ProgressStyle.NONE));
            while (server.requests("/avatar/task/never").isEmpty()) {
                Thread.onSpinWait();
            }

            runs.stop(Duration.ofSeconds(20));

            assertThatThrownBy(run::get).hasCauseInstanceOf(InterruptedRunException.class);
        }
    }

    @Test
    void whatAKillLeftInTheSpoolIsGoneAfterARun() throws Exception {
        Path spool = Files.createDirectories(dir.resolve("home").resolve("spool"));
        Files.writeString(spool.resolve("other.video"), "the beginning of a task that is not in this run");
        Files.writeString(spool.resolve("other.video.checkpoints"), "beside it");
        try (RawServer server = new RawServer((request, wire) -> answer(request, wire, true))) {
            archive(server, 4, Duration.ZERO, "ready");
        }

        try (Stream<Path> left = Files.list(spool)) {
            assertThat(left).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "30", "m", "-5m", "1.5h", "30 m", "5w"})
    void aWaitThatIsNoDurationIsWrongUsage(String wait) {
        assertThat(MediaArchiver.run(List.of("archive", "--wait=" + wait))).isEqualTo(2);
    }

    private void answer(RawServer.Request request, RawServer.Wire wire, boolean ready) throws IOException {
        if (request.path().startsWith("/media/")) {
            wire.whole("200 OK", Media.video(request.name(), 500));
            if (request.name().equals("ready")) {
                Files.createFile(dir.resolve("ready-was-fetched"));
            }
            return;
        }
        String done = "{\"web_work_status\":200,\"no_wm_work_video_path\":\"http://127.0.0.1:%d/media/%s\"}"
                .formatted(wire.socket().getLocalPort(), request.name());
        wire.whole("200 OK", (ready ? done : PENDING).getBytes(UTF_8));
    }

    /** Returns the end of each task's video. */
    private Map<String, String> archive(RawServer server, int places, Duration wait, String... tasks) throws Exception {
        try (ArchiverContext context = ArchiverContext.forRuns(configuration(server, places))) {
            context.bean(ArchiveRuns.class).archive(request(wait, tasks), ProgressStyle.NONE);
        }
        Map<String, String> ends = new TreeMap<>();
        try (Stream<Path> runs = Files.list(dir.resolve("home").resolve("runs"));
                ManifestReader manifest = new ManifestReader(
                        Files.newInputStream(runs.findFirst().orElseThrow().resolve("manifest.csv")))) {
            for (ManifestRow row = manifest.read(); row != null; row = manifest.read()) {
                if (row.role() == Role.VIDEO) {
                    ends.put(
                            row.taskId().value(),
                            row.status().word() + (row.reason() == null ? "" : " " + row.reason()));
                }
            }
        }
        return ends;
    }

    private ArchiveRequest request(Duration wait, String... tasks) throws IOException {
        Path input = dir.resolve("tasks.csv");
        Files.writeString(input, Stream.of(tasks).collect(Collectors.joining("\n", "task_id\n", "\n")));
        return new ArchiveRequest("archive", input.toString(), "task_id", null, wait, null, Set.of());
    }

    private List<String> configuration(RawServer server, int places) throws IOException {
        Path token = Files.writeString(dir.resolve("token"), "a-token");
        return List.of(
                "--archiver.home=" + dir.resolve("home"),
                "--archiver.task-service.base-url=" + server.url(),
                "--archiver.task-service.token-file=" + token,
                "--archiver.task-service.requests-per-second=0",
                "--archiver.concurrency=" + places,
                "--archiver.media.allow-http=true",
                "--archiver.media.allow-private-addresses=true",
                "--archiver.storage.endpoint=" + store.endpoint(),
                "--archiver.storage.bucket=" + store.bucket());
    }
}
