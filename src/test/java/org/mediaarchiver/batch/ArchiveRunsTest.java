package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
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
import org.mediaarchiver.batch.ArchiveRequest.Choice;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.faults.FaultyStore;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;
import org.springframework.jdbc.core.JdbcTemplate;

/** The job as it is put together, on a real database, a real bucket and a scripted source. */
@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
@Timeout(60)
class ArchiveRunsTest {
    private static final String WAITING = "{\"web_work_status\":0}";
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

    /** One home for all tests that stop nothing; each has a job and tasks of its own. */
    @SuppressWarnings("NullAway.Init")
    private static ArchiverContext context;

    @BeforeParameterizedClassInvocation
    static void start(LedgerDatabase.Kind kind) throws IOException {
        database = kind;
        folder = Files.createDirectory(all.resolve(kind.name()));
        store = S3Server.start("media");
        site = new ScriptedSite();
        PROPERTIES.put("aws.accessKeyId", store.accessKey());
        PROPERTIES.put("aws.secretAccessKey", store.secretKey());
        PROPERTIES.put("archiver.task-service.token", "token");
        PROPERTIES.forEach(System::setProperty);
        context = open("home");
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        context.close();
        DATABASES.clear();
        PROPERTIES.keySet().forEach(System::clearProperty);
        site.close();
        store.close();
    }

    @Test
    void aRunThatWasInterruptedGoesOnUnderItsNameAndAsksNobodyTwice() throws Exception {
        List<String> ids = waiting("slow", 20);
        ArchiveRequest request = request("interrupted", ids);
        try (ArchiverContext stopped = open("interrupted")) {
            ArchiveRuns runs = stopped.bean(ArchiveRuns.class);
            site.before("/avatar/task/slow9", () -> runs.stop(Duration.ofSeconds(30)));

            assertThatThrownBy(() -> archive(stopped, request)).isInstanceOf(InterruptedRunException.class);

            assertThat(stopped.bean(JdbcTemplate.class)
                            .queryForList("SELECT task_id FROM run_task WHERE state = 'DONE'", String.class))
                    .containsExactlyInAnyOrderElementsOf(ids.subList(0, 10));
            assertThat(stopped.bean(RunListing.class).text()).contains("unfinished");
        }
        try (ArchiverContext resumed = open("interrupted")) {
            RunId interrupted = onlyRun(resumed);

            List<RunSummary> summaries = archive(resumed, request);

            assertThat(summaries).singleElement().satisfies(summary -> {
                assertThat(summary.run()).isEqualTo(interrupted);
                assertThat(summary.tasks().tasks()).isEqualTo(20);
                assertThat(summary.hasProblems()).isFalse();
                assertThat(summary.hasPending()).isTrue();
            });
            assertThat(asked("slow")).hasSize(20).doesNotHaveDuplicates();
            assertThat(Files.readAllLines(summaries.getFirst().folder().resolve("manifest.csv")))
                    .hasSize(1 + 3 * 20);
            assertThat(resumed.bean(RunListing.class).text())
                    .contains("published")
                    .doesNotContain("unfinished");
        }
    }

    @Test
    void aCommandThatIsStoppedBeforeItsRunBeginsNone() throws Exception {
        ArchiveRequest request = request("early", waiting("early", 2));
        try (ArchiverContext stopped = open("early")) {
            stopped.bean(ArchiveRuns.class).stop(Duration.ofSeconds(30));

            assertThatThrownBy(() -> archive(stopped, request)).isInstanceOf(InterruptedRunException.class);

            assertThat(stopped.bean(JdbcTemplate.class).queryForList("SELECT run_id FROM run"))
                    .isEmpty();
            assertThat(asked("early")).isEmpty();
        }
    }

    @Test
    void aRefusedTokenStopsTheRunWhichThenGoesOn() throws Exception {
        ArchiveRequest request = stoppedByTheToken("token");

        assertThat(archive(context, request)).hasSize(1);
        assertThat(asked("token")).containsExactly("token0", "token1", "token2", "token2");
    }

