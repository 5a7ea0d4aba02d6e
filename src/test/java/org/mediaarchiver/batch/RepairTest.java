package org.mediaarchiver.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.archive.ScriptedSite;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;
import org.springframework.jdbc.core.JdbcTemplate;
import software.amazon.awssdk.core.sync.RequestBody;

/** Archives, damages, audits and repairs, on a real database, a real bucket and a scripted source. */
@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
@Timeout(120)
class RepairTest {
    private static final Map<String, String> PROPERTIES = new HashMap<>();

    /** Of each home that has its tables in PostgreSQL, the URL of its database. */
    private static final Map<String, String> DATABASES = new HashMap<>();

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path all;

    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase.Kind database;

    @SuppressWarnings("NullAway.Init")
    private static S3Server store;

    @SuppressWarnings("NullAway.Init")
    private static ScriptedSite site;

    @SuppressWarnings("NullAway.Init")
    private static byte[] video;

    @BeforeParameterizedClassInvocation
    static void start(LedgerDatabase.Kind kind) throws IOException {
        database = kind;
        folder = Files.createDirectory(all.resolve(kind.name()));
        store = S3Server.start("media");
        site = new ScriptedSite();
        video = Files.readAllBytes(Path.of("sample-data/media/harbour.mp4"));
        PROPERTIES.put("aws.accessKeyId", store.accessKey());
        PROPERTIES.put("aws.secretAccessKey", store.secretKey());
        PROPERTIES.put("archiver.task-service.token", "token");
        PROPERTIES.forEach(System::setProperty);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        DATABASES.clear();
        PROPERTIES.keySet().forEach(System::clearProperty);
        site.close();
        store.close();
    }

    @Test
    void damageOfEachKindIsFoundPlannedMadeGoodAndNotFoundAgain() throws Exception {
        archive("whole", "whole1", "whole2");
        remove("whole/media/whole1/video.mp4");
        put("whole/media/whole1/result.json", "{}");
        put("whole/media/whole2/video.mp4", video.length);
        assertThat(audit("whole")).containsExactly("CHANGED", "MISSING", "CHANGED");
        List<String> before = keys("whole/");
        int asked = site.requests().size();

        try (ArchiverContext context = open("whole")) {
            List<String> told = new ArrayList<>();
            RepairPlan.Plan plan = context.bean(ArchiveRuns.class).planRepair(null, told::add);

            assertThat(plan.hopeful()).isEqualTo(3);
            assertThat(plan.left()).isZero();
            assertThat(plan.text()).startsWith("3 objects could be made good with ");
            assertThat(String.join("\n", told))
                    .contains("nothing was stored", "missing", "changed", "to be read", "whole/media/whole2/video.mp4");
            assertThat(keys("whole/")).isEqualTo(before);
            assertThat(site.requests().subList(asked, site.requests().size()))
                    .as("questions and heads, one for each object")
                    .hasSize(5);

            RunSummary repaired = repair(context);

            assertThat(repaired.job()).isEqualTo("repair");
            assertThat(repaired.leavesSomething()).isFalse();
            assertThat(manifest(repaired))
                    .contains(",whole1,video,stored,,2,", ",whole2,result,stored,ALREADY_STORED,2,");
            assertThat(context.bean(JdbcTemplate.class)
                            .queryForList("SELECT DISTINCT job || ' ' || state FROM ledger", String.class))
                    .containsExactly("archive ARCHIVED");
        }
        assertThat(read("whole/media/whole1/video.mp4")).isEqualTo(video);
        assertThat(read("whole/media/whole2/video.mp4")).isEqualTo(video);
        assertThat(audit("whole")).isEmpty();
        try (ArchiverContext context = open("whole")) {
            assertThat(context.bean(ArchiveRuns.class).repair(null, ProgressStyle.NONE))
                    .as("an audit that found nothing")
                    .isEmpty();
            assertThat(ledgerMadeAnew("whole")).isEqualTo(ledger(context));
        }
    }

