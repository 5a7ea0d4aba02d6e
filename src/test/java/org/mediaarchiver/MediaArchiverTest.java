package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MediaArchiverTest {
    private final PrintStream systemOut = System.out;
    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(systemOut);
        System.setErr(systemErr);
    }

    @Test
    void helpTellsTheCommandsAndEveryExitCode() {
        assertThat(run("--help")).isZero();

        assertThat(out()).contains("archive", "runs").containsPattern("(?m)^Exit codes:$");
        List<Integer> told = Pattern.compile("(?m)^ +(\\d+) +\\S")
                .matcher(out().substring(out().indexOf("Exit codes:")))
                .results()
                .map((MatchResult line) -> Integer.valueOf(line.group(1)))
                .toList();
        assertThat(told)
                .containsExactlyElementsOf(
                        Stream.of(ExitCode.values()).map(ExitCode::code).toList());
        String oneLine = out().replaceAll("\\s+", " ");
        assertThat(ExitCode.values())
                .allSatisfy(code -> assertThat(oneLine).contains(code.code() + " " + code.meaning()));
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void helpOfACommandTellsItsOptions() {
        assertThat(run("archive", "--help")).isZero();

        assertThat(out())
                .contains(
                        "--job",
                        "--column",
                        "--limit",
                        "--dry-run",
                        "--new",
                        "--retry-failed",
                        "--full-manifest",
                        "--strict",
                        "--progress");
    }

    @Test
    void theVersionIsTold() {
        assertThat(run("--version")).isZero();

        assertThat(out()).startsWith("media-archiver ").contains("Java 25");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "archiv",
                "archive --limit 0",
                "archive --limit many",
                "archive --job a/b",
                "archive --job -x",
                "archive --progress loud",
                "archive --no-such-option",
                "archive one.csv two.csv",
                "runs all",
                "audit --slice 0/3",
                "audit --slice 4/3",
                "audit --slice third",
                "audit --sample 0",
                "audit --sample many",
                "audit --seed 7",
                "audit --mode manifest --slice 1/2",
                "audit --mode manifest --sample 299"
            })
    void aUsageErrorEndsWith2AndTouchesNothing(String line) {
        String home = folder.resolve("home").toString();

        int code = MediaArchiver.run(Stream.concat(
                        Stream.of("--archiver.home=" + home),
                        Stream.of(line.split(" ")).filter(word -> !word.isEmpty()))
                .toList());

        assertThat(code).isEqualTo(2);
        assertThat(err()).containsPattern("Usage:|Did you mean").doesNotContain("\tat ");
        assertThat(out()).isEmpty();
        assertThat(Path.of(home)).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--archiver.task-service.token=sk-planted",
                "--archiver.taskService.token=sk-planted",
                "--archiver.task_service.token=sk-planted",
                "--ARCHIVER.TASKSERVICE.TOKEN=sk-planted",
                "--spring.datasource.password=sk-planted",
                "--spring.datasource.hikari.password=sk-planted",
                "--spring.datasource.url=jdbc:postgresql://host/archive?user=a&password=sk-planted"
            })
    void aSecretMayNotBeAnArgument(String argument) {
        assertThat(run("runs", "--archiver.home=" + folder.resolve("home"), argument))
                .isEqualTo(2);

        assertThat(err()).doesNotContain("sk-planted");
        assertThat(folder.resolve("home")).doesNotExist();
    }

    @Test
    void aFaultyConfigurationEndsWith2AndStartsNothing() {
        assertThat(run("archive", "--archiver.home=" + folder.resolve("home"), "--archiver.concurrency=0"))
                .isEqualTo(2);

        assertThat(err())
                .contains("archiver.task-service.token is not set", "archiver.storage.bucket is not set")
                .contains("archiver.concurrency is '0'")
                .doesNotContain("\tat ");
        assertThat(folder.resolve("home")).doesNotExist();
    }

    @Test
    void aHomeThatCannotBeUsedEndsWith10() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThat(run("runs", "--archiver.home=" + file)).isEqualTo(10);

        assertThat(err()).contains("The home " + file + " cannot be used").doesNotContain("\tat ");
    }

    @Test
    void anEmptyHomeHasNoRuns() {
        Path home = folder.resolve("home");

        assertThat(run("runs", "--archiver.home=" + home)).isZero();

        assertThat(out()).isEqualTo("No runs yet in " + home + "." + System.lineSeparator());
    }

    private static int run(String... arguments) {
        return MediaArchiver.run(List.of(arguments));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
