package org.mediaarchiver.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteLinesTest {
    private static final int LONGEST = 100_000;

    @Test
    void linesHaveNoEndAndEachByteIsACharacter() throws IOException {
        assertThat(lines("a\n\n\u00e9\r\nb\n")).containsExactly("a", "", "\u00e9\r", "b");
    }

    @Test
    void anEmptyFileHasNoLine() throws IOException {
        assertThat(lines("")).isEmpty();
    }

    @Test
    void linesOfEveryLengthAreReadWhole() throws IOException {
        List<String> written = new ArrayList<>();
        for (int length = 0; length < 1_000; length++) {
            written.add("x".repeat(length));
        }
        written.add("y".repeat(LONGEST));

        assertThat(lines(String.join("\n", written) + "\n")).isEqualTo(written);
    }

    @Test
    void aLastLineWithoutItsEndIsCut() throws IOException {
        try (ByteLines lines = new ByteLines(stream("a\nb"), LONGEST)) {
            assertThat(lines.next()).isEqualTo("a");
            assertThat(lines.isCut()).isFalse();
            assertThat(lines.next()).isEqualTo("b");
            assertThat(lines.isCut()).isTrue();
            assertThat(lines.next()).isNull();
        }
    }

    @Test
    void ofALineThatIsTooLongTheBeginningIsKeptAndTheNextLineIsRead() throws IOException {
        try (ByteLines lines = new ByteLines(stream("z".repeat(20 * LONGEST) + "\nnext\n"), LONGEST)) {
            assertThat(lines.next()).matches("z+").hasSizeBetween(LONGEST + 1, 2 * LONGEST);
            assertThat(lines.isCut()).isFalse();
            assertThat(lines.next()).isEqualTo("next");
        }
    }

    private static List<String> lines(String text) throws IOException {
        List<String> read = new ArrayList<>();
        try (ByteLines lines = new ByteLines(stream(text), LONGEST)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                read.add(line);
            }
        }
        return read;
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(ISO_8859_1));
    }
}
