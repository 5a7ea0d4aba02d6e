package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.SampleSource.Hold;

/** A run that is asked to end, whatever it is at: it does so with what it has, and the same command goes on. */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class AskedToEndIT {
    @TempDir
    private Path directory;

    private static Ended end(ArchiverProcess process, String signal, Hold hold)
            throws IOException, InterruptedException {
        process.signal(signal);
        process.awaitErr("Asked to end");
        hold.release();
        return process.await();
    }

    private static void assertInterrupted(Ended ended, int exitCode) {
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
        assertThat(ended.err()).containsOnlyOnce("was interrupted").contains("Run the same command again to go on.");
        assertThat(ended.out()).isEmpty();
        Site.assertSaysNoTrace(ended);
    }

    private static void assertFinishedBy(Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
    }

    @Test
    void whileItsListIsStillToComeOnStandardInput() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.done("clip", 1);
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        try (Site site = Site.with(data, directory);
                FileChannel writer = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
                ArchiverProcess process = site.startWithInput(pipe, "archive", "-")) {
            // More than a pipe holds: once all is written, the program is reading.
            ByteBuffer lines = UTF_8.encode("task_id\n" + "clip-00\n".repeat(100_000));
            while (lines.hasRemaining()) {
                writer.write(lines);
            }
            process.signal("TERM");
            Ended ended = process.await();

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(143);
            assertThat(ended.err())
                    .containsOnlyOnce("The command was interrupted before its run had begun. Run it again to go on.");
            Site.assertSaysNoTrace(ended);
            assertThat(site.source().requests()).isEmpty();
            assertThat(site.committedRows()).as("runs").isEmpty();
        }
    }

    @Test
    void whileItReadsItsList() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.done("clip", 3);
        String database = PostgresServer.newDatabase();
        try (Site site = Site.with(data, directory).on(database, PostgresServer.USER, "")) {
            assertFinishedBy(site.run("archive", site.input("before.csv", List.of("clip-00"))));
            int questions = site.questions().size();
            // More than the program reads at a time.
            List<String> lines = new ArrayList<>(Collections.nCopies(50_000, "clip-01"));
            lines.add("clip-02");
            String input = site.input("tasks.csv", lines);

            try (Connection connection = PostgresServer.connect(database);
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                // Whoever writes to the table waits.
                statement.execute("LOCK TABLE run_task IN SHARE MODE");
                try (ArchiverProcess process = site.start("archive", input)) {
                    process.awaitErr(" begins");
                    process.signal("TERM");
                    process.awaitErr("Asked to end");
                    connection.commit();
                    assertInterrupted(process.await(), 143);
                }
                try (var last = statement.executeQuery("SELECT 1 FROM run_task WHERE task_id = 'clip-02'")) {
                    assertThat(last.next()).as("the last line was read").isFalse();
                }
            }
            assertThat(site.questions()).hasSize(questions);

            assertFinishedBy(site.run("archive", input));
            assertThat(site.runs()).hasSize(2);
            assertThat(site.lastRun().archivedTasks()).containsExactly("clip-01", "clip-02");
            assertThat(site.lastRun().json().get("input").get("duplicates").asInt())
                    .isEqualTo(49_999);
            site.assertNothingIsAmiss();
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130, HSQLDB", "TERM, 143, POSTGRESQL"})
    void whileItPublishesItsFiles(String signal, int exitCode, LedgerDatabase.Kind database) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 3);
        try (Site site = Site.with(data, directory).on(database)) {
            String input = site.input("tasks.csv", tasks);
            Hold hold = site.store().holdAnswers(key -> key.endsWith("/manifest.csv"));
            try (ArchiverProcess process = site.start("archive", input)) {
                hold.await(1);
                assertInterrupted(end(process, signal, hold), exitCode);
            }
            assertThat(site.objects().keySet())
                    .filteredOn(key -> key.startsWith("runs/"))
                    .as("files that were published after the signal")
                    .singleElement()
                    .asString()
                    .endsWith("/manifest.csv");
            List<String> requests = site.source().requests();

            assertFinishedBy(site.run("archive", input));

            assertThat(site.source().requests()).isEqualTo(requests);
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void whileItUploadsItsMarkItIsDone() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 3);
        try (Site site = Site.with(data, directory)) {
            Hold hold = site.store().holdAnswers(key -> key.endsWith("/run.json.sha256"));
            Ended ended;
            try (ArchiverProcess process = site.start("archive", site.input("tasks.csv", tasks))) {
                hold.await(1);
                ended = end(process, "TERM", hold);
            }

            assertThat(ended.exitCode()).isEqualTo(143);
            assertThat(ended.err()).doesNotContain("was interrupted");
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void whileItFinishesAnOlderRunItDoesNotBeginItsOwn() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> older = data.done("older", 4);
        List<String> own = data.done("own", 2);
        try (Site site = Site.with(data, directory)) {
            site.set("ARCHIVER_CONCURRENCY", "1");
            Hold hold = site.source().hold("GET /media/older-01.mp4"::equals);
            try (ArchiverProcess process = site.start("archive", site.input("older.csv", older))) {
                hold.await(1);
                process.signal("KILL");
                process.await();
            }
            String input = site.input("own.csv", own);
            try (ArchiverProcess process = site.start("archive", input)) {
                hold.await(1);
                assertInterrupted(end(process, "TERM", hold), 143);
            }
            assertThat(site.questions()).noneMatch(question -> question.matches(".*/(own.*|older-0[23])"));
            assertThat(site.committedRows()).as("runs").hasSize(1);

            assertFinishedBy(site.run("archive", input));

            assertThat(site.runs()).extracting(PublishedRun::archivedTasks).containsExactly(older, own);
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void whileItWaitsForTasksThatAreNotReady() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.waiting("late");
        data.done("prompt");
        try (Site site = Site.with(data, directory)) {
            // One at a time: once the second is asked about, the first waits for another turn.
            site.set("ARCHIVER_CONCURRENCY", "1");
            String input = site.input("tasks.csv", List.of("late", "prompt"));
            Hold hold = site.source().hold("GET /media/prompt.mp4"::equals);
            try (ArchiverProcess process = site.start("archive", "--wait", "30d", input)) {
                hold.await(1);
                assertInterrupted(end(process, "TERM", hold), 143);
            }

            assertFinishedBy(site.run("archive", "--wait", "30d", input));
            assertThat(site.questions()).hasSize(2);
            assertThat(site.lastRun().archivedTasks()).containsExactly("prompt");
            assertThat(site.lastRun().ends()).contains("late/video pending NOT_READY");

            data.done("late");
            assertFinishedBy(site.run("archive"));
            assertThat(site.lastRun().archivedTasks()).containsExactly("late");
            site.assertNothingIsAmiss();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"download", "upload"})
    void whatIsInFlightWhenItsTimeIsUpIsCutAndStaysOpen(String inFlight) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 4);
        try (Site site = Site.with(data, directory)) {
            site.set("ARCHIVER_CONCURRENCY", "1");
            site.set("ARCHIVER_STOPGRACE", "1s");
            String input = site.input("tasks.csv", tasks);
            Hold hold = inFlight.equals("download")
                    ? site.source().hold("GET /media/clip-01.mp4"::equals)
                    : site.store().holdAnswers("media/clip-01/video.mp4"::equals);
            try (ArchiverProcess process = site.start("archive", input)) {
                hold.await(1);
                process.signal("TERM");

                assertInterrupted(process.await(), 143);
            }
            hold.release();
            assertThat(Remains.of(site).doneTasks()).containsExactly("clip-00");
            Invariants.of(site).assertHoldAtAnyTime();

            assertFinishedBy(site.run("archive", input));

            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            assertThat(site.lastRun().rows()).allMatch(row -> row.attempts() == 1);
            site.assertNothingIsAmiss();
        }
    }
}
