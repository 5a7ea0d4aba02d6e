package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever reads a log line at night finds it in the documentation as it stands. */
class LogDocumentationTest {
    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Pattern CALL =
            Pattern.compile("log\\s*\\.(info|warn|error)\\(\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*\\+?\\s*)+)");
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern ROW = Pattern.compile("\\| (INFO|WARN|ERROR) \\| `(.*?)` \\|.*");

    @Test
    void everyLogLineIsExplained() throws IOException {
        List<String> explained = Files.readAllLines(Path.of("src", "docs", "logs.md")).stream()
                .map(ROW::matcher)
                .filter(row -> row.matches())
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();

        assertThat(explained).containsExactlyInAnyOrderElementsOf(said());
    }

    private static List<String> said() throws IOException {
        try (Stream<Path> sources = Files.walk(SOURCES)) {
            return sources.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(file -> CALL.matcher(read(file)).results())
                    .map(call -> call.group(1).toUpperCase(Locale.ROOT) + " " + text(call.group(2)))
                    .distinct()
                    .toList();
        }
    }

    private static String text(String literals) {
        StringBuilder text = new StringBuilder();
        LITERAL.matcher(literals).results().forEach(part -> text.append(part.group(1)));
        return text.toString().replace("{}", "\u2026");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
