package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.e2e.KillPoint.Progress;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;

/** A run that is killed anywhere is finished by the same command: nothing is lost, done twice or overwritten. */
@Execution(ExecutionMode.CONCURRENT)
class KillPointsIT {
    private static final long LIMIT_SECONDS = 120;

    static Stream<Arguments> everywhere() {
        return Stream.of(LedgerDatabase.Kind.values())
                .flatMap(database -> Stream.of(KillPoint.values()).map(point -> Arguments.of(point, database)));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void theSameCommandFinishesTheRun(KillPoint point, LedgerDatabase.Kind database, @TempDir Path directory)
            throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = tasks(data, point);
        try (Site site = Site.with(data, directory).on(database)) {
            // One task at a time: what comes before the point, and what after it, is then certain.
            site.set("ARCHIVER_CONCURRENCY", "1");
            site.set("ARCHIVER_STORAGE_MULTIPARTTHRESHOLD", "5MB");
            Path input = Path.of(site.file("tasks.csv", list(tasks, point)));
            kill(site, point, input);
            Remains left = Remains.of(site);

            assertThat(left.doneTasks()).as("tasks that are committed").hasSize(done(point, tasks));
            assertThat(left.objects().keySet().stream().anyMatch(key -> key.endsWith("/run.json.sha256")))
                    .as("the mark is in the bucket")
                    .isEqualTo(point.progress().compareTo(Progress.MARK) >= 0);
            new Invariants(site, left.objects()).assertHoldAtAnyTime();
            boolean isRunToBeFinished = !left.rows().isEmpty() && point.progress() != Progress.RUN_CLOSED;
            if (isRunToBeFinished) {
                // The run has its own copy.
                Files.delete(input);
            }

            Ended resumed = site.run("archive", input.toString());

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(point.badLines() > 0 ? 3 : 0);
            site.assertNothingIsAmiss();
            PublishedRun run = site.runs().getFirst();
            assertThat(site.runs()).hasSize(point.progress() == Progress.RUN_CLOSED ? 2 : 1);
            assertThat(run.archivedTasks()).containsExactlyInAnyOrderElementsOf(tasks);
            assertThat(run.rows()).allMatch(row -> row.attempts() == 1);
            if (isRunToBeFinished) {
                assertThat(left.rows()).containsOnlyKeys(run.id());
            }
            left.assertNothingHasGoneBackwards(site);
            assertThat(site.questions().stream().collect(Collectors.groupingBy(question -> question)))
                    .as("questions by task")
                    .allSatisfy((question, times) -> assertThat(times).hasSizeLessThanOrEqualTo(2));
        }
    }

    /** Eight tasks make a chunk; two more come before the one to be killed, and two after it. */
    private static List<String> tasks(SourceData data, KillPoint point) throws IOException {
        List<String> tasks = new ArrayList<>(data.done("clip", 9));
        data.doneWithVideo("large", point.videoBytes());
        tasks.add("large");
        tasks.addAll(data.done("late", 2));
        return tasks;
    }

    private static String list(List<String> tasks, KillPoint point) {
        StringBuilder list = new StringBuilder("task_id\n");
        tasks.forEach(task -> list.append(task).append('\n'));
        for (int line = 0; line < point.badLines(); line++) {
            list.append("no task id in line ")
                    .append(line)
                    .append("; and more of it".repeat(5))
                    .append('\n');
        }
        return list.toString();
    }

    private static int done(KillPoint point, List<String> tasks) {
        return switch (point.progress()) {
            case NOTHING -> 0;
            case FIRST_CHUNK -> 8;
            case ALL_TASKS, MARK, RUN_CLOSED -> tasks.size();
        };
    }

    private static void kill(Site site, KillPoint point, Path input) throws IOException, InterruptedException {
        Hold lastBefore =
                site.source().hold(request -> point.isWithinATask() && request.equals("GET /media/clip-08.mp4"));
        switch (point.kill()) {
            case KillPoint.Halt halt -> {
                try (ArchiverProcess process = site.startToHaltAt(halt.place(), "archive", input.toString())) {
                    if (point.isWithinATask()) {
                        awaitFirstChunk(site, lastBefore);
                    }
                    Ended ended = process.await();
                    assertThat(ended.isHalted())
                            .as("%s ended by itself: %s", point, ended)
                            .isTrue();
                    assertThat(ended.exitCode()).isEqualTo(137);
                }
            }
            case KillPoint.AnswerLost lost -> {
                Hold answer = site.store().holdAnswers(lost.key()::equals);
                try (ArchiverProcess process = site.start("archive", input.toString())) {
                    awaitFirstChunk(site, lastBefore);
                    answer.await(1);
                    process.signal("KILL");
                    assertThat(process.await().exitCode()).isEqualTo(137);
                }
                answer.release();
            }
        }
    }

    private static void awaitFirstChunk(Site site, Hold lastBefore) throws IOException, InterruptedException {
        lastBefore.await(1);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (site.committedRows().values().stream().allMatch(List::isEmpty)) {
            assertThat(System.nanoTime()).as("the first chunk is committed").isLessThan(deadline);
        }
        lastBefore.release();
    }
}
