package org.mediaarchiver.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.jobs.Script.Ended;

/** The launcher and the scripts that call it, with a java program that only tells what it was called with. */
class LauncherTest {
    @TempDir
    private Path directory;

    private Path jobs;

    @BeforeEach
    void install() throws IOException {
        jobs = Files.createDirectory(directory.resolve("jobs"));
        for (String name : List.of("media-archiver", "nightly.sh", "backfill.sh", "audit.sh")) {
            Files.copy(Script.JOBS.resolve(name), jobs.resolve(name), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.createFile(jobs.resolve("media-archiver.jar"));
    }

    /** Makes a java program of a version that prints its arguments and two variables, and ends with 7. */
    private Path java(String home, String version) throws IOException {
        return Script.write(directory.resolve(home).resolve("bin").resolve("java"), """
                if [ "$1" = -version ]; then echo 'openjdk version "%s" 2026-01-01' >&2; exit 0; fi
                echo "HOME=${ARCHIVER_HOME:-}"
                echo "CONFIG=${SPRING_CONFIG_ADDITIONAL_LOCATION:-}"
                for word in "$@"; do echo "<$word>"; done
                exit 7
                """.formatted(version));
    }

    private Ended run(Map<String, String> environment, String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(jobs.resolve(script).toString()));
        command.addAll(List.of(arguments));
        return Script.run(environment, command);
    }

    @Test
    void theProgramIsStartedWithItsWordsAndEndsWithItsCode() throws Exception {
        java("jdk", "25.0.1");

        Ended ended = run(
                Map.of("JAVA_HOME", directory.resolve("jdk").toString()),
                "media-archiver",
                "archive",
                "a list.csv",
                "--limit",
                "3");

        assertThat(ended.exitCode()).isEqualTo(7);
        assertThat(ended.output().lines())
                .endsWith(
                        "<-jar>",
                        "<" + jobs.resolve("media-archiver.jar") + ">",
                        "<archive>",
                        "<a list.csv>",
                        "<--limit>",
                        "<3>");
    }

    @Test
    void optionsForTheJvmAreWordsOfTheirOwn() throws Exception {
        java("jdk", "26-ea");

        Ended ended = run(
                Map.of("JAVA_HOME", directory.resolve("jdk").toString(), "JAVA_OPTS", "-Xmx1g -Dx=y"),
                "media-archiver",
                "--help");

        assertThat(ended.output().lines()).contains("<-Xmx1g>", "<-Dx=y>").doesNotContain("<-Xmx512m>");
    }

    @Test
    void aJavaThatIsNamedIsTakenAndNoOther() throws Exception {
        Path old = java("old", "17.0.9");
        java("jdk", "25");

        Ended ended = run(
                Map.of(
                        "MEDIA_ARCHIVER_JAVA", old.toString(),
                        "JAVA_HOME", directory.resolve("jdk").toString()),
                "media-archiver",
                "--help");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.output()).contains("MEDIA_ARCHIVER_JAVA is " + old, "version 25 or newer");
    }

    @Test
    void anOldJavaIsPassedOverForANewerOneOnThePath() throws Exception {
        java("old", "21.0.4");
        Path found = java("found", "25.0.1");

        Ended ended = run(
                Map.of("JAVA_HOME", directory.resolve("old").toString(), "PATH", found.getParent() + ":/usr/bin:/bin"),
                "media-archiver",
                "runs");

        assertThat(ended.exitCode()).isEqualTo(7);
        assertThat(ended.output().lines()).endsWith("<runs>");
    }

