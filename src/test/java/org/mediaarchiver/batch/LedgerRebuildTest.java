package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.archive.ScriptedSite;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.faults.FaultyStore;
import org.mediaarchiver.faults.FaultyStore.Fault;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;
import org.springframework.jdbc.core.JdbcTemplate;

/** The ledger as it is made anew from a bucket, on a way on which things can happen meanwhile. */
@Timeout(120)
class LedgerRebuildTest {
    private final S3Server store = S3Server.start("media");
    private final FaultyStore way = new FaultyStore(store.endpoint());
    private final ScriptedSite site = new ScriptedSite();
    private final List<@Nullable Throwable> met = new ArrayList<>();
    private final Map<String, String> properties = Map.of(
            "aws.accessKeyId", store.accessKey(),
            "aws.secretAccessKey", store.secretKey(),
            "archiver.task-service.token", "token");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void begin() throws IOException {
        properties.forEach(System::setProperty);
        byte[] video = Files.readAllBytes(Path.of("sample-data/media/harbour.mp4"));
        site.file("/v.mp4", video);
        for (String task : List.of("a", "b", "c")) {
            site.done(task, "/v.mp4", null);
        }
        site.task("waits", 200, "{\"web_work_status\":0}");
    }

    @AfterEach
    void end() {
        properties.keySet().forEach(System::clearProperty);
        way.close();
        site.close();
        store.close();
    }

    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void ofTwoHomesThatHaveArchivedIntoOneBucketAllIsKnown(LedgerDatabase.Kind kind) throws Exception {
        String[] database = newDatabase(kind);
        try (ArchiverContext one = runs("one", newDatabase(kind));
                ArchiverContext other = runs("other", newDatabase(kind))) {
            archive(one, "nightly", "a", "waits");
            archive(other, "backfill", "b", "a");
            archive(one, "nightly", "c", "b");
            archive(other, "backfill", "c");
        }
        int asked = site.requests().size();
        LedgerSummary summary;
        try (ArchiverContext anew = rebuild("anew", database)) {
            summary = anew.bean(LedgerRebuild.class).rebuild();
        }

        assertThat(summary.isEvidenceBroken()).isFalse();
        assertThat(summary.text()).contains("from 4 runs, 4 of them new", "4 tasks: 3 archived, 1 to be tried again");
        try (ArchiverContext anew = runs("anew", database)) {
            RunSummary next = archive(anew, "weekly", "a", "b", "c");

            assertThat(next.tasks().archivedBefore()).isEqualTo(3);
            assertThat(site.requests()).hasSize(asked);
            RunFacts.Previous newest = Objects.requireNonNull(summary.newest());
            assertThat(Files.readString(next.folder().resolve("run.json")))
                    .as("the run before it")
                    .contains(newest.runId().value(), newest.runJsonSha256().hex());
        }
    }

    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void aRebuildThatBrokeOffIsEndedBeforeAnyRunBegins(LedgerDatabase.Kind kind) throws Exception {
        String[] database = newDatabase(kind);
        List<String> ledger;
        String last;
        try (ArchiverContext one = runs("one", newDatabase(kind))) {
            archive(one, "nightly", "a", "waits");
            archive(one, "nightly", "b", "waits");
            last = archive(one, "nightly", "c").run().value();
            ledger = ledger(one);
        }
        way.on("GET .*/" + last + "/manifest.csv.*", 1, new Fault.Refused(403, "AccessDenied"));
        try (ArchiverContext anew = rebuild("anew", database)) {
            assertThatThrownBy(() -> anew.bean(LedgerRebuild.class).rebuild()).isInstanceOf(StopException.class);
        }
        try (ArchiverContext anew = runs("anew", database)) {
            assertThatThrownBy(() -> archive(anew, "nightly", "a"))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("ledger rebuild");
            assertThat(anew.bean(JdbcTemplate.class).queryForList("SELECT task_id FROM ledger"))
                    .as("of what it had told by then")
                    .hasSize(3);
        }
        try (ArchiverContext anew = rebuild("anew", database)) {
            assertThat(anew.bean(LedgerRebuild.class).rebuild().text()).contains("from 3 runs, 1 of them new");
            assertThat(ledger(anew)).isEqualTo(ledger);
        }
    }

    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void whereThereIsNothingToMakeALedgerOfTheOneThatIsThereStaysInUse(LedgerDatabase.Kind kind) throws Exception {
        String[] database = newDatabase(kind);
        try (ArchiverContext anew = rebuild("anew", database)) {
            assertThatThrownBy(() -> anew.bean(LedgerRebuild.class).rebuild())
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("There is no published run");
        }
        try (ArchiverContext anew = runs("anew", database)) {
            assertThat(archive(anew, "nightly", "a").hasProblems()).isFalse();
        }
    }

