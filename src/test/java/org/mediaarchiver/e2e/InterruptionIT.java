package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;

/** Runs that are ended from outside, and the same command again. */
class InterruptionIT {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void aKilledRunIsFinishedByTheSameCommand(LedgerDatabase.Kind database) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 30);
        data.done("added-later");
        try (Site site = Site.with(data, directory).on(database)) {
            String input = site.input("tasks.csv", tasks);
            // Sixteen are in flight: some without anything stored yet, some between two of their files.
            Hold hold =
                    site.source().hold(request -> request.matches("GET /media/clip-[12]([02468].mp4|[13579].webp)"));
            try (ArchiverProcess killed = site.start("archive", input)) {
                hold.await(16);

                Ended second = site.run("archive", input);
                assertThat(second.exitCode()).isEqualTo(11);
                assertThat(second.err())
                        .contains("process " + killed.pid(), site.home().toString());
                Site.assertSaysNoTrace(second);

                killed.signal("KILL");
                assertThat(killed.await().exitCode()).isEqualTo(137);
            }
            assertThat(site.store().puts())
                    .as("some tasks are whole and some are begun")
                    .contains("media/clip-00/result.json", "media/clip-11/video.mp4")
                    .doesNotContain("media/clip-11/result.json", "media/clip-10/video.mp4")
                    .noneMatch(key -> key.startsWith("runs/"));
            Ended listing = site.run("runs");
            String unfinished = listing.out().lines().toList().get(1);
            assertThat(unfinished).contains("unfinished").doesNotContain("manifest.csv");
            hold.release();

            site.input("tasks.csv", List.of("clip-00", "added-later"));
            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(site.runs()).hasSize(2);
            PublishedRun run = site.runs().getFirst();
            assertThat(unfinished).startsWith(run.id());
            assertThat(run.archivedTasks()).isEqualTo(tasks);
            assertThat(run.rows()).hasSize(90);
            assertThat(run.json().get("input").get("tasks").asInt())
                    .as("the run keeps to the input that it began with")
                    .isEqualTo(30);
            assertThat(site.lastRun().archivedTasks())
                    .as("what the list has become since is a run of its own")
                    .containsExactly("added-later");
            assertThat(site.lastRun().count("already_archived")).isEqualTo(1);
            site.assertNothingIsAmiss();
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143, HSQLDB", "INT, 130, POSTGRESQL"})
    void aRunThatIsAskedToEndFinishesWhatIsInFlight(String signal, int exitCode, LedgerDatabase.Kind database)
            throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 30);
        try (Site site = Site.with(data, directory).on(database)) {
            String input = site.input("tasks.csv", tasks);
            site.set("ARCHIVER_CONCURRENCY", "2");
            // A task every fifth of a second: the end of the list is far when the signal comes.
            site.set("ARCHIVER_TASKSERVICE_REQUESTSPERSECOND", "5");
            Hold hold = site.source().hold(request -> request.matches("GET /media/clip-0[23].mp4"));
            Ended ended;
            try (ArchiverProcess process = site.start("archive", input)) {
                hold.await(2);
                process.signal(signal);
                hold.release();
                ended = process.await();
            }

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
            assertThat(ended.err()).contains("was interrupted", "Run the same command again");
            Site.assertSaysNoTrace(ended);
            Set<String> asked = site.questions().stream()
                    .map(line -> line.substring("GET /avatar/task/".length()))
                    .collect(Collectors.toSet());
            assertThat(asked).contains("clip-02", "clip-03").hasSizeLessThan(30);
            assertThat(site.store().puts().stream()
                            .filter(key -> key.endsWith("/result.json"))
                            .map(key -> key.split("/", -1)[1]))
                    .as("what was in flight is whole")
                    .containsExactlyInAnyOrderElementsOf(asked);

            site.set("ARCHIVER_TASKSERVICE_REQUESTSPERSECOND", "0");
            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            assertThat(new ArrayList<>(site.questions()))
                    .as("every task is asked about once")
                    .hasSize(30)
                    .doesNotHaveDuplicates();
            site.assertNothingIsAmiss();
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, INT, 130", "TERM, TERM, 143", "TERM, INT, 130"})
    void aRunThatIsAskedTwiceEndsAtOnce(String first, String second, int exitCode) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 3);
        try (Site site = Site.with(data, directory)) {
            String input = site.input("tasks.csv", tasks);
            site.set("ARCHIVER_STOPGRACE", "1h");
            Hold hold = site.source().hold(request -> request.matches("GET /media/clip-01.mp4"));
            try (ArchiverProcess process = site.start("archive", input)) {
                hold.await(1);
                process.signal(first);
                process.awaitErr("those in flight have 3600 s");
                process.signal(second);

                assertThat(process.await().exitCode()).isEqualTo(exitCode);
            }
            hold.release();

            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
        }
    }
}