    @Test
    void whatTheSourceNoLongerHasIsLostUntilItIsArchivedAnew() throws Exception {
        archive("lost", "lost1", "lost2");
        remove("lost/media/lost1/video.mp4");
        remove("lost/media/lost2/video.mp4");
        byte[] other = Files.readAllBytes(Path.of("sample-data/media/bridge.mp4"));
        site.done("lost1", "/other.mp4", null).file("/other.mp4", other);
        site.task("lost2", 400, "{\"error\":{\"code\":\"task_not_exist\"}}");
        // The last answer is repeated; the first one is used up here.
        try (ArchiverContext context = open("lost")) {
            audit("lost");
            context.bean(ArchiveRuns.class).planRepair(null, line -> {});

            RunSummary summary = repair(context);

            assertThat(summary.leavesSomething()).isTrue();
            assertThat(manifest(summary))
                    .contains(",lost1,video,failed,SOURCE_CHANGED,2,", ",lost2,video,failed,NOT_FOUND,2,");
            assertThat(keys("lost/media/lost1/")).containsExactly("lost/media/lost1/result.json");
            assertThat(audit("lost")).containsExactly("MISSING", "MISSING");
            assertThat(ledgerMadeAnew("lost")).isEqualTo(ledger(context));

            RunSummary anew = context.bean(ArchiveRuns.class)
                    .archive(
                            request(
                                    summary.folder().resolve("rejects.csv").toString(),
                                    Set.of(ArchiveRequest.Choice.RETRY_FAILED)),
                            ProgressStyle.NONE)
                    .getLast();
            assertThat(manifest(anew)).contains(",lost1,video,stored,,3,");
            assertThat(read("lost/media/lost1/video.mp4")).isEqualTo(other);
            assertThat(audit("lost")).containsExactly("MISSING");
        }
    }

    @Test
    void anObjectThatIsWellAgainIsNotedAndOthersAreLeftToAPerson() throws Exception {
        put("again/media/foreign/video.mp4", "somebody's");
        store.age();
        archive("again", "again1");
        byte[] result = read("again/media/again1/result.json");
        remove("again/media/again1/result.json");
        assertThat(audit("again")).containsExactlyInAnyOrder("MISSING", "EXTRA");
        store.client()
                .putObject(
                        r -> r.bucket(store.bucket()).key("again/media/again1/result.json"),
                        RequestBody.fromBytes(result));
        try (ArchiverContext context = open("again")) {
            int puts = store.puts().size();

            RunSummary summary = repair(context);

            assertThat(manifest(summary)).contains(",again1,result,stored,ADOPTED,2,", ",full_read,");
            assertThat(store.puts().subList(puts, store.puts().size()))
                    .noneMatch(key -> key.startsWith("again/media/"));
            assertThat(Files.readString(summary.folder().resolve("rejects.csv")))
                    .contains("again/media/foreign/video.mp4", ",EXTRA,");
            assertThat(summary.leavesSomething()).isTrue();
        }
        assertThat(keys("again/media/foreign/")).hasSize(1);
    }

    @Test
    void aRepairThatWasInterruptedGoesOnUnderItsName() throws Exception {
        archive("halt", "halt1", "halt2", "halt3");
        for (String task : List.of("halt1", "halt2", "halt3")) {
            remove("halt/media/" + task + "/video.mp4");
        }
        audit("halt");
        String begun;
        try (ArchiverContext stopped = open("halt")) {
            ArchiveRuns runs = stopped.bean(ArchiveRuns.class);
            site.before("/avatar/task/halt2", () -> runs.stop(Duration.ofSeconds(30)));

            assertThatThrownBy(() -> runs.repair(null, ProgressStyle.NONE)).isInstanceOf(InterruptedRunException.class);

            begun = stopped.bean(JdbcTemplate.class)
                    .queryForObject("SELECT run_id FROM run WHERE job = 'repair'", String.class);
            assertThat(keys("halt/media/")).doesNotContain("halt/media/halt3/video.mp4");
        }
        site.before("/avatar/task/halt2", () -> {});
        try (ArchiverContext resumed = open("halt")) {
            List<RunSummary> summaries = resumed.bean(ArchiveRuns.class).repair(null, ProgressStyle.NONE);

            assertThat(summaries).singleElement().satisfies(summary -> {
                assertThat(summary.run().value()).isEqualTo(begun);
                assertThat(summary.leavesSomething()).isFalse();
            });
        }
        assertThat(audit("halt")).isEmpty();
    }

