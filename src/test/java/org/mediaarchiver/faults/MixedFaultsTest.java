package org.mediaarchiver.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.archive.TaskArchiver;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.http.AddressPolicy;
import org.mediaarchiver.http.RetryPolicy;
import org.mediaarchiver.media.DownloadSettings;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.storage.S3Settings;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.mediaarchiver.taskservice.TaskServiceSettings;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Two hundred tasks against one source that does everything wrong that a source can, all at once, into a real bucket.
 *
 * <p>Left out is what ends a run for all tasks (a refused token, a spent quota, a service that is down), which has its tests beside
 * the task service's client.
 */
@Timeout(120)
class MixedFaultsTest {
    private static final int TASKS = 200;
    private static final String TOKEN = "sk-planted-5d1e";
    private static final String SIGNATURE = "planted-signature";
    private static final byte[] PREVIEW = Media.sample("harbour.webp");
    private static final String STORED = "stored";

    /** What stalls is given up after three times this; a machine that is busy must not look like it. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    @TempDir
    Path spool;

    private final Map<String, Fault> faults = new TreeMap<>();
    private final Map<String, byte[]> lastAnswer = new ConcurrentHashMap<>();

    /** Answers the task service's request for a task. */
    private interface Service {
        void answer(RawServer.Request request, RawServer.Wire wire) throws IOException;
    }

    /** Sends a task's video, or does something else. */
    private interface Source {
        void send(RawServer.Request request, RawServer.Wire wire, byte[] video) throws IOException;
    }

    /**
     * What goes wrong with a task, and what its rows say then.
     *
     * @param preview the end of the preview, {@code stored} or a reason
     * @param video the end of the video, and of the result with it
     */
    private record Fault(Service service, Source videoSource, Source previewSource, String preview, String video) {}

    @AfterEach
    void forgetCredentials() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    private static S3ObjectStore openStore(S3Server bucket) {
        System.setProperty("aws.accessKeyId", bucket.accessKey());
        System.setProperty("aws.secretAccessKey", bucket.secretKey());
        S3Settings settings = new S3Settings(
                bucket.bucket(),
                bucket.endpoint(),
                bucket.region(),
                S3Settings.Addressing.PATH,
                S3Settings.Placement.AS_THE_BUCKET_SAYS,
                S3Settings.Transfer.forTasksInFlight(32));
        return new S3ObjectStore(settings, InstantSource.system());
    }

