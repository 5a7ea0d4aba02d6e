package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;

/** A run that is to end by a time of day. */
@Execution(ExecutionMode.CONCURRENT)
class FinishByIT {
    @Test
    void noTaskIsBegunThatWouldLastLongerThanThereIsTime(@TempDir Path directory) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 4);
        try (Site site = Site.with(data, directory)) {
            site.set("ARCHIVER_CONCURRENCY", "1");
            String input = site.input("tasks.csv", tasks);

            Ended ended = archiveUntilNoon(site, input);

            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(site.questions()).containsOnly("GET /avatar/task/clip-00");
            assertThat(site.lastRun().archivedTasks()).containsExactly("clip-00");
            assertThat(site.lastRun().ends())
                    .filteredOn(end -> !end.startsWith("clip-00/"))
                    .hasSize(9)
                    .allMatch(end -> end.endsWith(" pending RUN_STOPPED"));
            assertThat(ended.out()).contains("pending  RUN_STOPPED");

            Ended next = site.run("archive");

            assertThat(next.exitCode()).as(next.err()).isZero();
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks.subList(1, 4));
            assertThat(site.lastRun().rows())
                    .as("what had no turn was not tried")
                    .allMatch(row -> row.attempts() == 1);
            site.assertNothingIsAmiss();
        }
    }

    /**
     * Archives with the first task lasting longer than there is time for another.
     *
     * <p>Noon is soon in the time zone that is made for it; where the program was so slow to start that it was over before the first
     * task had begun, noon is made later.
     */
    private static Ended archiveUntilNoon(Site site, String input) throws Exception {
        for (Duration lead = Duration.ofSeconds(6); ; lead = lead.multipliedBy(2)) {
            Instant noon = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(lead);
            site.set("TZ", zoneWithNoonAt(noon));
            Hold hold = site.source().hold("GET /media/clip-00.mp4"::equals);
            try (ArchiverProcess process = site.start("archive", "--finish-by", "12:00", input)) {
                hold.await(1);
                Duration left = Duration.between(Instant.now(), noon);
                if (left.isPositive()) {
                    // From now on the task lasts half of what is left, and has lasted before.
                    Executor then = CompletableFuture.delayedExecutor(left.toMillis() / 2 + 1, TimeUnit.MILLISECONDS);
                    CompletableFuture.runAsync(hold::release, then).join();
                    return process.await();
                }
            }
            hold.release();
        }
    }

    private static String zoneWithNoonAt(Instant instant) {
        int offset = LocalTime.NOON.toSecondOfDay()
                - instant.atOffset(ZoneOffset.UTC).toLocalTime().toSecondOfDay();
        LocalTime size = LocalTime.ofSecondOfDay(Math.abs(offset));
        return "GMT%s%02d:%02d:%02d"
                .formatted(offset < 0 ? "-" : "+", size.getHour(), size.getMinute(), size.getSecond());
    }
}