    @Test
    void anAuditThatIsNotThisArchivesOrWasChangedIsRefusedAndNothingIsDone() throws Exception {
        archive("wary", "wary1");
        remove("wary/media/wary1/video.mp4");
        audit("wary");
        Path audit = newestAudit("wary");
        List<String> before = keys("wary/");
        try (ArchiverContext context = open("wary")) {
            ArchiveRuns runs = context.bean(ArchiveRuns.class);
            Path json = audit.resolve("audit.json");
            String right = Files.readString(json);

            rewrite(audit, right.replace("\"media\"", "\"elsewhere\""));
            assertThatThrownBy(() -> runs.repair(json.toString(), ProgressStyle.NONE))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContainingAll("elsewhere", "archiver.storage.bucket");
            rewrite(
                    audit,
                    right.replaceAll("\"runs\"\\s*:\\s*\\[\\s*\"[^\"]+\"", "\"runs\" : [ \"20200101T000000Z-000000\""));
            assertThatThrownBy(() -> runs.repair(json.toString(), ProgressStyle.NONE))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("20200101T000000Z-000000");
            Files.writeString(json, right + " ");
            assertThatThrownBy(() -> runs.planRepair(json.toString(), line -> {}))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("digest");
            rewrite(audit, right);
            Files.writeString(
                    audit.resolve("audit.jsonl"),
                    Files.readString(audit.resolve("audit.jsonl")).replace("wary1", "wary2"));
            assertThatThrownBy(() -> runs.repair(null, ProgressStyle.NONE))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("audit.jsonl");
            assertThatThrownBy(() -> runs.repair("20200101T000000Z-000000", ProgressStyle.NONE))
                    .isInstanceOf(ConfigurationException.class);
            assertThatThrownBy(() -> runs.repair("/etc/passwd", ProgressStyle.NONE))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("is no audit");
            assertThat(context.bean(JdbcTemplate.class).queryForList("SELECT run_id FROM run WHERE job = 'repair'"))
                    .isEmpty();
        }
        assertThat(keys("wary/")).isEqualTo(before);
    }

    @Test
    void keysThatLeadElsewhereAreLeftAlone() throws Exception {
        archive("evil", "evil1");
        remove("evil/media/evil1/video.mp4");
        audit("evil");
        Path audit = newestAudit("evil");
        String forged = """
                {"code":"MISSING","key":"evil/media/../video.mp4"}
                {"code":"CHANGED","key":"evil/runs/dt=2026-11-23/x/run.json"}
                {"code":"MISSING","key":"evil/media/stranger/video.mp4"}
                {"code":"M040","key":"evil1"}
                """;
        Path jsonl = audit.resolve("audit.jsonl");
        String old = Sha256.of(Files.readAllBytes(jsonl)).hex();
        Files.writeString(jsonl, forged);
        rewrite(
                audit,
                Files.readString(audit.resolve("audit.json"))
                        .replace(old, Sha256.of(forged.getBytes(UTF_8)).hex()));
        List<String> before = keys("evil/media/");
        try (ArchiverContext context = open("evil")) {
            ArchiveRuns runs = context.bean(ArchiveRuns.class);
            assertThat(runs.planRepair(null, line -> {}).left()).isEqualTo(4);

            RunSummary summary = repair(context);

            assertThat(summary.tasks().tasks()).isZero();
            assertThat(summary.rejected()).isEqualTo(4);
            assertThat(runs.isEvidenceBroken(summary)).isTrue();
        }
        assertThat(keys("evil/media/")).isEqualTo(before);
    }

    /** Returns what a new home learns of the bucket. */
    private static List<String> ledgerMadeAnew(String home) throws Exception {
        try (ArchiverContext anew = ArchiverContext.forRebuild(options(home + "-anew", home))) {
            assertThat(anew.bean(LedgerRebuild.class).rebuild().isEvidenceBroken())
                    .isFalse();
            return ledger(anew);
        }
    }