    @Test
    void everyTaskEndsAsItsFaultDemands() throws Exception {
        try (S3Server bucket = S3Server.start("archive");
                RawServer server = new RawServer(this::answer);
                TaskServiceClient taskService = new TaskServiceClient(service(server), InstantSource.system());
                MediaFetcher media = new MediaFetcher(downloads(), InstantSource.system());
                S3ObjectStore store = openStore(bucket)) {
            script(server);
            // The first request is slow, and many of these would be the first.
            store.requireUsable("");
            TaskArchiver archiver = new TaskArchiver(
                    new RunId("20261123T020000Z-7f3a9c"),
                    new KeyLayout(""),
                    Duration.ofDays(14),
                    taskService,
                    media,
                    store,
                    InstantSource.system());
            List<String> names = List.copyOf(faults.keySet());
            List<Callable<TaskOutcome>> work = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
                TaskId task = new TaskId(names.get(i % names.size()) + "_" + i);
                work.add(() -> archiver.archive(new OpenTask(task, 0, 1L, null, 0, 0, null, List.of())));
            }
            Map<String, String> ends = new TreeMap<>();
            Map<String, String> expectedEnds = new TreeMap<>();
            Map<String, byte[]> expectedObjects = new TreeMap<>();
            List<StoredObject> rows = new ArrayList<>();
            try (ExecutorService places =
                    Executors.newFixedThreadPool(32, Thread.ofVirtual().factory())) {
                for (Future<TaskOutcome> ended : places.invokeAll(work)) {
                    TaskOutcome outcome = ended.get();
                    for (ObjectOutcome object : outcome.objects()) {
                        ends.put(row(outcome.task(), object), end(object));
                        if (object instanceof ObjectOutcome.Stored stored) {
                            rows.add(stored.object());
                        }
                    }
                    expect(outcome.task().value(), expectedEnds, expectedObjects);
                    assertThat(outcome.toString()).doesNotContain(TOKEN, SIGNATURE);
                }
            }

            Map<String, String> wrong = new TreeMap<>(ends);
            expectedEnds.forEach(wrong::remove);
            assertThat(wrong).as("rows that are not as expected").isEmpty();
            assertThat(ends).containsOnlyKeys(expectedEnds.keySet()).hasSize(3 * TASKS);
            assertHolds(bucket, expectedObjects, rows);
            assertNoTokenLeft(server);
        }
        try (Stream<Path> left = Files.list(spool)) {
            assertThat(left).isEmpty();
        }
    }

    // --- what goes wrong

    private void script(RawServer server) throws IOException {
        scriptService(server);
        scriptStates(server);
        scriptSource(server);
        scriptBodies(server);
        scriptUrls(server);
    }

    private void scriptService(RawServer server) {
        byte[] none = {};
        service("api-fine", STORED, done(server));
        service("api-reset", "SERVICE_UNAVAILABLE", (request, wire) -> wire.reset());
        service("api-reset-once", STORED, once((request, wire) -> wire.reset(), done(server)));
        service("api-stall", "SERVICE_UNAVAILABLE", (request, wire) -> wire.stall());
        service(
                "api-stall-in-body",
                "SERVICE_UNAVAILABLE",
                (request, wire) -> wire.head("200 OK", "Content-Length: 1000")
                        .send("{".getBytes(UTF_8))
                        .stall());
        service("api-404", "NOT_FOUND", status("404 Not Found", ""));
        service("api-410", "NOT_FOUND", status("410 Gone", ""));
        service("api-400-unknown", "NOT_FOUND", status("400 Bad", "{\"code\":\"task_not_exist\",\"message\":\"x\"}"));
        service("api-400", "REJECTED", status("400 Bad", "{\"error\":{\"code\":\"bad_thing\"}}"));
        service("api-422", "REJECTED", status("422 No", "<html>"));
        service("api-429", "RATE_LIMITED", (request, wire) -> wire.whole("429 Slow", none));
        service("api-429-once", STORED, once((request, wire) -> wire.whole("429 Slow", none), done(server)));
        service(
                "api-429-retry-after",
                STORED,
                once((request, wire) -> wire.whole("429 Slow", none, "Retry-After: 0"), done(server)));
        for (String code : List.of("500", "502", "503", "524")) {
            service("api-" + code, "SERVICE_UNAVAILABLE", status(code + " Down", "<html>"));
            service("api-" + code + "-once", STORED, once(status(code + " Down", "<html>"), done(server)));
        }
        service("api-empty", "BAD_RESPONSE", status("200 OK", ""));
        service("api-cut", "BAD_RESPONSE", status("200 OK", "{\"web_work_status\":200,\"no_wm"));
        service(
                "api-cut-under-way",
                "SERVICE_UNAVAILABLE",
                (request, wire) -> wire.head("200 OK", "Content-Length: 1000").send("{\"web_wo".getBytes(UTF_8)));
        service("api-html", "BAD_RESPONSE", status("200 OK", "<html>Welcome</html>"));
        service("api-types", "BAD_RESPONSE", status("200 OK", "{\"web_work_status\":[],\"no_wm_work_video_path\":7}"));
        service("api-array", "BAD_RESPONSE", status("200 OK", "[]"));
        service("api-null", "BAD_RESPONSE", status("200 OK", "{\"code\":\"x\",\"data\":null}"));
        service("api-deep", "BAD_RESPONSE", status("200 OK", "[".repeat(20_000)));
        service("api-huge", "BAD_RESPONSE", (request, wire) -> wire.whole("200 OK", new byte[1_200_000]));
        service("api-bad-once", STORED, once(status("200 OK", "<html>"), done(server)));
    }

    private void scriptStates(RawServer server) {
        service("task-waiting", "NOT_READY", status("200 OK", "{\"web_work_status\":0}"));
        service("task-generating", "NOT_READY", status("200 OK", "{\"web_work_status\":\"100\"}"));
        service(
                "task-queued",
                "NOT_READY",
                status("200 OK", "{\"code\":\"success\",\"data\":{\"status\":\"QUEUED\"}}"));
        service("task-without-video", "NOT_READY", status("200 OK", "{\"web_work_status\":200}"));
        service("task-failed", "GENERATION_FAILED", status("200 OK", "{\"web_work_status\":-1}"));
        service("task-moderated", "MODERATED", status("200 OK", "{\"web_work_status\":-101}"));
        service("task-odd", "BAD_RESPONSE", status("200 OK", "{\"web_work_status\":777}"));
        faults.put(
                "task-enveloped",
                fault((request, wire) ->
                        answerDone(request, wire, "{\"code\":0,\"data\":" + answer(server, request.name()) + "}")));
        Fault without = fault((request, wire) -> answerDone(
                request,
                wire,
                "{\"web_work_status\":200,\"no_wm_work_video_path\":\"" + video(server, request.name()) + "\"}"));
        faults.put(
                "task-without-preview",
                new Fault(without.service(), without.videoSource(), without.previewSource(), "NO_OUTPUT", STORED));
        Service sameUrl = (request, wire) -> answerDone(
                request,
                wire,
                "{\"web_work_status\":200,\"no_wm_work_video_path\":\"%1$s\",\"work_webp_path\":\"%1$s\"}"
                        .formatted(video(server, request.name())));
        faults.put(
                "task-same-url",
                new Fault(sameUrl, MixedFaultsTest::sendVideo, MixedFaultsTest::sendPreview, "NOT_MEDIA", STORED));
    }

    private void scriptSource(RawServer server) {
        source(server, "source-403-then-fresh", STORED, (request, wire, video) -> {
            if (request.count() == 1) {
                wire.whole("403 Expired", new byte[0]);
            } else {
                sendVideo(request, wire, video);
            }
        });
        for (String code : List.of("403", "404", "410")) {
            source(server, "source-" + code, "GONE", (request, wire, video) -> wire.whole(code + " No", new byte[0]));
        }
        for (String code : List.of("400", "401", "416", "429", "500", "503")) {
            source(
                    server,
                    "source-" + code,
                    "SOURCE_UNAVAILABLE",
                    (request, wire, video) -> wire.whole(code + " No", new byte[0]));
        }
        source(
                server,
                "source-206-unasked",
                "SOURCE_UNAVAILABLE",
                (request, wire, video) -> wire.whole(
                        "206 Partial Content",
                        video,
                        "Content-Range: bytes 0-" + (video.length - 1) + "/" + video.length));
        source(server, "redirect-fine", STORED, (request, wire, video) -> {
            if (request.path().contains("/moved/")) {
                sendVideo(request, wire, video);
            } else {
                redirect(wire, "http://localhost:" + server.port() + "/media/moved/" + request.name());
            }
        });
        source(server, "redirect-scheme", "BLOCKED_URL", (request, wire, video) -> redirect(wire, "ftp://127.0.0.1/x"));
        source(
                server,
                "redirect-host",
                "BLOCKED_URL",
                (request, wire, video) -> redirect(wire, "http://169.254.169.254/latest/meta-data"));
        source(server, "redirect-loop", "BLOCKED_URL", (request, wire, video) -> redirect(wire, request.path()));
        source(
                server,
                "redirect-on-and-on",
                "BLOCKED_URL",
                (request, wire, video) ->
                        redirect(wire, "/media/" + request.path().length() + request.path()));
        source(server, "source-reset", "SOURCE_UNAVAILABLE", (request, wire, video) -> wire.reset());
        source(server, "source-stall", "SOURCE_UNAVAILABLE", (request, wire, video) -> {
            wire.head("200 OK", "Content-Length: " + video.length).send(Arrays.copyOf(video, 700));
            wire.stall();
        });
        source(server, "source-drip", "SOURCE_UNAVAILABLE", (request, wire, video) -> {
            wire.head("200 OK", "Content-Length: " + video.length).send(Arrays.copyOf(video, 100));
            wire.drip();
        });
        source(server, "source-drops-once", STORED, (request, wire, video) -> {
            int from = request.from("\"v1\"");
            String range = "Content-Range: bytes " + from + "-" + (video.length - 1) + "/" + video.length;
            wire.head(
                    from > 0 ? "206 Partial Content" : "200 OK",
                    "ETag: \"v1\"",
                    range,
                    "Content-Length: " + (video.length - from));
            wire.send(Arrays.copyOfRange(video, from, from > 0 ? video.length : 1500));
        });
        source(server, "source-changes", STORED, (request, wire, video) -> {
            byte[] old = Media.video("old", 3000);
            if (request.count() == 1) {
                wire.head("200 OK", "ETag: \"old\"", "Content-Length: " + old.length)
                        .send(Arrays.copyOf(old, 2500));
            } else {
                wire.whole("200 OK", video, "ETag: \"new\"");
            }
        });
    }

    private void scriptBodies(RawServer server) {
        source(
                server,
                "length-too-small",
                "TRUNCATED",
                (request, wire, video) -> wire.head("200 OK", "Content-Length: " + (video.length - 9))
                        .send(video));
        source(
                server,
                "length-too-large",
                "TRUNCATED",
                (request, wire, video) -> wire.head("200 OK", "Content-Length: " + (video.length + 9))
                        .send(video));
        source(
                server,
                "length-absent",
                STORED,
                (request, wire, video) -> wire.head("200 OK").send(video));
        source(
                server,
                "chunked",
                STORED,
                (request, wire, video) -> wire.head("200 OK", "Transfer-Encoding: chunked")
                        .send(chunk(video))
                        .send("0\r\n\r\n".getBytes(US_ASCII)));
        source(
                server,
                "chunked-cut",
                "TRUNCATED",
                (request, wire, video) -> wire.head("200 OK", "Transfer-Encoding: chunked")
                        .send(chunk(Arrays.copyOf(video, video.length - 9))));
        source(server, "endless", "TOO_LARGE", (request, wire, video) -> {
            wire.head("200 OK").send(video);
            byte[] more = Media.box("free", new byte[100_000]);
            while (true) {
                wire.send(more);
            }
        });
        source(
                server,
                "too-large",
                "TOO_LARGE",
                (request, wire, video) ->
                        wire.head("200 OK", "Content-Length: 9000000000").send(video));
        source(
                server,
                "gzip",
                "NOT_MEDIA",
                (request, wire, video) -> wire.whole("200 OK", gzip(video), "Content-Encoding: gzip"));
        body(server, "empty", "EMPTY", video -> new byte[0]);
        body(server, "html", "NOT_MEDIA", video -> "<!DOCTYPE html><p>Not here".getBytes(UTF_8));
        body(server, "json", "NOT_MEDIA", video -> "{\"error\":\"expired\"}".getBytes(UTF_8));
        body(server, "wrong-magic", "NOT_MEDIA", video -> "MZ this is a program".getBytes(UTF_8));
        body(server, "picture-for-video", "NOT_MEDIA", video -> PREVIEW);
        body(
                server,
                "no-moov",
                "TRUNCATED",
                video -> Media.concat(Arrays.copyOf(video, 32), Media.box("mdat", new byte[500])));
        body(server, "cut-and-length-agrees", "TRUNCATED", video -> Arrays.copyOf(video, video.length - 5));
        preview(server, "preview-404", "GONE", (request, wire, video) -> wire.whole("404 No", new byte[0]));
        preview(
                server,
                "preview-html",
                "NOT_MEDIA",
                (request, wire, video) ->
                        wire.whole("200 OK", "<html>".repeat(9).getBytes(UTF_8), "Content-Type: image/webp"));
        preview(
                server,
                "preview-cut",
                "TRUNCATED",
                (request, wire, video) -> wire.whole("200 OK", Arrays.copyOf(PREVIEW, PREVIEW.length - 20)));
        preview(server, "preview-is-video", "NOT_MEDIA", (request, wire, video) -> wire.whole("200 OK", video));
    }

    private void scriptUrls(RawServer server) throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            closed = socket.getLocalPort();
        }
        url(server, "url-relative", "INVALID_URL", "/file/v.mp4");
        url(server, "url-s3", "INVALID_URL", "s3://bucket/v.mp4");
        url(server, "url-user", "INVALID_URL", "https://user:word@127.0.0.1/v.mp4");
        url(server, "url-broken", "INVALID_URL", "http://127.0.0.1/a b");
        url(server, "url-other-host", "BLOCKED_URL", "http://elsewhere.example/v.mp4");
        url(server, "url-metadata", "BLOCKED_URL", "http://169.254.169.254/latest");
        url(server, "url-refused", "SOURCE_UNAVAILABLE", "http://127.0.0.1:" + closed + "/v.mp4");
        url(server, "url-unknown-host", "SOURCE_UNAVAILABLE", "http://no-such-host.invalid/v.mp4");
        url(server, "url-without-tls", "SOURCE_UNAVAILABLE", "https://127.0.0.1:" + server.port() + "/v.mp4");
    }

    // --- how it is written down

    private void service(String name, String end, Service service) {
        faults.put(name, new Fault(service, MixedFaultsTest::sendVideo, MixedFaultsTest::sendPreview, end, end));
    }

    private static Fault fault(Service service) {
        return new Fault(service, MixedFaultsTest::sendVideo, MixedFaultsTest::sendPreview, STORED, STORED);
    }

    private void source(RawServer server, String name, String end, Source source) {
        faults.put(name, new Fault(done(server), source, MixedFaultsTest::sendPreview, STORED, end));
    }

    private interface Bytes {
        byte[] from(byte[] video);
    }

    private void body(RawServer server, String name, String end, Bytes body) {
        source(
                server,
                name,
                end,
                (request, wire, video) -> wire.whole("200 OK", body.from(video), "Content-Type: video/mp4"));
    }

    private void preview(RawServer server, String name, String end, Source source) {
        faults.put(name, new Fault(done(server), MixedFaultsTest::sendVideo, source, end, STORED));
    }

    private void url(RawServer server, String name, String end, String videoUrl) {
        Service service = (request, wire) -> answerDone(
                request, wire, answer(server, request.name()).replace(video(server, request.name()), videoUrl));
        faults.put(name, new Fault(service, MixedFaultsTest::sendVideo, MixedFaultsTest::sendPreview, STORED, end));
    }

    private static Service status(String status, String body) {
        return (request, wire) -> wire.whole(status, body.getBytes(UTF_8));
    }

    private static Service once(Service first, Service later) {
        return (request, wire) -> (request.count() == 1 ? first : later).answer(request, wire);
    }

    private Service done(RawServer server) {
        return (request, wire) -> answerDone(request, wire, answer(server, request.name()));
    }

    private void answerDone(RawServer.Request request, RawServer.Wire wire, String body) throws IOException {
        lastAnswer.put(request.name(), body.getBytes(UTF_8));
        wire.whole("200 OK", body.getBytes(UTF_8), "Content-Type: application/json");
    }

    private static String answer(RawServer server, String task) {
        return "{\"web_work_status\":200,\"no_wm_work_video_path\":\"%s\",\"work_webp_path\":\"%s\"}"
                .formatted(video(server, task), server.url() + "/media/preview/" + task);
    }

    private static String video(RawServer server, String task) {
        return server.url() + "/media/video/" + task + "?sign=" + SIGNATURE;
    }

    private static void sendVideo(RawServer.Request request, RawServer.Wire wire, byte[] video) throws IOException {
        wire.whole("200 OK", video, "ETag: \"v1\"", "Content-Type: video/mp4");
    }

    private static void sendPreview(RawServer.Request request, RawServer.Wire wire, byte[] video) throws IOException {
        wire.whole("200 OK", PREVIEW, "Content-Type: image/jpeg");
    }

    private static void redirect(RawServer.Wire wire, String location) throws IOException {
        wire.whole("302 Found", new byte[0], "Location: " + location);
    }

    private static byte[] chunk(byte[] bytes) {
        return Media.concat(
                (Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1), bytes, "\r\n".getBytes(ISO_8859_1));
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private void answer(RawServer.Request request, RawServer.Wire wire) throws IOException {
        String task = request.name();
        Fault fault = Objects.requireNonNull(faults.get(name(task)), task);
        if (request.path().startsWith("/avatar/task/")) {
            fault.service().answer(request, wire);
        } else if (request.path().startsWith("/media/preview/")) {
            fault.previewSource().send(request, wire, videoOf(task));
        } else {
            fault.videoSource().send(request, wire, videoOf(task));
        }
    }

    private static String name(String task) {
        return task.substring(0, task.lastIndexOf('_'));
    }

    private static byte[] videoOf(String task) {
        return Media.video(task, 3000);
    }

    // --- what is to come of it

    private void expect(String task, Map<String, String> ends, Map<String, byte[]> objects) {
        Fault fault = Objects.requireNonNull(faults.get(name(task)), task);
        ends.put(task + "/preview", word(fault.preview()));
        ends.put(task + "/result", word(fault.video()));
        ends.put(task + "/video", word(fault.video()));
        if (fault.preview().equals(STORED)) {
            objects.put("media/" + task + "/preview.webp", PREVIEW);
        }
        if (fault.video().equals(STORED)) {
            objects.put("media/" + task + "/video.mp4", videoOf(task));
            objects.put("media/" + task + "/result.json", Objects.requireNonNull(lastAnswer.get(task), task));
        }
    }

    private static String word(String end) {
        return end.equals(STORED) ? end : Reason.valueOf(end).status().word() + " " + end;
    }

    private static String row(TaskId task, ObjectOutcome object) {
        return task + "/" + object.role().word();
    }

    private static String end(ObjectOutcome object) {
        Reason reason = object.reason();
        return object.status().word() + (reason == null ? "" : " " + reason);
    }

    /** Reads the whole bucket: what was to be stored is there and nothing else, and each row tells the truth of its object. */
    private static void assertHolds(S3Server bucket, Map<String, byte[]> expected, List<StoredObject> rows) {
        assertThat(bucket.client().listObjectsV2Paginator(r -> r.bucket(bucket.bucket())).contents().stream()
                        .map(S3Object::key))
                .containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertThat(rows.stream().map(StoredObject::key)).containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertThat(bucket.puts()).doesNotHaveDuplicates();
        for (StoredObject row : rows) {
            ResponseBytes<GetObjectResponse> object = bucket.client()
                    .getObjectAsBytes(r -> r.bucket(bucket.bucket()).key(row.key()));
            byte[] bytes = object.asByteArray();
            assertThat(bytes).as(row.key()).isEqualTo(expected.get(row.key()));
            assertThat(row.content().sha256()).as(row.key()).isEqualTo(Sha256.of(bytes));
            assertThat(row.content().size()).as(row.key()).isEqualTo(bytes.length);
            assertThat(row.verifiedBy()).as(row.key()).isNotEqualTo(VerifyMethod.NONE);
            if (row.key().endsWith(".mp4")) {
                assertThat(Media.isWholeVideo(bytes)).as(row.key()).isTrue();
            }
            assertThat(object.response().metadata().toString()).doesNotContain(TOKEN, SIGNATURE);
        }
    }

    private static void assertNoTokenLeft(RawServer server) {
        assertThat(server.requests()).allSatisfy(request -> {
            boolean service = request.path().startsWith("/avatar/task/");
            assertThat(request.headers().getOrDefault("authorization", ""))
                    .as(request.path())
                    .isEqualTo(service ? "Bearer " + TOKEN : "");
        });
        assertThat(server.requests().stream()
                        .filter(request -> request.path().startsWith("/media/preview/task-same-url")))
                .isEmpty();
        assertThat(server.requests().stream()
                        .filter(request -> request.path().startsWith("/media/video/task-same-url")))
                .allSatisfy(request -> assertThat(request.count()).isEqualTo(1));
    }

    private static TaskServiceSettings service(RawServer server) {
        return new TaskServiceSettings(
                URI.create(server.url()),
                () -> new Secret(TOKEN),
                0,
                new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(5)),
                Duration.ofSeconds(5),
                PATIENCE,
                64);
    }

    private DownloadSettings downloads() {
        return new DownloadSettings(
                spool,
                new AddressPolicy(List.of("127.0.0.1", "localhost", "no-such-host.invalid"), true, Set.of(80), true),
                2_000_000,
                null,
                Duration.ofSeconds(5),
                PATIENCE,
                Duration.ofSeconds(60),
                200,
                PATIENCE,
                3,
                Duration.ofMillis(1),
                Duration.ofMillis(5),
                64,
                1000);
    }
}
