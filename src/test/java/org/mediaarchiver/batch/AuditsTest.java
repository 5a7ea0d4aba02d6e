package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.audit.DistortedStore;
import org.mediaarchiver.audit.SmallArchive;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Slice;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.faults.FaultyStore;
import org.mediaarchiver.faults.FaultyStore.Fault;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.testing.S3Server;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.transaction.PlatformTransactionManager;
import software.amazon.awssdk.core.sync.RequestBody;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The job of an audit as it is put together, on its own database and a real bucket of 45 objects. */
@Timeout(120)
class AuditsTest {
    private static final List<String> TASKS =
            IntStream.range(0, 15).mapToObj("t%02d"::formatted).toList();

    /** Damage in the order of the keys, some before and some behind where audits are interrupted here. */
    private static final List<String> FINDINGS = List.of(
            "MISSING archive/media/t01/video.mp4",
            "CHANGED archive/media/t03/result.json",
            "EXTRA archive/media/t04/video.mp4.part",
            "MISSING archive/media/t09/preview.webp",
            "CHANGED archive/media/t12/video.mp4",
            "EXTRA archive/media/zz/video.mp4");

    private static S3Server server;

    @TempDir
    private static Path archiveHome;

    @TempDir
    private Path folder;

    @BeforeAll
    static void damage() throws Exception {
        server = S3Server.start("media");
        System.setProperty("aws.accessKeyId", server.accessKey());
        System.setProperty("aws.secretAccessKey", server.secretKey());
        try (ArchiverContext context =
                ArchiverContext.forAudit(configuration(archiveHome), request(AuditMode.MANIFEST))) {
            S3ObjectStore store = context.bean(S3ObjectStore.class);
            new SmallArchive(store, archiveHome).publish(SmallArchive.FIRST, TASKS, List.of());
        }
        for (String finding : FINDINGS) {
            String key = finding.substring(finding.indexOf(' ') + 1);
            if (finding.startsWith("MISSING")) {
                server.client().deleteObject(r -> r.bucket(server.bucket()).key(key));
            } else {
                put(key);
            }
        }
        server.age();
    }

