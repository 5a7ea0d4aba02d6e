package org.mediaarchiver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * What a run makes of a store that fails: the row that the video gets, and the exit code.
 *
 * <p>The whole program archives one task through a real S3 server, once for each fault; all at the same time, because most of the
 * time is spent waiting between tries.
 */
@Timeout(120)
class StoreFaultsTest {
    private static final int ALWAYS = Integer.MAX_VALUE;
    private static final String PUT_VIDEO = "PUT .*/video\\.mp4.*";
    private static final String HEAD_VIDEO = "HEAD .*/video\\.mp4";

    /**
     * A fault, and how the run must end.
     *
     * @param name also the task's
     * @param requests those that meet the fault
     * @param video status and reason of its row, empty where the run stops before it has one
     */
    record Case(String name, String requests, int times, Fault fault, int exitCode, String video) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Case> CASES = List.of(
            new Case("forbidden", PUT_VIDEO, ALWAYS, new Fault.Refused(403, "AccessDenied"), 10, ""),
            new Case("no-bucket", PUT_VIDEO, ALWAYS, new Fault.Refused(404, "NoSuchBucket"), 10, ""),
            new Case("clock-skew", PUT_VIDEO, ALWAYS, new Fault.Refused(403, "RequestTimeTooSkewed"), 10, ""),
            new Case("credentials-expired", PUT_VIDEO, ALWAYS, new Fault.Refused(400, "ExpiredToken"), 10, ""),
            new Case("conflict-once", PUT_VIDEO, 1, new Fault.Refused(409, "ConditionalRequestConflict"), 0, "stored"),
            new Case(
                    "conflict-for-ever",
                    PUT_VIDEO,
                    ALWAYS,
                    new Fault.Refused(409, "ConditionalRequestConflict"),
                    3,
                    "pending STORE_UNAVAILABLE"),
            new Case("internal-error-once", PUT_VIDEO, 1, new Fault.Refused(500, "InternalError"), 0, "stored"),
            new Case(
                    "internal-error-for-ever",
                    PUT_VIDEO,
                    ALWAYS,
                    new Fault.Refused(500, "InternalError"),
                    3,
                    "pending STORE_UNAVAILABLE"),
            new Case("slow-down-once", PUT_VIDEO, 1, new Fault.Refused(503, "SlowDown"), 0, "stored"),
            new Case(
                    "slow-down-for-ever",
                    PUT_VIDEO,
                    ALWAYS,
                    new Fault.Refused(503, "SlowDown"),
                    3,
                    "pending STORE_UNAVAILABLE"),
            new Case("lost-before-once", PUT_VIDEO, 1, new Fault.RequestLost(), 0, "stored"),
            new Case(
                    "lost-before-for-ever", PUT_VIDEO, ALWAYS, new Fault.RequestLost(), 3, "pending STORE_UNAVAILABLE"),
            new Case("lost-after-once", PUT_VIDEO, 1, new Fault.AnswerLost(), 0, "stored"),
            new Case("lost-after-for-ever", PUT_VIDEO, ALWAYS, new Fault.AnswerLost(), 0, "stored"),
            new Case("bad-digest-once", PUT_VIDEO, 1, new Fault.Refused(400, "BadDigest"), 0, "stored"),
            new Case(
                    "bad-digest-for-ever",
                    PUT_VIDEO,
                    ALWAYS,
                    new Fault.Refused(400, "BadDigest"),
                    3,
                    "failed STORE_REFUSED"),
            new Case("policy", PUT_VIDEO, ALWAYS, new Fault.Refused(400, "InvalidRequest"), 3, "failed STORE_REFUSED"),
            new Case(
                    "not-there-after-the-put",
                    HEAD_VIDEO,
                    ALWAYS,
                    new Fault.Refused(404, "NotFound"),
                    3,
                    "pending STORE_UNAVAILABLE"),
            new Case("head-fails-once", HEAD_VIDEO, 1, new Fault.Refused(500, "InternalError"), 0, "stored"),
            new Case("other-etag", HEAD_VIDEO, ALWAYS, new Fault.HeaderChanged("ETag", "\"another\""), 0, "stored"),
            new Case(
                    "other-checksum",
                    HEAD_VIDEO,
                    ALWAYS,
                    new Fault.HeaderChanged(
                            "x-amz-checksum-sha256", Sha256.of(new byte[1]).base64()),
                    3,
                    "failed STORE_REFUSED"),
            new Case(
                    "other-length",
                    HEAD_VIDEO,
                    ALWAYS,
                    new Fault.HeaderChanged("Content-Length", "7"),
                    3,
                    "failed STORE_REFUSED"));

    /** How a run ended: its exit code, and status and reason of the video's row. */
    private record End(int exitCode, String video) {}

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
        PROPERTIES.put("archiver.task-service.token", "token");
        PROPERTIES.forEach(System::setProperty);
        byte[] video = Files.readAllBytes(Path.of("sample-data/media/harbour.mp4"));
        try (ScriptedSite site = new ScriptedSite();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Case fault : CASES) {
                site.done(fault.name, "/" + fault + ".mp4", null).file("/" + fault + ".mp4", video);
                var _ = threads.submit(() -> ENDS.put(fault, archived(fault, site)));
            }
        }
    }

    @AfterAll
    static void stop() {
        PROPERTIES.keySet().forEach(System::clearProperty);
        store.close();
    }

    private static End archived(Case fault, ScriptedSite site) throws IOException {
        Path home = folder.resolve(fault.name);
        Path input = Files.writeString(folder.resolve(fault + ".csv"), "task_id\n" + fault + "\n");
        try (FaultyStore way = new FaultyStore(store.endpoint())) {
            way.on(fault.requests, fault.times, fault.fault);
            int exitCode = MediaArchiver.run(List.of(
                    "archive",
                    input.toString(),
                    "--progress=none",
                    "--archiver.home=" + home,
                    "--archiver.task-service.base-url=" + site.url(),
                    "--archiver.media.allow-http=true",
                    "--archiver.media.allow-private-addresses=true",
                    "--archiver.storage.prefix=" + fault,
                    "--archiver.storage.endpoint=" + way.endpoint(),
                    "--archiver.storage.bucket=" + store.bucket()));
            return new End(exitCode, video(home));
        }
    }

    private static String video(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            for (Path manifest :
                    files.filter(file -> file.endsWith("manifest.csv")).toList()) {
                String row = Files.readAllLines(manifest).getLast();
                String[] cells = row.split(",", -1);
                assertThat(cells[3]).isEqualTo("video");
                return (cells[4] + " " + cells[5]).strip();
            }
            return "";
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void aFaultOfTheStoreEndsAsExpected(Case fault) {
        assertThat(ENDS).containsEntry(fault, new End(fault.exitCode, fault.video));
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void noObjectIsStoredTwice(Case fault) {
        assertThat(store.puts())
                .filteredOn(key -> key.startsWith(fault + "/media/"))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void noUploadIsLeftOpenAndNothingIsLeftOfTheProbe(Case fault) {
        Map<String, Long> left = new LinkedHashMap<>();
        for (S3Object object : store.client()
                .listObjectsV2Paginator(r -> r.bucket(store.bucket()).prefix(fault + "/.probe/"))
                .contents()) {
            left.put(object.key(), object.size());
        }

        assertThat(left).isEmpty();
        assertThat(store.client()
                        .listMultipartUploads(r -> r.bucket(store.bucket()).prefix(fault + "/"))
                        .uploads())
                .isEmpty();
    }
}
