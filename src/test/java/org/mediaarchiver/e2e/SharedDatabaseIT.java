package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.SampleSource.Hold;

/** Two machines, each with a home of its own, and one PostgreSQL database. */
class SharedDatabaseIT {
    @TempDir
    private Path directory;

    @TempDir
    private Path serverDirectory;

    @Test
    void theSameJobWaitsForItsHolderAndGoesOnElsewhereAtOnceWhenThatIsKilled() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 20);
        try (Site site = Site.with(data, directory).on(LedgerDatabase.Kind.POSTGRESQL)) {
            String input = site.input("tasks.csv", tasks);
            Hold hold = site.source().hold(request -> request.matches("GET /media/clip-1[0-9].mp4"));
            try (ArchiverProcess holder = site.start("archive", input)) {
                hold.await(10);

                Ended second = ended(site.startElsewhere("other", "archive", input));
                assertThat(second.exitCode()).as(second.err()).isEqualTo(11);
                assertThat(second.err())
                        .contains("Another run works on job archive (process " + holder.pid() + " on ", ", at run ");
                Site.assertSaysNoTrace(second);
                Ended listing = site.run("runs");
                assertThat(listing.exitCode()).as(listing.err()).isZero();
                assertThat(listing.out())
                        .as("what is listed while the run is at work")
                        .contains("  unfinished  ");

                holder.signal("KILL");
                holder.await();
            }
            hold.release();

            Ended resumed = ended(site.startElsewhere("other", "archive", input));

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(resumed.err()).contains("is unfinished and goes on");
            try (Stream<Path> runs = Files.list(site.elsewhere("other").resolve("runs"))) {
                List<Path> folders = runs.toList();
                assertThat(folders).hasSize(1);
                assertThat(PublishedRun.read(folders.getFirst()).archivedTasks())
                        .isEqualTo(tasks);
            }
        }
    }

    @Test
    void twoJobsAtTheSameTimeArchiveEachTaskOnceAndTheirRunsFormOneChain() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 16);
        try (Site site = Site.with(data, directory).on(LedgerDatabase.Kind.POSTGRESQL)) {
            String input = site.input("tasks.csv", tasks);
            // Each has begun, and neither has archived anything, when the other one comes.
            Hold hold = site.source().hold(request -> request.matches("GET /media/clip-[01][0-9].mp4"));
            Ended nightly;
            Ended backfill;
            try (ArchiverProcess one = site.start("archive", input, "--job", "nightly");
                    ArchiverProcess other = site.startElsewhere("other", "archive", input, "--job", "backfill")) {
                hold.await(32);
                hold.release();
                nightly = one.await();
                backfill = other.await();
            }

            assertThat(nightly.exitCode()).as(nightly.err()).isEqualTo(0);
            assertThat(backfill.exitCode()).as(backfill.err()).isEqualTo(0);
            List<PublishedRun> runs = new ArrayList<>();
            for (Path home : List.of(site.home(), site.elsewhere("other"))) {
                try (Stream<Path> folders = Files.list(home.resolve("runs"))) {
                    for (Path folder : folders.toList()) {
                        runs.add(PublishedRun.read(folder));
                    }
                }
            }
            PublishedRun first = runs.stream()
                    .filter(run -> run.json().get("previous").isNull())
                    .findFirst()
                    .orElseThrow();
            assertThat(runs.stream()
                            .filter(run -> !run.id().equals(first.id()))
                            .map(run -> run.json()
                                    .get("previous")
                                    .get("run_json_sha256")
                                    .asString()))
                    .as("the run before the second one")
                    .containsExactly(first.digest());
            TreeSet<String> archived = new TreeSet<>();
            runs.forEach(run -> archived.addAll(run.archivedTasks()));
            assertThat(archived).containsExactlyElementsOf(tasks);
            assertThat(site.store().puts().stream().filter(key -> key.startsWith("media/")))
                    .as("objects stored")
                    .hasSize(3 * 16)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aListThatWasReadInPartElsewhereIsToBeBroughtAlong() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 3);
        String database = PostgresServer.newDatabase();
        try (Site site = Site.with(data, directory).on(database, PostgresServer.USER, "")) {
            assertThat(ended(site.startElsewhere("other", "archive", site.input("one.csv", tasks.subList(0, 1))))
                            .exitCode())
                    .isZero();
            String input = site.input("tasks.csv", tasks);
            try (Connection connection = PostgresServer.connect(database);
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                // Whoever writes to the table waits.
                statement.execute("LOCK TABLE run_task IN SHARE MODE");
                try (ArchiverProcess process = site.start("archive", input)) {
                    process.awaitErr(" begins");
                    process.signal("KILL");
                    process.await();
                }
                connection.commit();
            }
            String copy;
            try (Stream<Path> copies = Files.list(site.home().resolve("inputs"))) {
                copy = String.valueOf(copies.toList().getFirst().getFileName());
            }
            Path wanted = site.elsewhere("other").resolve("inputs").resolve(copy);
            List<String> requests = site.source().requests();

            Ended stopped = ended(site.startElsewhere("other", "archive", input));

            assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(10);
            assertThat(stopped.err()).contains("was begun in another home", input, "put the same list as " + wanted);
            Site.assertSaysNoTrace(stopped);
            assertThat(site.source().requests()).isEqualTo(requests);

            Files.copy(Path.of(input), wanted);
            Ended resumed = ended(site.startElsewhere("other", "archive", input));

            assertThat(resumed.exitCode()).as(resumed.err()).isZero();
            assertThat(resumed.out()).contains("3 tasks: 2 dealt with, 1 archived by earlier runs");
            assertThat(site.store().puts().stream().filter(key -> key.startsWith("media/")))
                    .hasSize(3 * 3)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aServerThatIsStoppedAndStartedAgainInTheMiddleOfARunCostsTimeAlone() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 24);
        try (PostgresServer.Own server = new PostgresServer.Own(serverDirectory);
                Site site = Site.with(data, directory).on(server.url(), PostgresServer.USER, "planted-password")) {
            site.set("ARCHIVER_CONCURRENCY", "2");
            String input = site.input("tasks.csv", tasks);
            Hold hold = site.source().hold(request -> request.matches("GET /media/clip-1[01].mp4"));
            Ended ended;
            try (ArchiverProcess process =
                    site.start("archive", input, "--spring.datasource.hikari.connection-timeout=1000")) {
                hold.await(2);
                server.stop();
                hold.release();
                process.awaitErr("The database went away");
                server.start();
                ended = process.await();
            }

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
            Site.assertSaysNoTrace(ended);
            assertThat(ended.err()).doesNotContain("planted-password");
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
        }
    }

    private static Ended ended(ArchiverProcess process) throws Exception {
        try (process) {
            return process.await();
        }
    }
}
