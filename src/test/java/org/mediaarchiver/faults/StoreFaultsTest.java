package org.mediaarchiver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.mediaarchiver.MediaArchiver;
import org.mediaarchiver.archive.ScriptedSite;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.faults.FaultyStore.Fault;
import org.mediaarchiver.testing.S3Server;
import org.springframework.boot.logging.LoggingSystem;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * What a run makes of every fault that a store can have: the row that the video gets, and the exit code.
 *
 * <p>The whole program archives through a real S3 server. Faults that it copes with are met in one run, by one task each; any other
 * has a run to itself, whose exit code is then its own. All runs are at work at the same time, because most of it is spent waiting
 * between tries. Silence, before or after the store did its work, means to the program what a lost connection does;
 * {@code S3ObjectStoreFaultsTest} waits for it with shorter patience than a run has.
 */
@Timeout(180)
class StoreFaultsTest {
    private static final int ALWAYS = Integer.MAX_VALUE;
    private static final byte[] VIDEO = Media.sample("harbour.mp4");

    /** Larger than {@link #THRESHOLD}. */
    private static final byte[] LARGE_VIDEO = Media.video("large", 5_300_000);

    private static final String THRESHOLD = "5MB";

    private static final String CRC = "x-amz-checksum-crc32c";
    private static final String OTHER_CRC = "AAAAAA==";

    /** Which requests meet a fault; those about parts are made for a video that is so large. */
    enum On {
        EVERYTHING(".*"),
        PUT("PUT .*/media/TASK/video\\.mp4.*"),
        HEAD("HEAD .*/media/TASK/video\\.mp4"),
        PART("PUT .*/media/TASK/video\\.mp4\\?.*partNumber=1.*"),
        COMPLETION("POST .*/media/TASK/video\\.mp4\\?.*uploadId=.*"),
        HEAD_OF_PARTS("HEAD .*/media/TASK/video\\.mp4");

        private final String requests;

        On(String requests) {
            this.requests = requests;
        }

        String of(String task) {
            return requests.replace("TASK", task);
        }

        byte[] video() {
            return this == PART || this == COMPLETION || this == HEAD_OF_PARTS ? LARGE_VIDEO : VIDEO;
        }
    }

    /**
     * A fault, and what comes of it.
     *
     * @param task that meets it, and the case's name
     * @param exitCode of its run
     * @param row status, reason and way of verification in the row of its video, empty where the run stops before it has one
     */
    record Case(String task, On on, int times, Fault fault, int exitCode, String row) {
        String run() {
            return exitCode == 0 && on != On.EVERYTHING && !isSilence() ? "well" : task;
        }

        boolean isSilence() {
            return fault instanceof Fault.Unanswered || fault instanceof Fault.AnswerWithheld;
        }

        String key() {
            return run() + "/media/" + task + "/video.mp4";
        }

        @Override
        public String toString() {
            return task;
        }
    }

    private static Case stored(String task, On on, int times, Fault fault, String how) {
        return new Case(task, on, times, fault, 0, "stored " + how);
    }

    private static Case left(String task, On on, Fault fault, String row) {
        return new Case(task, on, ALWAYS, fault, 3, row);
    }

    private static Case stopped(String task, Fault fault) {
        return new Case(task, On.PUT, ALWAYS, fault, 10, "");
    }