    private static List<String> ledger(ArchiverContext context) {
        return context.bean(JdbcTemplate.class)
                .query(
                        "SELECT task_id, job, state, attempts, run_id FROM ledger ORDER BY task_id",
                        (row, number) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3) + " "
                                + row.getInt(4) + " " + row.getString(5));
    }

    private static RunSummary repair(ArchiverContext context) throws InterruptedException {
        List<RunSummary> summaries = context.bean(ArchiveRuns.class).repair(null, ProgressStyle.NONE);
        assertThat(summaries).hasSize(1);
        return summaries.getFirst();
    }

    /** Archives tasks that all have the same video and no preview. */
    private static void archive(String home, String... tasks) throws Exception {
        for (String task : tasks) {
            site.done(task, "/" + task + ".mp4", null).file("/" + task + ".mp4", video);
        }
        List<String> lines = new ArrayList<>(List.of("task_id"));
        lines.addAll(List.of(tasks));
        Path list = Files.write(folder.resolve(home + ".csv"), lines);
        try (ArchiverContext context = open(home)) {
            List<RunSummary> summaries =
                    context.bean(ArchiveRuns.class).archive(request(list.toString(), Set.of()), ProgressStyle.NONE);
            assertThat(summaries)
                    .singleElement()
                    .satisfies(summary -> assertThat(summary.hasProblems()).isFalse());
        }
    }

    private static ArchiveRequest request(String input, Set<ArchiveRequest.Choice> choices) {
        return new ArchiveRequest("archive", input, "task_id", null, Duration.ZERO, null, choices);
    }

    /** Audits every run and every byte, and returns the codes of what was found. */
    private static List<String> audit(String home) throws Exception {
        AuditRequest request = AuditRequest.ofAllRuns(AuditExtent.allObjects(AuditMode.READ));
        try (ArchiverContext context = ArchiverContext.forAudit(options(home, home), request)) {
            context.bean(Audits.class).audit(ProgressStyle.NONE);
        }
        return Files.readAllLines(newestAudit(home).resolve("audit.csv")).stream()
                .skip(1)
                .map(line -> line.substring(0, line.indexOf(',')))
                .toList();
    }

    private static Path newestAudit(String home) throws IOException {
        try (Stream<Path> audits = Files.list(folder.resolve(home).resolve("audits"))) {
            return audits.max(Comparator.comparing(RepairTest::finished)).orElseThrow();
        }
    }

    /** Ids tell the second alone, and tests take less. */
    private static String finished(Path audit) {
        try {
            String json = Files.readString(audit.resolve("audit.json"));
            return json.substring(json.indexOf("finished_at"));
        } catch (IOException e) {
            return "";
        }
    }

    /** Changes an audit as somebody does who knows of its mark. */
    private static void rewrite(Path audit, String json) throws IOException {
        Files.writeString(audit.resolve("audit.json"), json);
        Files.writeString(audit.resolve("audit.json.sha256"), Sha256.of(json.getBytes(UTF_8)) + "  audit.json\n");
    }

    private static ArchiverContext open(String home) {
        List<String> options = new ArrayList<>(options(home, home));
        options.addAll(List.of(
                "--archiver.task-service.base-url=" + site.url(),
                "--archiver.task-service.requests-per-second=0",
                "--archiver.concurrency=1",
                "--archiver.media.allow-http=true",
                "--archiver.media.allow-private-addresses=true"));
        return ArchiverContext.forRuns(options);
    }

    private static List<String> options(String home, String prefix) {
        List<String> options = new ArrayList<>(List.of(
                "--archiver.home=" + folder.resolve(home),
                "--archiver.storage.prefix=" + prefix,
                "--archiver.storage.endpoint=" + store.endpoint(),
                "--archiver.storage.bucket=" + store.bucket()));
        if (database == LedgerDatabase.Kind.POSTGRESQL) {
            String url = DATABASES.computeIfAbsent(home, ignored -> PostgresServer.newDatabase());
            options.add("--spring.datasource.url=" + url);
            options.add("--spring.datasource.username=" + PostgresServer.USER);
        }
        return options;
    }

    private static void remove(String key) {
        store.client().deleteObject(r -> r.bucket(store.bucket()).key(key));
    }

    private static void put(String key, String text) {
        store.client().putObject(r -> r.bucket(store.bucket()).key(key), RequestBody.fromString(text));
    }

    /** Puts other bytes of this length. */
    private static void put(String key, int length) {
        store.client().putObject(r -> r.bucket(store.bucket()).key(key), RequestBody.fromBytes(new byte[length]));
    }

    private static byte[] read(String key) {
        return store.client()
                .getObjectAsBytes(r -> r.bucket(store.bucket()).key(key))
                .asByteArray();
    }

    private static List<String> keys(String prefix) {
        return store.client().listObjectsV2(r -> r.bucket(store.bucket()).prefix(prefix)).contents().stream()
                .map(object -> object.key())
                .toList();
    }

    private static String manifest(RunSummary summary) throws IOException {
        return Files.readString(summary.folder().resolve("manifest.csv"));
    }
}
