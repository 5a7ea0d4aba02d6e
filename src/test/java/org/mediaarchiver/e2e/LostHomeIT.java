package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.HaltPoint;
import org.mediaarchiver.testing.PostgresServer;
import org.springframework.util.FileSystemUtils;
import software.amazon.awssdk.core.sync.RequestBody;

/** A home, or a database, that is gone, and the ledger that is made anew from the bucket. */
class LostHomeIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"hsqldb", "postgresql"})
    void afterARebuildNothingIsFetchedAgainAndWhatWasOpenIsTakenUp(String database) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> clips = data.done("clip", 5);
        data.waiting("late");
        try (Site site = Site.with(data, directory)) {
            lose(site, database);
            String input = site.input(
                    "tasks.csv", List.of("clip-00", "clip-01", "clip-02", "clip-03", "clip-04", "late", "unknown"));
            Ended first = site.run("archive", input);
            assertThat(first.exitCode()).as(first.err()).isEqualTo(3);
            PublishedRun before = site.lastRun();
            assertThat(before.archivedTasks()).isEqualTo(clips);
            List<String> requests = site.source().requests();

            lose(site, database);
            Ended rebuilt = site.run("ledger", "rebuild");
            assertThat(rebuilt.exitCode()).as(rebuilt.err()).isZero();
            assertThat(rebuilt.out())
                    .contains(
                            "from 1 run, 1 of them new", "7 tasks: 5 archived, 1 to be tried again, 1 failed for good");
            assertThat(rebuilt.lastLine()).isEqualTo(first.lastLine());
            Ended again = site.run("ledger", "rebuild");
            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.out()).contains("from 1 run, 0 of them new", "7 tasks: 5 archived");
            assertThat(site.source().requests()).as("requests of a rebuild").isEqualTo(requests);

            data.done("late");
            Ended second = site.run("archive", "--full-manifest", input);
            assertThat(second.exitCode()).as(second.err()).isZero();
            assertThat(site.source()
                            .requests()
                            .subList(requests.size(), site.source().requests().size()))
                    .containsExactlyInAnyOrder("GET /avatar/task/late", "GET /media/late.mp4", "GET /media/late.webp");
            PublishedRun last = PublishedRun.read(site.home().resolve("runs").resolve(runOf(second)));
            assertThat(last.ends())
                    .contains(
                            "clip-00/video stored ALREADY_STORED",
                            "late/video stored",
                            "unknown/video failed NOT_FOUND");
            assertThat(last.rows().stream().filter(row -> row.taskId().value().equals("late")))
                    .allMatch(row -> row.attempts() == 2);
            assertThat(last.json().get("previous").get("run_id").asString()).isEqualTo(before.id());
            assertThat(last.json().get("previous").get("run_json_sha256").asString())
                    .isEqualTo(first.lastLine());
            assertThat(site.store().puts())
                    .filteredOn(key -> key.startsWith("media/"))
                    .hasSize(18)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aRebuildThatWasKilledIsRunAgainBeforeAnyRunBegins() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> clips = data.done("clip", 2);
        try (Site site = Site.with(data, directory)) {
            for (String clip : clips) {
                Ended night = site.run("archive", site.input(clip + ".csv", List.of(clip)));
                assertThat(night.exitCode()).as(night.err()).isZero();
            }
            int requests = site.source().requests().size();
            lose(site, "hsqldb");
            // The rows of the second run are there, and nothing says that they are all.
            try (ArchiverProcess process = site.startToHaltAt(
                    HaltPoint.before("ledger.RunTable", "published").atCall(2), "ledger", "rebuild")) {
                Ended killed = process.await();
                assertThat(killed.isHalted()).as(killed.err()).isTrue();
            }

            Ended refused = site.run("archive", site.input("tasks.csv", clips));
            assertThat(refused.exitCode()).as(refused.err()).isEqualTo(10);
            assertThat(refused.err()).contains("ledger rebuild");
            Site.assertSaysNoTrace(refused);

            Ended rebuilt = site.run("ledger", "rebuild");
            assertThat(rebuilt.exitCode()).as(rebuilt.err()).isZero();
            assertThat(rebuilt.out()).contains("from 2 runs, 1 of them new", "2 tasks: 2 archived");
            Ended next = site.run("archive", site.input("tasks.csv", clips));
            assertThat(next.exitCode()).as(next.err()).isZero();
            assertThat(next.out()).contains("2 archived by earlier runs");
            assertThat(site.source().requests()).hasSize(requests);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = "hsqldb")
    void aRunWhoseManifestWasChangedIsToldOfAndLeftOut(String database) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.done("clip", 2);
        try (Site site = Site.with(data, directory)) {
            assertThat(site.run("ledger", "rebuild").exitCode())
                    .as("nothing is there")
                    .isEqualTo(10);
            site.run("archive", site.input("one.csv", List.of("clip-00")));
            site.run("archive", site.input("two.csv", List.of("clip-01")));
            String damaged = site.runs().getFirst().id();
            String manifest = site.objects().keySet().stream()
                    .filter(key -> key.endsWith(damaged + "/manifest.csv"))
                    .findFirst()
                    .orElseThrow();
            String text = new String(site.objects().get(manifest), US_ASCII);
            site.store()
                    .client()
                    .putObject(
                            request -> request.bucket(site.store().bucket()).key(manifest),
                            RequestBody.fromString(text.replace("video/mp4", "video/mp5")));

            lose(site, database);
            Ended rebuilt = site.run("ledger", "rebuild");

            assertThat(rebuilt.exitCode()).as(rebuilt.err()).isEqualTo(5);
            assertThat(rebuilt.out()).contains("M010", manifest, "left out", "1 tasks: 1 archived");
            Site.assertSaysNoTrace(rebuilt);
            site.expectFindings("M010 " + manifest, "M027 " + manifest, "M030 " + manifest.replace(".csv", ".jsonl"));
        }
    }

    private void lose(Site site, String database) throws Exception {
        FileSystemUtils.deleteRecursively(site.home());
        if (database.equals("postgresql")) {
            site.set("SPRING_DATASOURCE_URL", PostgresServer.newDatabase());
            site.set("SPRING_DATASOURCE_USERNAME", PostgresServer.USER);
        }
    }

    private static String runOf(Ended ended) {
        return ended.out().split("run ", -1)[1].split(" ", -1)[0];
    }
}