    private static final List<Case> CASES = List.of(
            // What no other object would fare better with stops the run.
            stopped("forbidden", new Fault.Refused(403, "AccessDenied")),
            stopped("no-bucket", new Fault.Refused(404, "NoSuchBucket")),
            stopped("clock-skew", new Fault.Refused(403, "RequestTimeTooSkewed")),
            stopped("credentials-expired", new Fault.Refused(400, "ExpiredToken")),
            stored(
                    "credentials-renewed",
                    On.PUT,
                    1,
                    new Fault.Preceded(StoreFaultsTest::renewCredentials, new Fault.Refused(400, "ExpiredToken")),
                    "put_checksum"),

            // Somebody else writes to the same key, or seems to.
            stored("conflict-once", On.PUT, 1, new Fault.Refused(409, "ConditionalRequestConflict"), "put_checksum"),
            left(
                    "conflict-for-ever",
                    On.PUT,
                    new Fault.Refused(409, "ConditionalRequestConflict"),
                    "pending STORE_UNAVAILABLE"),
            stored("precondition-once", On.PUT, 1, new Fault.Refused(412, "PreconditionFailed"), "put_checksum"),
            left(
                    "precondition-for-ever",
                    On.PUT,
                    new Fault.Refused(412, "PreconditionFailed"),
                    "pending STORE_UNAVAILABLE"),
            stored(
                    "faster-writer-of-equal-bytes",
                    On.PUT,
                    1,
                    new Fault.Preceded(() -> write("faster-writer-of-equal-bytes", VIDEO)),
                    "ADOPTED full_read"),
            left(
                    "faster-writer-of-other-bytes",
                    On.PUT,
                    new Fault.Preceded(() -> write("faster-writer-of-other-bytes", new byte[7])),
                    "failed KEY_CONFLICT"),

            // The store is not well, or not to be reached.
            stored("internal-error-once", On.PUT, 1, new Fault.Refused(500, "InternalError"), "put_checksum"),
            left(
                    "internal-error-for-ever",
                    On.PUT,
                    new Fault.Refused(500, "InternalError"),
                    "pending STORE_UNAVAILABLE"),
            stored("slow-down-once", On.PUT, 1, new Fault.Refused(503, "SlowDown"), "put_checksum"),
            left("slow-down-for-ever", On.PUT, new Fault.Refused(503, "SlowDown"), "pending STORE_UNAVAILABLE"),
            stored("timeout-before-once", On.PUT, 1, new Fault.Refused(400, "RequestTimeout"), "put_checksum"),
            left(
                    "timeout-before-for-ever",
                    On.PUT,
                    new Fault.Refused(400, "RequestTimeout"),
                    "pending STORE_UNAVAILABLE"),
            stored(
                    "timeout-after-for-ever",
                    On.PUT,
                    ALWAYS,
                    new Fault.AnswerReplaced(504, "GatewayTimeout"),
                    "head_checksum"),
            stored("silent-before-once", On.PUT, 1, new Fault.Unanswered(), "put_checksum"),
            left("silent-before-for-ever", On.PUT, new Fault.Unanswered(), "pending STORE_UNAVAILABLE"),
            stored("silent-after-for-ever", On.PUT, ALWAYS, new Fault.AnswerWithheld(), "head_checksum"),
            left("silent-when-asked-for-ever", On.HEAD, new Fault.Unanswered(), "pending STORE_UNAVAILABLE"),
            stored("reset-before-once", On.PUT, 1, new Fault.RequestLost(), "put_checksum"),
            left("reset-before-for-ever", On.PUT, new Fault.RequestLost(), "pending STORE_UNAVAILABLE"),
            stored("reset-after-for-ever", On.PUT, ALWAYS, new Fault.AnswerLost(), "head_checksum"),

            // The bytes do not arrive as they were sent.
            stored("damaged-once", On.PUT, 1, new Fault.BodyDamaged(), "put_checksum"),
            left("damaged-for-ever", On.PUT, new Fault.BodyDamaged(), "failed STORE_REFUSED"),
            stored("bad-digest-once", On.PUT, 1, new Fault.Refused(400, "BadDigest"), "put_checksum"),
            left("bad-digest-for-ever", On.PUT, new Fault.Refused(400, "BadDigest"), "failed STORE_REFUSED"),

            // The store knows less than it is asked for, or forbids it.
            stored(
                    "checksums-refused-with-400",
                    On.EVERYTHING,
                    ALWAYS,
                    new Fault.HeaderRefused("x-amz-checksum-sha256", 400, "InvalidRequest"),
                    "full_read"),
            stored(
                    "checksums-refused-with-501",
                    On.EVERYTHING,
                    ALWAYS,
                    new Fault.HeaderRefused("x-amz-checksum-sha256", 501, "NotImplemented"),
                    "full_read"),
            stored(
                    "conditions-refused-with-501",
                    On.EVERYTHING,
                    ALWAYS,
                    new Fault.HeaderRefused("If-None-Match", 501, "NotImplemented"),
                    "put_checksum"),
            left("refused-for-ever", On.PUT, new Fault.Refused(400, "InvalidRequest"), "failed STORE_REFUSED"),

            // What the store says of an object is not what was sent.
            stored("head-404-once", On.HEAD, 1, new Fault.Refused(404, "NotFound"), "head_checksum"),
            left("head-404-for-ever", On.HEAD, new Fault.Refused(404, "NotFound"), "pending STORE_UNAVAILABLE"),
            stored("head-fails-once", On.HEAD, 1, new Fault.Refused(500, "InternalError"), "head_checksum"),
            stored("other-etag", On.HEAD, ALWAYS, new Fault.HeaderChanged("ETag", "\"another\""), "head_checksum"),
            left(
                    "other-checksum",
                    On.HEAD,
                    new Fault.HeaderChanged(
                            "x-amz-checksum-sha256", Sha256.of(new byte[1]).base64()),
                    "failed STORE_REFUSED"),
            left("other-length", On.HEAD, new Fault.HeaderChanged("Content-Length", "7"), "failed STORE_REFUSED"),

            // Uploads in parts.
            stored("part-reset-once", On.PART, 1, new Fault.RequestLost(), "head_checksum"),
            left("part-reset-for-ever", On.PART, new Fault.RequestLost(), "pending STORE_UNAVAILABLE"),
            stored("part-damaged-once", On.PART, 1, new Fault.BodyDamaged(), "head_checksum"),
            left("part-damaged-for-ever", On.PART, new Fault.BodyDamaged(), "failed STORE_REFUSED"),
            left("part-checksum-differs", On.PART, new Fault.HeaderChanged(CRC, OTHER_CRC), "failed STORE_REFUSED"),
            stored(
                    "completion-bad-digest-once",
                    On.COMPLETION,
                    1,
                    new Fault.Refused(400, "BadDigest"),
                    "head_checksum"),
            left(
                    "completion-bad-digest-for-ever",
                    On.COMPLETION,
                    new Fault.Refused(400, "BadDigest"),
                    "failed STORE_REFUSED"),
            left(
                    "other-checksum-of-parts",
                    On.HEAD_OF_PARTS,
                    new Fault.HeaderChanged(CRC, OTHER_CRC),
                    "failed STORE_REFUSED"),
            stored("no-checksum-of-parts", On.HEAD_OF_PARTS, ALWAYS, new Fault.HeaderChanged(CRC, null), "full_read"),
            stored(
                    "faster-writer-in-parts",
                    On.COMPLETION,
                    1,
                    new Fault.Preceded(() -> write("faster-writer-in-parts", LARGE_VIDEO)),
                    "ADOPTED full_read"),
            stored("completion-answer-lost", On.COMPLETION, ALWAYS, new Fault.AnswerLost(), "full_read"),
            stored(
                    "completion-error-in-the-body-once",
                    On.COMPLETION,
                    1,
                    new Fault.Refused(200, "InternalError"),
                    "head_checksum"),
            left(
                    "completion-error-in-the-body-for-ever",
                    On.COMPLETION,
                    new Fault.Refused(200, "InternalError"),
                    "pending STORE_UNAVAILABLE"),
            stored(
                    "completion-error-in-the-body-after",
                    On.COMPLETION,
                    ALWAYS,
                    new Fault.AnswerReplaced(200, "InternalError"),
                    "full_read"));

