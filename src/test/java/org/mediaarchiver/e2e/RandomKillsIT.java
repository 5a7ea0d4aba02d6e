package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;

/** Kills at no point in particular: 25 on each database. */
@Execution(ExecutionMode.CONCURRENT)
class RandomKillsIT {
    private static final int KILLS = 5;

    /** A list of so many tasks makes four times as many requests as come before the latest kill. */
    private static final int TASKS = 20;

    private static final int MOST_REQUESTS = 40;

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({
        "HSQLDB, 1",
        "POSTGRESQL, 1",
        "HSQLDB, 2",
        "POSTGRESQL, 2",
        "HSQLDB, 3",
        "POSTGRESQL, 3",
        "HSQLDB, 4",
        "POSTGRESQL, 4",
        "HSQLDB, 5",
        "POSTGRESQL, 5"
    })
    void theSameCommandGoesOnAfterEachOfFive(LedgerDatabase.Kind database, long seed, @TempDir Path directory)
            throws Exception {
        Random random = new Random(seed);
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = new ArrayList<>(data.done("first", 1));
        List<Remains> left = new ArrayList<>();
        try (Site site = Site.with(data, directory).on(database)) {
            site.set("ARCHIVER_CONCURRENCY", "4");
            archive(site, tasks);
            boolean isFinished = true;
            while (left.size() < KILLS) {
                if (isFinished) {
                    tasks.addAll(data.done("more-than-" + tasks.size(), TASKS));
                }
                isFinished = !isKilled(site, tasks, random);
                if (!isFinished) {
                    left.add(Remains.of(site));
                    new Invariants(site, left.getLast().objects()).assertHoldAtAnyTime();
                }
            }
            archive(site, tasks);

            assertThat(site.runs().stream().flatMap(run -> run.archivedTasks().stream()))
                    .containsExactlyInAnyOrderElementsOf(tasks);
            assertThat(site.runs().stream().flatMap(run -> run.rows().stream())).allMatch(row -> row.attempts() == 1);
            for (Remains remains : left) {
                remains.assertNothingHasGoneBackwards(site);
            }
            site.assertNothingIsAmiss();
        }
    }

    private static void archive(Site site, List<String> tasks) throws Exception {
        Ended ended = site.run("archive", site.input("tasks.csv", tasks));
        assertThat(ended.exitCode()).as(ended.err()).isZero();
    }

    /** Kills the program somewhere: one time in five by the time since its start, else by the requests it has made. */
    private static boolean isKilled(Site site, List<String> tasks, Random random) throws Exception {
        boolean isByTime = random.nextInt(5) == 0;
        int requests = requests(site) + (isByTime ? 0 : random.nextInt(1, MOST_REQUESTS));
        Duration time = Duration.ofNanos(
                random.nextLong(Duration.ofMillis(isByTime ? 1500 : 10).toNanos()));
        try (ArchiverProcess process = site.start("archive", site.input("tasks.csv", tasks))) {
            if (process.awaitUntil(() -> requests(site) >= requests) && process.killAfter(time)) {
                return true;
            }
            Ended ended = process.await();
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            return false;
        }
    }

    /** Counts those that the sources had, and those that stored something. */
    private static int requests(Site site) {
        return site.source().requests().size() + site.store().puts().size();
    }
}
