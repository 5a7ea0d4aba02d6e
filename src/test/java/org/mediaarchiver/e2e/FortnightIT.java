package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;
import org.springframework.util.FileSystemUtils;

/** Two weeks of a nightly run, with all that comes in between. */
@Execution(ExecutionMode.CONCURRENT)
class FortnightIT {
    /** So many tasks in a row without an answer are taken for an outage of the task service. */
    private static final int OUTAGE = 20;

    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void everyTaskIsArchivedOnceAndEachNightsExitCodeTellsItsTruth(
            LedgerDatabase.Kind database, @TempDir Path directory) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        try (Site site = Site.with(data, directory).on(database)) {
            site.set("ARCHIVER_CONCURRENCY", Integer.toString(OUTAGE));
            Nights nights = new Nights(site);

            nights.add(data.done("night-01", 3));
            nights.run(0);

            nights.add(data.done("night-02", 2));
            nights.add(List.of("ready-on-03", "ready-on-12"));
            data.waiting("ready-on-03");
            data.waiting("ready-on-12");
            nights.run(0);

            data.done("ready-on-03");
            nights.add(data.done("night-03", 2));
            nights.run(0);
            assertThat(site.lastRun().archivedTasks()).containsExactly("night-03-00", "night-03-01", "ready-on-03");

            nights.add(data.done("night-04", OUTAGE));
            site.set("ARCHIVER_TASKSERVICE_BASEURL", StopIT.nowhere());
            assertThat(nights.run(10).err()).contains("has not answered for 20 tasks in a row");
            site.set("ARCHIVER_TASKSERVICE_BASEURL", site.source().baseUrl().toString());

            nights.add(data.done("night-05", 2));
            // The night before is finished first: it has tasks that could not be reached, and its manifest says so.
            nights.run(3);
            assertThat(site.runs()).as("the night before was made up for").hasSize(5);

            nights.add(data.done("night-06", 2));
            nights.add(List.of("unknown-until-15"));
            assertThat(nights.run(3).err()).contains("NOT_FOUND");

            nights.add(data.done("night-07", 10));
            nights.kill(site.source().hold(request -> request.matches("GET /media/night-07-0[89].mp4")), 2);
            nights.run(0);

            nights.add(data.done("night-08", 2));
            site.set("ARCHIVER_STORAGE_ENDPOINT", StopIT.nowhere());
            assertThat(nights.run(10).err()).contains("archiver.storage.endpoint");
            site.set("ARCHIVER_STORAGE_ENDPOINT", site.store().endpoint().toString());

            nights.add(data.done("night-09", 2));
            nights.run(0);
            assertThat(site.lastRun().archivedTasks())
                    .containsExactly("night-08-00", "night-08-01", "night-09-00", "night-09-01");

            FileSystemUtils.deleteRecursively(site.home());
            // Where the database is another machine's, it may be lost as well.
            site.on(database);
            List<String> requests = site.source().requests();
            Ended rebuilt = site.run("ledger", "rebuild");
            assertThat(rebuilt.exitCode()).as(rebuilt.err()).isZero();
            assertThat(rebuilt.out()).contains("from 8 runs, 8 of them new");
            assertThat(site.source().requests()).as("requests of a rebuild").isEqualTo(requests);

            nights.add(data.done("night-10", 2));
            nights.run(0);

            nights.add(data.done("night-11", 2));
            nights.kill(site.store().holdAnswers(key -> key.endsWith("/manifest.jsonl")), 1);
            nights.run(0);

            data.done("ready-on-12");
            nights.add(data.done("night-12", 2));
            nights.run(0);

            requests = site.source().requests();
            nights.run(0);
            assertThat(site.source().requests())
                    .as("requests of a night that brought nothing new")
                    .isEqualTo(requests);

            nights.add(data.done("night-14", 2));
            nights.run(0);

            data.done("unknown-until-15");
            Ended backfill = site.run("archive", "--job", "backfill", "--retry-failed", nights.list());
            assertThat(backfill.exitCode()).as(backfill.err()).isZero();

            Ended audit = site.run("audit", "--all", "--mode", "read");
            assertThat(audit.exitCode()).as(audit.out() + audit.err()).isZero();
            site.fetchRunFolders();
            site.assertNothingIsAmiss();
            List<PublishedRun> runs = site.runs();
            assertThat(runs).as("the chain of runs").hasSize(14);
            assertThat(runs.stream().flatMap(run -> run.archivedTasks().stream()))
                    .as("tasks that runs have archived")
                    .containsExactlyInAnyOrderElementsOf(nights.tasks);
            assertThat(site.store().puts().stream().filter(key -> key.startsWith("media/")))
                    .as("objects stored")
                    .containsExactlyInAnyOrderElementsOf(nights.tasks.stream()
                            .flatMap(task -> Stream.of("preview.webp", "result.json", "video.mp4")
                                    .map(name -> "media/" + task + "/" + name))
                            .toList());
        }
    }

    /** The runs of one job, whose list grows. */
    private static final class Nights {
        private final Site site;
        private final List<String> tasks = new ArrayList<>();
        private Set<String> archived = Set.of();

        Nights(Site site) {
            this.site = site;
        }

        void add(List<String> more) {
            tasks.addAll(more);
        }

        String list() throws IOException {
            return site.input("tasks.csv", tasks);
        }

        /** Runs the job to its end: what nights before have archived is asked about no more. */
        Ended run(int exitCode) throws IOException, InterruptedException {
            int before = site.source().requests().size();
            Ended ended = site.run("archive", "--job", "nightly", list());

            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(exitCode);
            Site.assertSaysNoTrace(ended);
            Set<String> asked = site.source().requests().stream()
                    .skip(before)
                    .map(Remains::taskOf)
                    .collect(Collectors.toCollection(HashSet::new));
            assertThat(asked).as("tasks that were asked about").noneMatch(archived::contains);
            archived = site.store().puts().stream()
                    .filter(key -> key.endsWith("/result.json"))
                    .map(key -> key.split("/", -1)[1])
                    .collect(Collectors.toSet());
            return ended;
        }

        /** Starts the job, and kills it once so many requests are held. */
        void kill(Hold hold, int requests) throws IOException, InterruptedException {
            try (ArchiverProcess process = site.start("archive", "--job", "nightly", list())) {
                hold.await(requests);
                process.signal("KILL");
                assertThat(process.await().exitCode()).isEqualTo(137);
            }
            hold.release();
        }
    }
}
