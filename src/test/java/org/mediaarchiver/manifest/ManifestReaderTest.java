package org.mediaarchiver.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.domain.ManifestRow;

class ManifestReaderTest {
    private static final List<String> LINES = lines();
    private static final String WHOLE = String.join("", LINES);

    @Test
    void whatWasWrittenIsReadBack() throws IOException {
        assertThat(read(stream(WHOLE))).isEqualTo(SmallRun.rows());
    }

    @Test
    void bytesThatComeOneByOneAreReadTheSame() throws IOException {
        List<InputStream> single = WHOLE.chars()
                .<InputStream>mapToObj(b -> new ByteArrayInputStream(new byte[] {(byte) b}))
                .toList();

        assertThat(read(new SequenceInputStream(Collections.enumeration(single))))
                .isEqualTo(SmallRun.rows());
    }

    @Test
    void aManifestMayHaveNoRows() throws IOException {
        assertThat(read(stream(LINES.getFirst()))).isEmpty();
    }

    @Test
    void afterALineThatIsTooLongTheNextLineIsRead() throws IOException {
        String manifest = LINES.getFirst() + "a".repeat(200_000) + "\n" + LINES.get(1);
        try (ManifestReader reader = new ManifestReader(stream(manifest))) {
            assertThatThrownBy(reader::read)
                    .isInstanceOf(MalformedManifestException.class)
                    .hasMessageContaining("longer than any row");
            assertThat(reader.read()).isEqualTo(SmallRun.rows().getFirst());
            assertThat(reader.line()).isEqualTo(3);
        }
    }

    @Test
    void theCellsOfARowAreThoseOfItsLine() throws IOException {
        try (ManifestReader reader = new ManifestReader(stream(WHOLE))) {
            for (ManifestRow row = reader.read(); row != null; row = reader.read()) {
                assertThat(reader.cells()).isEqualTo(Column.cells(row));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badManifests")
    void whatThisProgramDoesNotWriteIsRefused(String name, String manifest, int line, String message) {
        assertThatThrownBy(() -> read(stream(manifest)))
                .isInstanceOfSatisfying(
                        MalformedManifestException.class,
                        e -> assertThat(e.line()).isEqualTo(line))
                .hasMessageContaining(message);
    }

    static Stream<Arguments> badManifests() {
        return Stream.of(
                bad("an empty file", "", 1, "not the header"),
                bad("a byte order mark", "\u00ef\u00bb\u00bf" + WHOLE, 1, "not the header"),
                bad(
                        "another header",
                        WHOLE.replaceFirst("run_id,input_line", "input_line,run_id"),
                        1,
                        "not the header"),
                bad("no header", WHOLE.substring(LINES.getFirst().length()), 1, "not the header"),
                bad("CRLF", WHOLE.replace("\n", "\r\n"), 1, "not the header"),
                bad(
                        "CRLF in a row",
                        LINES.getFirst() + LINES.get(1).replace("\n", "\r\n"),
                        2,
                        "is not printable ASCII"),
                bad("a file cut within a line", WHOLE.substring(0, WHOLE.length() - 1), 16, "ends within a line"),
                bad("a line too many", WHOLE + "\n", 17, "22 cells and not 1"),
                bad("two rows exchanged", LINES.getFirst() + LINES.get(2) + LINES.get(1), 3, "stands after"),
                bad("a row twice", LINES.getFirst() + LINES.get(1) + LINES.get(1), 3, "a second row for a-b/preview"),
                bad("a cell too many", first(",1,media,", ",1,,media,"), 2, "22 cells and not 23"),
                bad("a quoted cell", first(",media,", ",\"media\","), 2, "column bucket needs quotes"),
                bad("a formula", first(",media,", ",=media,"), 2, "column bucket begins like a formula"),
                bad("a byte beyond ASCII", first(",media,", ",m\u00e9dia,"), 2, "column bucket is not printable ASCII"),
                bad("a control character", first(",media,", ",me\tdia,"), 2, "column bucket is not printable ASCII"),
                bad("an endless line", LINES.getFirst() + "a".repeat(20_000), 2, "longer than any row"),
                bad("no run id", first("20261123T020000Z-7f3a9c", ""), 2, "column run_id is empty"),
                bad("a bad run id", first("20261123T020000Z-7f3a9c", "last night"), 2, "column run_id cannot hold"),
                bad("a bad task id", first(",a-b,", ",a/b,"), 2, "column task_id cannot hold"),
                bad("an unknown role", first(",preview,", ",poster,"), 2, "column role cannot hold"),
                bad("a role in capitals", first(",preview,", ",PREVIEW,"), 2, "not spelled"),
                bad("an unknown status", first(",stored,", ",done,"), 2, "column status cannot hold"),
                bad("an unknown reason", first(",ADOPTED,", ",FOUND,"), 2, "column reason cannot hold"),
                bad(
                        "a reason of another status",
                        first(",ADOPTED,", ",GONE,"),
                        2,
                        "reason GONE does not go with status stored"),
                bad("a failure without reason", row(7, ",failed,NOT_MEDIA,", ",failed,,"), 2, "does not go with"),
                bad(
                        "attempts that are no number",
                        first(",ADOPTED,1,", ",ADOPTED,one,"),
                        2,
                        "column attempts cannot hold"),
                bad("attempts with a leading zero", first(",ADOPTED,1,", ",ADOPTED,01,"), 2, "not spelled"),
                bad(
                        "a size beyond all numbers",
                        first(",20,", ",99999999999999999999,"),
                        2,
                        "column size_bytes cannot hold"),
                bad("a digest in capitals", first("57", "5F"), 2, "column sha256 cannot hold"),
                bad("stored without a key", first(",archive/media/a-b/preview.webp,", ",,"), 2, "names its object"),
                bad("failed with a bucket", row(7, ",NOT_MEDIA,1,,", ",NOT_MEDIA,1,media,"), 2, "names no object"),
                bad("another time zone", first("07.500Z", "07.500+00:00"), 2, "not spelled"),
                bad("a time without milliseconds", first("07.500Z", "07.5Z"), 2, "not spelled"),
                bad("a time that is none", first("07.500Z", "67.500Z"), 2, "column fetched_at cannot hold"),
                bad(
                        "an unknown verification",
                        first(",put_checksum,", ",trusted,"),
                        2,
                        "column verify_method cannot hold"));
    }

    private static Arguments bad(String name, String manifest, int line, String message) {
        return Arguments.of(name, manifest, line, message);
    }

    private static String first(String old, String replacement) {
        return row(1, old, replacement);
    }

    /** A manifest of one row, in which a text was replaced once. */
    private static String row(int index, String old, String replacement) {
        String line = LINES.get(index);
        int at = line.indexOf(old);
        assertThat(at).as(old + " in " + line).isNotNegative();
        return LINES.getFirst() + line.substring(0, at) + replacement + line.substring(at + old.length());
    }

    private static List<String> lines() {
        return Stream.concat(Stream.of(Column.HEADER), SmallRun.rows().stream().map(Column::line))
                .map(line -> line + "\n")
                .toList();
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(ISO_8859_1));
    }

    private static List<ManifestRow> read(InputStream in) throws IOException {
        List<ManifestRow> rows = new ArrayList<>();
        try (ManifestReader reader = new ManifestReader(in)) {
            for (ManifestRow row = reader.read(); row != null; row = reader.read()) {
                rows.add(row);
            }
        }
        return rows;
    }
}