    /** How a run ended: its exit code, and the row of a video. */
    private record End(int exitCode, String row) {}

    private static final Map<String, String> PROPERTIES = new HashMap<>();
    private static final Map<Case, End> ENDS = new ConcurrentHashMap<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static S3Server store;

    @BeforeAll
    static void archiveAll() throws Exception {
        store = S3Server.start("media");
        PROPERTIES.put("aws.accessKeyId", store.accessKey());
        PROPERTIES.put("aws.secretAccessKey", store.secretKey());
        PROPERTIES.put("aws.sessionToken", "first");
        PROPERTIES.put("archiver.task-service.token", "token");
        // Each start would set up the logging of the whole JVM anew, and several do so at once.
        PROPERTIES.put(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
        PROPERTIES.forEach(System::setProperty);
        try (ScriptedSite site = new ScriptedSite();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Case one : CASES) {
                site.done(one.task, "/" + one + ".mp4", null).file("/" + one + ".mp4", one.on.video());
            }
            List<Callable<Void>> runs = new ArrayList<>();
            CASES.stream()
                    .collect(Collectors.groupingBy(Case::run))
                    .forEach((run, cases) -> runs.add(() -> {
                        archive(run, cases, site);
                        return null;
                    }));
            for (Future<Void> run : threads.invokeAll(runs)) {
                run.get();
            }
        }
    }

