package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_16;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;

/** What stops a whole run: it says so in a sentence, loses nothing, and goes on once the cause is mended. */
class StopIT {
    @TempDir
    private Path directory;

    private SourceData data;

    @BeforeEach
    void makeSource() throws IOException {
        data = new SourceData(directory.resolve("source"));
    }

    private static void assertStopped(Ended ended, String... words) {
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(10);
        assertThat(ended.err()).contains(words);
        assertThat(ended.err().lines().filter(line -> !line.contains(" INFO ")))
                .as("lines that an operator reads")
                .hasSize(1);
        assertThat(ended.out()).isEmpty();
        Site.assertSaysNoTrace(ended);
    }

    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void aRefusedTokenStopsTheRunAndAGoodOneLetsItGoOn(LedgerDatabase.Kind database) throws Exception {
        List<String> tasks = data.done("clip", 12);
        try (Site site = Site.with(data, directory).on(database)) {
            site.set("ARCHIVER_CONCURRENCY", "2");
            String input = site.input("tasks.csv", tasks);
            Hold hold = site.source().hold(request -> request.equals("GET /avatar/task/clip-06"));
            Ended stopped;
            try (ArchiverProcess process = site.start("archive", input)) {
                hold.await(1);
                site.source().accept("renewed-token");
                hold.release();
                stopped = process.await();
            }
            assertStopped(stopped, "refused the token (401)", "archiver.task-service.token");
            assertThat(site.home().resolve("runs")).isEmptyDirectory();

            site.set("ARCHIVER_TASKSERVICE_TOKEN", "renewed-token");
            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            String begun = stopped.err().split("run ", -1)[1].split(" ", -1)[0];
            assertThat(site.lastRun().id()).isEqualTo(begun);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            assertThat(site.questions().stream().filter(line -> line.matches(".*/clip-0[0-4]")))
                    .as("questions about tasks that were archived before the stop")
                    .hasSize(5);
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void aBaseUrlThatIsNoTaskServiceStopsTheRunBeforeATaskIsGivenUp() throws Exception {
        List<String> tasks = data.done("clip", 25);
        try (Site site = Site.with(data, directory)) {
            String input = site.input("tasks.csv", tasks);
            site.set("ARCHIVER_TASKSERVICE_BASEURL", site.source().baseUrl() + "/v2");
            Ended stopped = site.run("archive", input);
            assertStopped(stopped, "plain 404", "archiver.task-service.base-url");
            assertThat(site.questions()).isEmpty();

            site.set("ARCHIVER_TASKSERVICE_BASEURL", site.source().baseUrl().toString());
            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void anOutageOfTheTaskServiceStopsTheRun() throws Exception {
        try (Site site = Site.with(data, directory)) {
            String input = site.input("tasks.csv", data.done("clip", 24));
            site.set("ARCHIVER_CONCURRENCY", "24");
            site.set("ARCHIVER_TASKSERVICE_BASEURL", nowhere());

            Ended stopped = site.run("archive", input);

            assertStopped(stopped, "has not answered for 20 tasks in a row", "Run the same command again");
            assertThat(site.objects()).isEmpty();
        }
    }

    @Test
    void aBucketThatCannotBeUsedStopsTheRunBeforeItBegins() throws Exception {
        try (Site site = Site.with(data, directory)) {
            String input = site.input("tasks.csv", data.done("clip", 1));

            site.set("ARCHIVER_STORAGE_BUCKET", "no-such-bucket");
            assertStopped(site.run("archive", input), "no such bucket", "no-such-bucket", "archiver.storage.bucket");

            site.set("ARCHIVER_STORAGE_BUCKET", site.store().bucket());
            site.set("AWS_SECRET_ACCESS_KEY", "another-secret-key");
            Ended stopped = site.run("archive", input);
            assertStopped(stopped, "credentials");
            assertThat(stopped.err()).doesNotContain("another-secret-key");

            site.set("AWS_SECRET_ACCESS_KEY", site.store().secretKey());
            site.set("ARCHIVER_STORAGE_ENDPOINT", nowhere());
            assertStopped(site.run("archive", input), "cannot be reached", "archiver.storage.endpoint");

            assertThat(site.source().requests()).isEmpty();
            assertThat(site.home().resolve("runs")).isEmptyDirectory();
            assertThat(site.home().resolve("inputs")).isEmptyDirectory();
        }
    }

    @Test
    void anInputThatCannotBeReadBeginsNoRun() throws Exception {
        try (Site site = Site.with(data, directory)) {
            Ended missing = site.run("archive", directory.resolve("nowhere.csv").toString());
            assertThat(missing.exitCode()).isEqualTo(2);
            assertThat(missing.err()).contains("nowhere.csv does not exist");
            Site.assertSaysNoTrace(missing);

            Path utf16 = Files.writeString(directory.resolve("utf16.csv"), "task_id,note\nclip-00,x\n", UTF_16);
            assertStopped(site.run("archive", utf16.toString()), "utf16.csv", "UTF-8");
            assertStopped(
                    site.run("archive", site.file("columns.csv", "id,note\nclip-00,x\n")),
                    "has no column task_id",
                    "--column");
            assertStopped(
                    site.run("archive", site.file("quote.csv", "task_id,note\nclip-00,x\nclip-01,\"open\n")),
                    "quotes",
                    "line 3");
            assertThat(site.source().requests()).isEmpty();

            Ended good = site.run("archive", site.input("good.csv", data.done("clip", 2)));
            assertThat(good.exitCode()).as(good.err()).isEqualTo(0);
            assertThat(site.runs()).hasSize(1);
            site.assertNothingIsAmiss();
        }
    }

    /** Returns the URL of a server that was just closed: nothing listens there. */
    static String nowhere() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + free.getLocalPort();
        }
    }
}