    @Test
    void aListThatWasWrittenAnewIsReadBehindTheRunThatWasStopped() throws Exception {
        ArchiveRequest request = stoppedByTheToken("anew");
        site.task("anew-tonight", 200, WAITING);
        request("anew", List.of("anew0", "anew-tonight"));

        List<RunSummary> summaries = archive(context, request);

        assertThat(summaries).hasSize(2);
        assertThat(manifest(summaries.getFirst())).contains(",anew2,video,pending,NOT_READY,1,");
        assertThat(manifest(summaries.getLast())).contains(",anew-tonight,video,pending,NOT_READY,1,");
    }

    @Test
    void aRunWhoseListIsGoneIsFinishedFromItsCopy() throws Exception {
        ArchiveRequest request = stoppedByTheToken("gone");
        Files.delete(folder.resolve("gone.csv"));

        List<RunSummary> summaries = archive(context, request);

        assertThat(summaries).hasSize(1);
        assertThat(manifest(summaries.getFirst())).contains(",gone2,video,pending,NOT_READY,1,");
    }

    @Test
    void anUnfinishedRunIsLeftAloneWhereANewOneIsAskedFor() throws Exception {
        ArchiveRequest request = stoppedByTheToken("fresh");

        List<RunSummary> fresh = archive(context, with(request, Choice.NEW));

        assertThat(fresh).hasSize(1);
        List<RunSummary> old = archive(context, request);
        assertThat(old).hasSize(1);
        assertThat(old.getFirst().run().value())
                .isNotEqualTo(fresh.getFirst().run().value());
        assertThat(manifest(old.getFirst())).contains(",fresh0,video,pending,NOT_READY,1,");
    }

    @Test
    void aRunThatWasKilledWhilePublishingPublishesTheSameBytes() throws Exception {
        byte[] video = Files.readAllBytes(Path.of("sample-data/media/harbour.mp4"));
        List<String> ids = waiting("kill", 3);
        site.done("kill-done", "/v.mp4", null).file("/v.mp4", video);
        ArchiveRequest request = request(
                "kill",
                Stream.concat(ids.stream(), Stream.of("kill-done", "no id!", "kill0"))
                        .toList());

        assertThat(context.bean(DryRun.class).plan(request).text().lines())
                .containsExactly(
                        "dry run: nothing was downloaded, nothing was stored",
                        "1 task to archive: 1 file, " + Sizes.text(video.length),
                        "3 tasks pending NOT_READY: the task is not done yet",
                        "1 line names no task");

        RunSummary once = archive(context, request).getFirst();
        Map<String, byte[]> files = filesOf(once.folder());
        assertThat(files.keySet()).contains("manifest.csv", "rejects.csv", "SHA256SUMS", "run.json", "run.json.sha256");
        assertThat(once.hasProblems()).as("a line was rejected").isTrue();
        kill(once.run());

        List<RunSummary> again = archive(context, with(request, Choice.NEW));

        assertThat(again).hasSize(2);
        assertThat(again.getFirst().run()).isEqualTo(once.run());
        assertThat(again.getFirst().runJson()).isEqualTo(once.runJson());
        assertThat(filesOf(once.folder())).usingRecursiveComparison().isEqualTo(files);
        assertThat(Files.readString(again.getLast().folder().resolve("run.json")))
                .as("the chain goes on behind the run that was published again")
                .contains(once.run().value(), once.runJson().hex());
        assertThat(site.requests())
                .filteredOn("/v.mp4"::equals)
                .as("HEAD for the plan and GET for the run")
                .hasSize(2);
    }