    @Test
    void aLedgerIsNotMadeAnewWhileARunOfItIsAtWorkAndNoRunBeginsWhileItIs() throws Exception {
        String database = PostgresServer.newDatabase();
        try (ArchiverContext third = runs("third", database)) {
            try (ArchiverContext one = runs("one", database);
                    ArchiverContext other = rebuild("other", database)) {
                site.before(
                        "/avatar/task/a",
                        () -> meet(() -> other.bean(LedgerRebuild.class).rebuild()));
                archive(one, "nightly", "a");
            }
            assertThat(met)
                    .singleElement()
                    .satisfies(held -> assertThat(held)
                            .isInstanceOf(Home.LockedException.class)
                            .hasMessageContaining("works on job nightly (process "));
            assertThat(third.bean(ArchiveTable.class).isRebuilding(1)).isFalse();

            forget(third);
            try (ArchiverContext other = rebuild("other", database);
                    ArchiverContext fourth = rebuild("fourth", database)) {
                way.on("GET .*/manifest.csv.*", 1, new Fault.Preceded(() -> {
                    meet(() -> archive(third, "backfill", "b"));
                    meet(() -> fourth.bean(LedgerRebuild.class).rebuild());
                }));

                assertThat(other.bean(LedgerRebuild.class).rebuild().text()).contains("1 tasks: 1 archived");
            }
            assertThat(met.subList(1, met.size()))
                    .hasSize(2)
                    .allSatisfy(held -> assertThat(held)
                            .isInstanceOf(Home.LockedException.class)
                            .hasMessageContaining("works on job ledger rebuild (process "));
            assertThat(archive(third, "backfill", "b").hasProblems()).isFalse();
        }
    }

    @Test
    void aHomeIsHeldByOneCommandAtATime() {
        try (ArchiverContext one = runs("one")) {
            assertThat(one).isNotNull();
            assertThatThrownBy(() -> rebuild("one").close()).isInstanceOf(Home.LockedException.class);
        }
    }

    /** Keeps what an attempt meets on a thread that is not the test's. */
    private void meet(ThrowingCallable attempt) {
        met.add(catchThrowable(attempt));
    }

    /** As a database that was restored from before the runs: they are read from the bucket again. */
    private static void forget(ArchiverContext context) {
        JdbcTemplate jdbc = context.bean(JdbcTemplate.class);
        List.of("manifest_row", "run_task", "rejected_line", "ledger", "run")
                .forEach(table -> jdbc.update("DELETE FROM " + table));
    }

    private static List<String> ledger(ArchiverContext context) {
        return context.bean(JdbcTemplate.class)
                .query(
                        "SELECT task_id, job, state, attempts, run_id FROM ledger ORDER BY task_id",
                        (row, number) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3) + " "
                                + row.getInt(4) + " " + row.getString(5));
    }

    /** Returns the URL of a database, and nothing where it is to be in the home. */
    private static String[] newDatabase(LedgerDatabase.Kind kind) {
        return switch (kind) {
            case HSQLDB -> new String[0];
            case POSTGRESQL -> new String[] {PostgresServer.newDatabase()};
        };
    }

    private ArchiverContext runs(String home, String... database) {
        List<String> options = new ArrayList<>(options(home, database));
        options.addAll(List.of(
                "--archiver.task-service.base-url=" + site.url(),
                "--archiver.task-service.requests-per-second=0",
                "--archiver.media.allow-http=true",
                "--archiver.media.allow-private-addresses=true"));
        return ArchiverContext.forRuns(options);
    }

    private ArchiverContext rebuild(String home, String... database) {
        return ArchiverContext.forRebuild(options(home, database));
    }

    private List<String> options(String home, String... database) {
        List<String> options = new ArrayList<>(List.of(
                "--archiver.home=" + folder.resolve(home),
                "--archiver.storage.endpoint=" + way.endpoint(),
                "--archiver.storage.bucket=" + store.bucket()));
        for (String url : database) {
            options.add("--spring.datasource.url=" + url);
            options.add("--spring.datasource.username=" + PostgresServer.USER);
        }
        return options;
    }

    private RunSummary archive(ArchiverContext context, String job, String... tasks) throws Exception {
        Path list = Files.write(
                folder.resolve(job + ".csv"),
                Stream.concat(Stream.of("task_id"), Stream.of(tasks)).toList());
        List<RunSummary> summaries = context.bean(ArchiveRuns.class)
                .archive(
                        new ArchiveRequest(job, list.toString(), "task_id", null, Duration.ZERO, null, Set.of()),
                        ProgressStyle.NONE);
        assertThat(summaries).hasSize(1);
        return summaries.getFirst();
    }
}