    @Test
    void aJarThatIsMissingIsToldWithTheCure() throws Exception {
        Files.delete(jobs.resolve("media-archiver.jar"));

        Ended ended = run(Map.of(), "media-archiver", "runs");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.output()).contains("media-archiver.jar is not beside", "MEDIA_ARCHIVER_JAR", "mvn ");
    }

    @Test
    void aJarThatIsNamedAndNotThereIsTold() throws Exception {
        Ended ended = run(Map.of("MEDIA_ARCHIVER_JAR", "/nowhere/x.jar"), "media-archiver", "runs");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.output()).contains("MEDIA_ARCHIVER_JAR is /nowhere/x.jar, which is not there");
    }

    @Test
    void aLinkToTheLauncherFindsTheJarBesideTheLauncher() throws Exception {
        java("jdk", "25");
        Path link = Files.createSymbolicLink(directory.resolve("link"), jobs.resolve("media-archiver"));

        Ended ended =
                Script.run(Map.of("JAVA_HOME", directory.resolve("jdk").toString()), List.of(link.toString(), "runs"));

        assertThat(ended.output().lines()).contains("<" + jobs.resolve("media-archiver.jar") + ">");
    }

    /** Makes a java program that also unpacks a jar and makes a cache, and notes what it was asked to make. */
    private Path javaThatMakesCaches() throws IOException {
        return Script.write(directory.resolve("caching/bin/java"), """
                case "$1" in
                -version) echo 'openjdk version "25.0.1" 2026-01-01' >&2; exit 0 ;;
                -Djarmode=tools) mkdir -p "$6" && cp "$3" "$6"; echo unpacked >>"%1$s"; exit 0 ;;
                -XX:AOTCacheOutput=*) echo "cache of $PWD with ${SECRET:-no secret}" >>"%1$s"; %2$s; exit 10 ;;
                esac
                for word in "$@"; do echo "<$word>"; done
                """.formatted(
                        directory.resolve("made.txt"), "touch \"${1#*=}\""));
    }

    private Ended runWithCache(String... arguments) throws Exception {
        return run(
                Map.of(
                        "MEDIA_ARCHIVER_JAVA", javaThatMakesCaches().toString(),
                        "MEDIA_ARCHIVER_CACHE", directory.resolve("a cache").toString(),
                        "SECRET", "planted"),
                "media-archiver",
                arguments);
    }

    @Test
    void theSecondStartOfAJarMakesTheCacheThatEveryStartThenUses() throws Exception {
        assertThat(runWithCache("archive").output().lines()).contains("<" + jobs.resolve("media-archiver.jar") + ">");
        assertThat(directory.resolve("made.txt")).doesNotExist();

        Ended second = runWithCache("archive");
        Ended third = runWithCache("--help");

        assertThat(Files.readString(directory.resolve("made.txt")).lines())
                .hasSize(2)
                .last()
                .asString()
                .endsWith("with no secret");
        for (Ended ended : List.of(second, third)) {
            assertThat(ended.output().lines())
                    .anyMatch(word -> word.startsWith("<-XX:AOTCache=" + directory.resolve("a cache"))
                            && word.endsWith("/program.aot>"))
                    .anyMatch(word -> word.endsWith("/program/media-archiver.jar>"))
                    .noneMatch(word -> word.contains("preparing"));
        }
    }

    /** A build that can be repeated gives every jar the same time, and a small change may leave the size as it is. */
    @Test
    void anotherJarHasAnotherCache() throws Exception {
        Path jar = jobs.resolve("media-archiver.jar");
        Files.writeString(jar, "one of May");
        FileTime time = Files.getLastModifiedTime(jar);
        runWithCache("archive");
        runWithCache("archive");
        Files.writeString(jar, "one of Nov");
        Files.setLastModifiedTime(jar, time);

        assertThat(runWithCache("archive").output().lines()).contains("<" + jobs.resolve("media-archiver.jar") + ">");
    }

    @Test
    void whatOtherJarsLeftAMonthAgoIsDeletedAndNothingElse() throws Exception {
        FileTime old = FileTime.from(Instant.now().minus(Duration.ofDays(40)));
        Path left = Files.createDirectories(directory.resolve("a cache").resolve("media-archiver-1-2"));
        Path foreign = Files.createDirectories(directory.resolve("a cache").resolve("somebody's"));
        Files.setLastModifiedTime(left, old);
        Files.setLastModifiedTime(foreign, old);

        runWithCache("archive");
        runWithCache("archive");

        assertThat(left).doesNotExist();
        assertThat(foreign).exists();
    }

    @Test
    void aQuestionForHelpMakesNoCache() throws Exception {
        runWithCache("--help");
        runWithCache("--help");

        assertThat(directory.resolve("made.txt")).doesNotExist();
    }

    @Test
    void aCacheThatCannotBeMadeIsDoneWithout() throws Exception {
        Files.writeString(directory.resolve("a cache"), "no folder");

        for (int start = 0; start < 3; start++) {
            Ended ended = runWithCache("archive", "x");
            assertThat(ended.exitCode()).isZero();
            assertThat(ended.output().lines())
                    .endsWith("<-jar>", "<" + jobs.resolve("media-archiver.jar") + ">", "<archive>", "<x>")
                    .allMatch(line -> line.startsWith("<"));
        }
    }

    @Test
    void aCacheThatAnotherStartIsMakingIsDoneWithout() throws Exception {
        runWithCache("archive");
        Path kept;
        try (Stream<Path> entries = Files.list(directory.resolve("a cache"))) {
            kept = entries.findFirst().orElseThrow();
        }
        Files.createDirectory(kept.resolve("making"));

        assertThat(runWithCache("archive").output().lines()).contains("<" + jobs.resolve("media-archiver.jar") + ">");
        assertThat(directory.resolve("made.txt")).doesNotExist();

        Files.setLastModifiedTime(
                kept.resolve("making"), FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        assertThat(runWithCache("archive").output().lines())
                .as("one that was killed long ago is made anew")
                .contains("<" + kept.resolve("program/media-archiver.jar") + ">");
        assertThat(kept.resolve("making")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "nightly.sh, <archive> <--job> <nightly> <tasks.csv> <--strict>",
        "backfill.sh, <archive> <--job> <backfill> <tasks.csv> <--strict>",
        "audit.sh, <audit> <tasks.csv> <--strict>",
    })
    void aScriptNamesItsCommandAndPassesOnWhatItIsGiven(String script, String words) throws Exception {
        java("jdk", "25");

        Ended ended = run(Map.of("JAVA_HOME", directory.resolve("jdk").toString()), script, "tasks.csv", "--strict");

        assertThat(ended.exitCode()).isEqualTo(7);
        assertThat(ended.output().lines())
                .endsWith(words.split(" "))
                .contains(
                        "HOME=/var/lib/media-archiver",
                        "CONFIG=optional:file:/etc/media-archiver/application.properties");
    }

    @ParameterizedTest
    @CsvSource({"nightly.sh", "backfill.sh", "audit.sh"})
    void aHomeAndAConfigurationThatAreNamedAreUsed(String script) throws Exception {
        java("jdk", "25");

        Ended ended = run(
                Map.of(
                        "JAVA_HOME", directory.resolve("jdk").toString(),
                        "ARCHIVER_HOME", "/srv/home",
                        "SPRING_CONFIG_ADDITIONAL_LOCATION", "file:/srv/my.properties"),
                script);

        assertThat(ended.output().lines()).contains("HOME=/srv/home", "CONFIG=file:/srv/my.properties");
    }

    @Test
    void anAuditWithoutOptionsLooksAtEveryObjectOfEveryRun() throws Exception {
        java("jdk", "25");

        Ended ended = run(Map.of("JAVA_HOME", directory.resolve("jdk").toString()), "audit.sh");

        assertThat(ended.output().lines()).endsWith("<audit>", "<--all>", "<--mode>", "<head>");
    }
}