    @Test
    void theStoreIsProbedOnceAndEveryRunTellsWhatWasFound() throws Exception {
        try (ArchiverContext probed = open("probed")) {
            ArchiveRequest request = request("probed", waiting("probed", 1));
            int puts = store.puts().size();
            JdbcTemplate ledger = probed.bean(JdbcTemplate.class);

            probed.bean(DryRun.class).plan(request);
            assertThat(store.puts()).as("stored by a dry run").hasSize(puts);

            RunSummary first = archive(probed, request).getFirst();
            assertThat(probes(puts)).isPositive();
            int after = store.puts().size();
            RunSummary second = archive(probed, request).getFirst();

            assertThat(probes(after)).as("objects of a second probe").isZero();
            for (RunSummary summary : List.of(first, second)) {
                assertThat(Files.readString(summary.folder().resolve("run.json")))
                        .contains("\"condition_kept\"", "\"sha256_verified\"", "\"probe_format\"");
            }
            ledger.update("UPDATE store_probe SET probed_at = probed_at - INTERVAL '31' DAY");
            after = store.puts().size();
            archive(probed, request);
            assertThat(probes(after)).as("objects of a probe a month later").isPositive();

            ledger.update("UPDATE store_probe SET answer = '0' WHERE feature = 'probe_format'");
            after = store.puts().size();
            archive(probed, request);
            assertThat(probes(after))
                    .as("objects of a probe by another version")
                    .isPositive();
            assertThat(store.client()
                            .listObjectsV2(r -> r.bucket(store.bucket()).prefix("probed/.probe/"))
                            .contents())
                    .isEmpty();
        }
    }

    @Test
    void aRunOverAHundredThousandArchivedTasksAsksForNothingButItsOwnFiles() throws Exception {
        site.done("night0", "/night.mp4", null)
                .file("/night.mp4", Files.readAllBytes(Path.of("sample-data/media/harbour.mp4")));
        List<String> ids =
                IntStream.range(0, 100_000).mapToObj(i -> "night" + i).toList();
        try (FaultyStore way = new FaultyStore(store.endpoint());
                ArchiverContext nights = open("nights", way.endpoint())) {
            archive(nights, request("nights", ids.subList(0, 1)));
            enterLike("night0", ids.subList(1, ids.size()), nights.bean(JdbcTemplate.class));
            int questions = site.requests().size();
            int requests = way.requests().size();

            RunSummary second = archive(nights, request("nights", ids)).getFirst();

            assertThat(second.tasks()).isEqualTo(new TaskTable.Counts(100_000, 0, 100_000, 0, 0, 0));
            assertThat(site.requests()).as("of task service and media hosts").hasSize(questions);
            assertThat(way.requests().subList(requests, way.requests().size()))
                    .filteredOn(request -> !request.contains("/" + second.run() + "/"))
                    .as("of the store, but for the run's files")
                    .satisfiesExactly(
                            usable -> assertThat(usable).startsWith("GET /media?list-type=2&"),
                            forgotten -> assertThat(forgotten).startsWith("GET /media?uploads&"));
            assertThat(way.requests()).hasSizeLessThan(requests + 50);
        }
    }

    /** Enters tasks of which the ledger knows what it knows of this one. */
    private static void enterLike(String task, List<String> ids, JdbcTemplate jdbc) {
        jdbc.update(
                "INSERT INTO ledger (archive_id, task_id, job, state, attempts, failures, run_id)"
                        + " SELECT l.archive_id, c.id, l.job, l.state, l.attempts, l.failures, l.run_id"
                        + " FROM UNNEST(CAST(? AS VARCHAR(140) ARRAY)) AS c(id), ledger l WHERE l.task_id = ?",
                statement -> {
                    statement.setArray(1, statement.getConnection().createArrayOf("VARCHAR", ids.toArray()));
                    statement.setString(2, task);
                });
    }

    private static long probes(int from) {
        List<String> puts = store.puts();
        return puts.subList(from, puts.size()).stream()
                .filter(key -> key.contains("/.probe/"))
                .count();
    }

    /** A run of three tasks, the last of which met a token that was refused and is accepted from then on. */
    private static ArchiveRequest stoppedByTheToken(String job) throws IOException {
        List<String> ids = new ArrayList<>(waiting(job, 2));
        ids.add(job + 2);
        site.task(job + 2, 401, "{}").task(job + 2, 200, WAITING);
        ArchiveRequest request = request(job, ids);
        assertThatThrownBy(() -> archive(context, request))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("token");
        return request;
    }