    /** Harms no other run: credentials are looked at for each request, and the server takes the old ones too. */
    private static void renewCredentials() {
        System.setProperty("aws.sessionToken", "renewed");
    }

    private static void write(String task, byte[] bytes) {
        String key = CASES.stream()
                .filter(one -> one.task.equals(task))
                .findFirst()
                .orElseThrow()
                .key();
        store.client().putObject(r -> r.bucket(store.bucket()).key(key), RequestBody.fromBytes(bytes));
    }

    @AfterAll
    static void stop() {
        PROPERTIES.keySet().forEach(System::clearProperty);
        store.close();
    }

    private static void archive(String run, List<Case> cases, ScriptedSite site) throws IOException {
        Path home = folder.resolve(run);
        List<String> lines = new ArrayList<>(List.of("task_id"));
        cases.forEach(one -> lines.add(one.task));
        Path input = Files.write(folder.resolve(run + ".csv"), lines);
        try (FaultyStore way = new FaultyStore(store.endpoint())) {
            cases.forEach(one -> way.on(one.on.of(one.task), one.times, one.fault));
            // Only a store that tells nothing with the put is asked afterwards.
            cases.stream()
                    .filter(one -> one.on == On.HEAD)
                    .forEach(one -> way.on(
                            On.PUT.of(one.task), ALWAYS, new Fault.HeaderChanged("x-amz-checksum-sha256", null)));
            int exitCode = MediaArchiver.run(List.of(
                    "archive",
                    input.toString(),
                    "--progress=none",
                    "--archiver.home=" + home,
                    "--archiver.task-service.base-url=" + site.url(),
                    "--archiver.task-service.requests-per-second=0",
                    "--archiver.media.allow-http=true",
                    "--archiver.media.allow-private-addresses=true",
                    "--archiver.storage.multipart-threshold=" + THRESHOLD,
                    "--archiver.storage.timeout=" + (cases.getFirst().isSilence() ? "2s" : "60s"),
                    "--archiver.storage.prefix=" + run,
                    "--archiver.storage.endpoint=" + way.endpoint(),
                    "--archiver.storage.bucket=" + store.bucket()));
            Map<String, String> rows = rowsOfVideos(home);
            cases.forEach(one -> ENDS.put(one, new End(exitCode, rows.getOrDefault(one.task, ""))));
        }
    }

    private static Map<String, String> rowsOfVideos(Path home) throws IOException {
        Map<String, String> rows = new HashMap<>();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path manifest :
                    files.filter(file -> file.endsWith("manifest.csv")).toList()) {
                List<String> lines = Files.readAllLines(manifest);
                List<String> columns = List.of(lines.getFirst().split(",", -1));
                for (String line : lines) {
                    String[] cells = line.split(",", -1);
                    if (cells[columns.indexOf("role")].equals("video")) {
                        rows.put(
                                cells[columns.indexOf("task_id")],
                                Stream.of("status", "reason", "verify_method")
                                        .map(column -> cells[columns.indexOf(column)])
                                        .filter(cell -> !cell.isEmpty())
                                        .collect(Collectors.joining(" ")));
                    }
                }
            }
        }
        return rows;
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void aFaultOfTheStoreEndsAsExpected(Case fault) {
        assertThat(ENDS.get(fault)).isEqualTo(new End(fault.exitCode, fault.row));
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void noObjectIsStoredTwice(Case fault) {
        assertThat(store.puts()).filteredOn(key -> key.equals(fault.key())).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void noUploadIsLeftOpenAndNothingIsLeftOfTheProbe(Case fault) {
        Map<String, Long> left = new LinkedHashMap<>();
        for (S3Object object : store.client()
                .listObjectsV2Paginator(r -> r.bucket(store.bucket()).prefix(fault.run() + "/.probe/"))
                .contents()) {
            left.put(object.key(), object.size());
        }

        assertThat(left).isEmpty();
        assertThat(store.client()
                        .listMultipartUploads(r -> r.bucket(store.bucket()).prefix(fault.run() + "/"))
                        .uploads())
                .isEmpty();
    }
}
