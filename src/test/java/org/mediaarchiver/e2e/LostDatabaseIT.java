package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.springframework.util.FileSystemUtils;

/**
 * A kill, and then a home that is not as the process left it.
 *
 * <p>HSQLDB forces its log to the disk with each commit. What a power cut takes is what was written after the last one, and that
 * may come back as a part of it, or as zeros; the tables themselves are made anew from the log and from what was forced before.
 */
@Execution(ExecutionMode.CONCURRENT)
class LostDatabaseIT {
    @TempDir
    private Path directory;

    private SourceData data;
    private List<String> tasks;

    @BeforeEach
    void makeTasks() throws IOException {
        data = new SourceData(directory.resolve("source"));
        tasks = data.done("clip", 12);
    }

    private Site site() {
        Site site = Site.with(data, directory);
        site.set("ARCHIVER_CONCURRENCY", "1");
        return site;
    }

    private static void halt(Site site, KillPoint point, String input) throws IOException, InterruptedException {
        try (ArchiverProcess process = site.startToHaltAt(point.place(), "archive", input)) {
            Ended ended = process.await();
            assertThat(ended.isHalted()).as(ended.err()).isTrue();
        }
    }

    @Test
    void withoutItsDatabaseARunAdoptsWhatIsInTheBucket() throws Exception {
        try (Site site = site()) {
            String input = site.input("tasks.csv", tasks);
            halt(site, KillPoint.K16_AFTER_THE_CHUNKS_COMMIT, input);
            List<String> stored = List.copyOf(site.store().puts());
            FileSystemUtils.deleteRecursively(site.home().resolve("db"));

            Ended ended = site.run("archive", input);

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            assertThat(site.lastRun().stored().stream()
                            .filter(row -> row.reason() == Reason.ADOPTED)
                            .map(row -> String.valueOf(row.key())))
                    .as("objects of which only the bucket knew")
                    .containsExactlyInAnyOrderElementsOf(stored.stream()
                            .filter(key -> key.startsWith("media/"))
                            .toList());
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void withoutItsHomeARunBeginsAnewBesideTheFilesOfTheOneThatDoesNotExist() throws Exception {
        try (Site site = site()) {
            String input = site.input("tasks.csv", tasks);
            halt(site, KillPoint.K23_RUN_JSON_WITHOUT_ITS_MARK, input);
            Map<String, byte[]> before = site.objects();
            FileSystemUtils.deleteRecursively(site.home());

            Ended ended = site.run("archive", input);
            Ended audit = site.run("audit", "--all", "--mode", "read");

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            assertThat(site.lastRun().json().get("previous").isNull()).isTrue();
            assertThat(audit.exitCode()).as(audit.out()).isEqualTo(0);
            Map<String, byte[]> after = site.objects();
            before.forEach((key, bytes) -> assertThat(after.get(key)).as(key).isEqualTo(bytes));
            assertThat(after.keySet().stream().filter(key -> key.startsWith("media/")))
                    .isEqualTo(before.keySet().stream()
                            .filter(key -> key.startsWith("media/"))
                            .toList());
            Invariants.of(site).assertHoldAtAnyTime();
        }
    }

    /** What a power cut may leave of HSQLDB's log. */
    enum Tail {
        /** A part of what was written after the last commit. */
        TORN {
            @Override
            byte[] of(byte[] log) {
                byte[] statement = lastInsert(log);
                return concat(log, Arrays.copyOf(statement, statement.length / 2));
            }
        },
        /** Its length alone. */
        ZEROS {
            @Override
            byte[] of(byte[] log) {
                return Arrays.copyOf(log, log.length + 4096);
            }
        },
        /** Less than was forced: a disk that says so too early. */
        LOST_COMMIT {
            @Override
            byte[] of(byte[] log) {
                byte[] statement = lastInsert(log);
                return Arrays.copyOf(log, text(log).lastIndexOf(text(statement)) + statement.length / 2);
            }
        };

        abstract byte[] of(byte[] log);

        private static byte[] lastInsert(byte[] log) {
            return text(log)
                    .lines()
                    .filter(line -> line.contains("INSERT INTO MANIFEST_ROW"))
                    .toList()
                    .getLast()
                    .getBytes(ISO_8859_1);
        }

        private static String text(byte[] log) {
            return new String(log, ISO_8859_1);
        }

        private static byte[] concat(byte[] log, byte[] tail) {
            byte[] all = Arrays.copyOf(log, log.length + tail.length);
            System.arraycopy(tail, 0, all, log.length, tail.length);
            return all;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPowerCutCostsWhatWasNotCommitted(Tail tail) throws Exception {
        try (Site site = site()) {
            String input = site.input("tasks.csv", tasks);
            halt(site, KillPoint.K16_AFTER_THE_CHUNKS_COMMIT, input);
            Remains left = Remains.of(site);
            assertThat(left.doneTasks()).hasSize(8);
            Path log = site.home().resolve("db").resolve("archiver.log");
            Files.write(log, tail.of(Files.readAllBytes(log)));

            Ended ended = site.run("archive", input);

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
            assertThat(ended.err().lines()).allMatch(line -> line.contains(" INFO "));
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().id())
                    .isEqualTo(String.join(" ", left.rows().keySet()));
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
            if (tail != Tail.LOST_COMMIT) {
                left.assertNothingHasGoneBackwards(site);
            }
        }
    }
}