    /** Leaves the tables as a kill does that came when the mark was up and nothing of it committed. */
    private static void kill(RunId run) throws IOException {
        JdbcTemplate jdbc = context.bean(JdbcTemplate.class);
        jdbc.update("UPDATE run SET state = 'PUBLISHING', run_json_sha256 = NULL WHERE run_id = ?", run.value());
        String last = " WHERE job_execution_id = (SELECT MAX(job_execution_id) FROM batch_job_execution)";
        jdbc.update("UPDATE batch_job_execution SET status = 'STARTED', exit_code = 'UNKNOWN', end_time = NULL" + last);
        jdbc.update("UPDATE batch_step_execution SET status = 'STARTED', exit_code = 'EXECUTING', end_time = NULL"
                + last + " AND step_name = 'publish'");
        Path files = context.bean(Home.class).run(run);
        Files.delete(files.resolve("manifest.csv"));
        Files.delete(files.resolve("run.json.sha256"));
    }

    private static ArchiverContext open(String home) {
        return open(home, store.endpoint());
    }

    private static ArchiverContext open(String home, URI endpoint) {
        List<String> options = new ArrayList<>(List.of(
                "--archiver.home=" + folder.resolve(home),
                "--archiver.task-service.base-url=" + site.url(),
                "--archiver.task-service.requests-per-second=0",
                "--archiver.concurrency=1",
                "--archiver.media.allow-http=true",
                "--archiver.media.allow-private-addresses=true",
                "--archiver.storage.prefix=" + home,
                "--archiver.storage.endpoint=" + endpoint,
                "--archiver.storage.bucket=" + store.bucket()));
        if (database == LedgerDatabase.Kind.POSTGRESQL) {
            String url = DATABASES.computeIfAbsent(home, ignored -> PostgresServer.newDatabase());
            options.add("--spring.datasource.url=" + url);
            options.add("--spring.datasource.username=" + PostgresServer.USER);
        }
        return ArchiverContext.forRuns(options);
    }

    private static List<RunSummary> archive(ArchiverContext context, ArchiveRequest request)
            throws InterruptedException {
        return context.bean(ArchiveRuns.class).archive(request, ProgressStyle.NONE);
    }

    /** Writes the job's list, and asks for it. */
    private static ArchiveRequest request(String job, List<String> ids) throws IOException {
        Path list = Files.write(
                folder.resolve(job + ".csv"),
                Stream.concat(Stream.of("task_id"), ids.stream()).toList());
        return new ArchiveRequest(job, list.toString(), "task_id", null, Duration.ZERO, null, Set.of());
    }

    private static ArchiveRequest with(ArchiveRequest request, Choice choice) {
        return new ArchiveRequest(
                request.job(),
                request.input(),
                request.column(),
                request.limit(),
                request.waitForPending(),
                request.finishBy(),
                Set.of(choice));
    }

    private static List<String> waiting(String name, int tasks) {
        List<String> ids = IntStream.range(0, tasks).mapToObj(i -> name + i).toList();
        ids.forEach(id -> site.task(id, 200, WAITING));
        return ids;
    }

    private static List<String> asked(String name) {
        String prefix = "/avatar/task/";
        return site.requests().stream()
                .filter(path -> path.startsWith(prefix + name))
                .map(path -> path.substring(prefix.length()))
                .toList();
    }

    private static RunId onlyRun(ArchiverContext context) {
        List<RunTable.Listed> runs = context.bean(RunTable.class).all();
        assertThat(runs).hasSize(1);
        return runs.getFirst().run().id();
    }

    private static String manifest(RunSummary summary) throws IOException {
        return Files.readString(summary.folder().resolve("manifest.csv"));
    }

    private static Map<String, byte[]> filesOf(Path folder) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }
}
