package org.mediaarchiver.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.jobs.Script.Ended;
import org.springframework.scheduling.support.CronExpression;

/** Every line of the crontab, those that are commented out among them, as cron hands it to the shell. */
class CrontabTest {
    private static final Pattern LINE = Pattern.compile("#?((?:[0-9*/,-]+ +){5})(/opt/media-archiver/.*)");

    @TempDir
    private Path directory;

    private static Stream<Matcher> lines() throws IOException {
        return Files.readAllLines(Script.JOBS.resolve("crontab")).stream()
                .map(LINE::matcher)
                .filter(Matcher::matches);
    }

    static Stream<Arguments> commandsAndExitCodes() throws IOException {
        List<Integer> codes = List.of(0, 1, 2, 3, 4, 5, 10, 11, 130, 143);
        return lines().map(line -> line.group(2))
                .flatMap(command -> codes.stream().map(code -> Arguments.of(command, code)));
    }

    @Test
    void everyLineHasATimeThatComes() throws IOException {
        assertThat(lines().map(line -> line.group(1).strip()))
                .hasSizeGreaterThanOrEqualTo(4)
                // Spring's expressions begin with the second.
                .allMatch(time -> CronExpression.isValidExpression("0 " + time));
    }

    @ParameterizedTest
    @MethodSource("commandsAndExitCodes")
    void somethingIsPrintedOnlyWhereSomebodyShouldLook(String command, int code) throws Exception {
        for (String script : List.of("nightly.sh", "audit.sh")) {
            Script.write(directory.resolve("jobs").resolve(script), "echo told by $0\nexit " + code + "\n");
        }
        String here = command.replace(
                        "/opt/media-archiver/jobs", directory.resolve("jobs").toString())
                // In a crontab a percent sign would be a new line.
                .replace("%", "\n");

        Ended ended = Script.run(Map.of("LOG", directory.toString()), List.of("/bin/sh", "-c", here));

        if (code == 0 || code == 11) {
            assertThat(ended.output()).isEmpty();
        } else {
            assertThat(ended.output()).contains("told by");
        }
    }
}