    @AfterAll
    static void stop() {
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    private static void put(String key) {
        server.client().putObject(r -> r.bucket(server.bucket()).key(key), RequestBody.fromString("damage"));
    }

    private static List<String> configuration(Path home) {
        return configuration(home, server.endpoint());
    }

    private static List<String> configuration(Path home, URI endpoint) {
        return List.of(
                "--archiver.home=" + home,
                "--archiver.storage.endpoint=" + endpoint,
                "--archiver.storage.bucket=" + server.bucket(),
                "--archiver.storage.prefix=archive/",
                "--archiver.concurrency=1");
    }

    private static AuditRequest request(AuditMode mode) {
        return AuditRequest.ofAllRuns(AuditExtent.allObjects(mode));
    }

    private Path home() {
        return folder.resolve("home");
    }

    private ArchiverContext open(AuditRequest request) {
        return ArchiverContext.forAudit(configuration(home()), request);
    }

    /** Puts an audit together that sees the bucket through a store of the test's own. */
    private static Audits audits(ArchiverContext context, AuditRequest request, ObjectStore store) {
        return new Audits(
                request,
                context.bean(Settings.Reading.class),
                context.bean(AuditWorkplace.class),
                store,
                context.bean(JobRepository.class),
                context.bean(JobLaunch.class),
                context.bean(PlatformTransactionManager.class),
                context.bean(InstantSource.class),
                "test");
    }

    /** The bucket of a context, and which of its objects were opened. */
    private static final class Watched extends DistortedStore {
        private final ObjectStore bucket;
        private final Consumer<String> before;
        private final List<String> opened = Collections.synchronizedList(new ArrayList<>());

        Watched(ObjectStore bucket, Consumer<String> before) {
            super(bucket);
            this.bucket = bucket;
            this.before = before;
        }

        @Override
        public InputStream open(String key) throws IOException {
            before.accept(key);
            if (key.contains("/media/")) {
                opened.add(key);
            }
            return super.open(key);
        }

        @Override
        public Creation create(NewObject object) throws InterruptedException {
            return bucket.create(object);
        }
    }

    @Test
    void anAuditThatWasInterruptedGoesOnWhereItWas() throws Exception {
        AuditRequest request = request(AuditMode.READ);
        Path first;
        Watched before;
        try (ArchiverContext context = open(request)) {
            first = context.bean(AuditWorkplace.class).folder();
            List<Audits> running = new ArrayList<>();
            before = new Watched(context.bean(S3ObjectStore.class), key -> {
                if (key.equals(SmallArchive.key("t06", Role.RESULT))) {
                    running.forEach(audits -> audits.stop(Duration.ZERO));
                }
            });
            Audits audits = audits(context, request, before);
            running.add(audits);

            assertThatThrownBy(() -> audits.audit(ProgressStyle.NONE))
                    .isInstanceOf(InterruptedRunException.class)
                    .hasMessageContaining("Run the same command again");
        }
        assertThat(first.resolve("audit.json")).doesNotExist();

        Watched after;
        try (ArchiverContext context = open(request)) {
            assertThat(context.bean(AuditWorkplace.class).folder()).isEqualTo(first);
            after = new Watched(context.bean(S3ObjectStore.class), key -> {});
            AuditSummary summary = audits(context, request, after).audit(ProgressStyle.NONE);
            assertThat(summary.hasFindings()).isTrue();
        }

        assertThat(after.opened.getFirst())
                .as("what was known by then is not read again")
                .isIn(SmallArchive.key("t06", Role.PREVIEW), SmallArchive.key("t06", Role.RESULT));
        assertThat(after.opened.getLast()).isEqualTo(SmallArchive.key("t14", Role.VIDEO));
        assertThat(findings(first)).as("each finding is there once").isEqualTo(FINDINGS);
        JsonNode objects = json(first).get("objects");
        assertThat(objects.get("expected").asInt()).isEqualTo(45);
        assertThat(objects.get("looked_at").asInt()).isEqualTo(45);
        assertThat(objects.get("extras_looked_for").asBoolean()).isTrue();
        assertThat(first).isDirectoryNotContaining("glob:**/work");
    }

    @Test
    void anAuditWhoseStoreWentAwayGoesOnWhereItWas() throws Exception {
        AuditRequest request = request(AuditMode.HEAD);
        Path first;
        try (ArchiverContext context = open(request)) {
            first = context.bean(AuditWorkplace.class).folder();
            ObjectStore failing = new DistortedStore(context.bean(S3ObjectStore.class)) {
                @Override
                public Optional<ObjectHead> head(String key) throws IOException {
                    if (key.compareTo(SmallArchive.key("t04", Role.PREVIEW)) > 0 && key.contains("/media/")) {
                        throw new IOException("HTTP 503");
                    }
                    return super.head(key);
                }
            };

            assertThatThrownBy(() -> audits(context, request, failing).audit(ProgressStyle.NONE))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("20 objects in a row")
                    .hasMessageContaining("Run the same command again");
        }
        try (ArchiverContext context = open(request)) {
            context.bean(Audits.class).audit(ProgressStyle.NONE);
        }

        assertThat(findings(first))
                .as("nothing is told of the outage, since it is over")
                .isEqualTo(FINDINGS);
    }

    @ParameterizedTest
    @EnumSource(AuditMode.class)
    void whatAnAuditFoundIsInTheHomeAndInTheBucket(AuditMode mode) throws Exception {
        Path results;
        String text;
        try (ArchiverContext context = open(request(mode))) {
            results = context.bean(AuditWorkplace.class).folder();
            AuditSummary summary = context.bean(Audits.class).audit(ProgressStyle.NONE);
            assertThat(summary.hasFindings()).isEqualTo(mode != AuditMode.MANIFEST);
            assertThat(summary.isEvidenceBroken()).isFalse();
            text = summary.text();
        }

        assertThat(findings(results)).isEqualTo(mode == AuditMode.MANIFEST ? List.of() : FINDINGS);
        Map<String, byte[]> inHome = new TreeMap<>();
        try (Stream<Path> files = Files.list(results)) {
            for (Path file : files.toList()) {
                inHome.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        assertThat(inHome)
                .containsOnlyKeys("audit.csv", "audit.json", "audit.json.sha256", "audit.jsonl", "report.html");
        String id = String.valueOf(results.getFileName());
        String prefix = "archive/audits/dt=" + id.substring(0, 4) + "-" + id.substring(4, 6) + "-" + id.substring(6, 8)
                + "/" + id + "/";
        inHome.forEach((name, bytes) -> assertThat(server.client()
                        .getObjectAsBytes(r -> r.bucket(server.bucket()).key(prefix + name))
                        .asByteArray())
                .as(name)
                .isEqualTo(bytes));
        assertThat(server.puts().stream()
                        .filter(key -> key.startsWith(prefix))
                        .toList()
                        .getLast())
                .as("the mark is last")
                .isEqualTo(prefix + "audit.json.sha256");
        assertThat(text).contains(results.toString(), "s3://media/" + prefix.substring(0, prefix.length() - 1));
        assertThat(text.lines().toList().getLast()).startsWith(mode == AuditMode.MANIFEST ? "Sound:" : "Differences:");
    }

    @Test
    void aSampleThatWasInterruptedIsTheSameSampleAfterwards() throws Exception {
        AuditRequest request = AuditRequest.ofAllRuns(new AuditExtent(AuditMode.READ, null, new Sample(30, null)));
        Path first;
        ConcurrentSkipListSet<String> read = new ConcurrentSkipListSet<>();
        try (ArchiverContext context = open(request)) {
            first = context.bean(AuditWorkplace.class).folder();
            List<Audits> running = new ArrayList<>();
            ObjectStore store = new Watched(context.bean(S3ObjectStore.class), key -> {
                if (key.contains("/media/") && read.add(key) && read.size() == 12) {
                    running.forEach(audits -> audits.stop(Duration.ZERO));
                }
            });
            Audits audits = audits(context, request, store);
            running.add(audits);
            assertThatThrownBy(() -> audits.audit(ProgressStyle.NONE)).isInstanceOf(InterruptedRunException.class);
        }
        try (ArchiverContext context = open(request)) {
            audits(context, request, new Watched(context.bean(S3ObjectStore.class), read::add))
                    .audit(ProgressStyle.NONE);
        }

        JsonNode json = json(first);
        Sample drawn = new Sample(30, json.get("sample").get("seed").asLong());
        List<String> chosen = TASKS.stream()
                .flatMap(task -> Stream.of(Role.values()).map(role -> SmallArchive.key(task, role)))
                .sorted((a, b) -> Long.compareUnsigned(drawn.rank(a), drawn.rank(b)))
                .limit(30)
                .sorted()
                .toList();
        List<String> missing = List.of(SmallArchive.key("t01", Role.VIDEO), SmallArchive.key("t09", Role.PREVIEW));
        assertThat(read)
                .containsExactlyElementsOf(
                        chosen.stream().filter(key -> !missing.contains(key)).toList());
        assertThat(json.get("objects").get("expected").asInt()).isEqualTo(30);
        assertThat(json.get("objects").get("population").asInt()).isEqualTo(45);
    }

    @Test
    void aMachineWithoutAHomeGetsItsResultsFromTheBucket() throws Exception {
        Files.writeString(home(), "a file, where no home can be");
        AuditRequest request = AuditRequest.ofManifest(
                "s3://media/archive/runs/dt=2026-11-21/" + SmallArchive.FIRST + "/manifest.csv",
                new AuditExtent(AuditMode.HEAD, new Slice(1, 1), null));
        Path temporary;
        AuditSummary summary;
        try (ArchiverContext context = open(request)) {
            temporary = context.bean(AuditWorkplace.class).folder();
            summary = context.bean(Audits.class).audit(ProgressStyle.NONE);
        }

        assertThat(summary.text())
                .contains(
                        "The results are not kept here",
                        "in bucket  s3://media/archive/audits/",
                        "slice 1/1: 45 objects");
        assertThat(temporary.getParent()).doesNotExist();
        assertThat(server.puts()).anyMatch(key -> key.endsWith(temporary.getFileName() + "/audit.json.sha256"));
    }

    @Test
    void anAuditorWhoMayNotWriteGetsTheResultsAndAPageOfThemAtHome() throws Exception {
        AuditRequest request = request(AuditMode.READ);
        Path results;
        AuditSummary summary;
        try (FaultyStore store = new FaultyStore(server.endpoint())) {
            store.on("PUT .*", Integer.MAX_VALUE, new Fault.Refused(403, "AccessDenied"));
            try (ArchiverContext context = ArchiverContext.forAudit(configuration(home(), store.endpoint()), request)) {
                results = context.bean(AuditWorkplace.class).folder();
                summary = context.bean(Audits.class).audit(ProgressStyle.NONE);
            }
            assertThat(store.requests().stream().filter(line -> !line.matches("(GET|HEAD) .*")))
                    .as("requests that would change something: the first file is refused, and no other is offered")
                    .hasSize(1);
        }

        assertThat(summary.hasFindings()).isTrue();
        assertThat(summary.text())
                .contains(results.toString(), "The results are not in the bucket: ", "403", "s3:PutObject");
        assertThat(findings(results)).isEqualTo(FINDINGS);
        String page = Files.readString(results.resolve("report.html")).replace("&#39;", "'");
        assertThat(page)
                .contains("Objects differ from their manifests", "What was looked at", SmallArchive.FIRST.value())
                .contains(FINDINGS.stream()
                        .map(finding -> finding.split(" ", -1)[1])
                        .toList())
                .doesNotContain("<script", "src=\"http", "@import");
        for (String line : Files.readAllLines(results.resolve("audit.jsonl"))) {
            JsonNode finding = new JsonMapper().readTree(line);
            assertThat(page)
                    .contains(
                            finding.get("sentence").asString(),
                            finding.get("cure").asString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /media/?[?].*", "GET /media/?[?].*prefix=archive(/|%2F)media.*"})
    void withoutTheRightToListTheAuditStopsAndNamesThatRight(String refused) throws Exception {
        try (FaultyStore store = new FaultyStore(server.endpoint())) {
            store.on(refused, Integer.MAX_VALUE, new Fault.Refused(403, "AccessDenied"));
            try (ArchiverContext context =
                    ArchiverContext.forAudit(configuration(home(), store.endpoint()), request(AuditMode.LIST))) {
                assertThatThrownBy(() -> context.bean(Audits.class).audit(ProgressStyle.NONE))
                        .isInstanceOf(StopException.class)
                        .hasMessageContaining("403")
                        .hasMessageContaining("s3:ListBucket");
            }
        }
    }

    @Test
    void theAuditsOwnObjectsAndThoseOfAProbeAreNeverExtra() throws Exception {
        put("archive/.probe/left-by-a-kill");
        try (ArchiverContext context = open(request(AuditMode.LIST).anew())) {
            context.bean(Audits.class).audit(ProgressStyle.NONE);
        }
        Path results;
        try (ArchiverContext context = open(request(AuditMode.LIST).anew())) {
            results = context.bean(AuditWorkplace.class).folder();
            context.bean(Audits.class).audit(ProgressStyle.NONE);
        }

        assertThat(findings(results)).isEqualTo(FINDINGS);
    }

    private static List<String> findings(Path results) throws IOException {
        List<String> findings = new ArrayList<>();
        for (String line : Files.readAllLines(results.resolve("audit.jsonl"))) {
            JsonNode finding = new JsonMapper().readTree(line);
            findings.add(
                    finding.get("code").asString() + " " + finding.get("key").asString());
        }
        List<String> csv = Files.readAllLines(results.resolve("audit.csv")).stream()
                .skip(1)
                .map(line -> line.split(",", -1)[0] + " " + line.split(",", -1)[2])
                .toList();
        assertThat(csv).isEqualTo(findings);
        return findings;
    }

    private static JsonNode json(Path results) throws IOException {
        return new JsonMapper().readTree(Files.readAllBytes(results.resolve("audit.json")));
    }
}
