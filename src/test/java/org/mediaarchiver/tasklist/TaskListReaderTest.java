package org.mediaarchiver.tasklist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.csv.CSVFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.tasklist.InputLine.Rejected;
import org.mediaarchiver.tasklist.InputLine.Task;

class TaskListReaderTest {
    private static final String SOUP = "ab \"\",,\n#";

    @TempDir
    Path directory;

    // The ordinary file

    @Test
    void readsIdsUnderTheirHeaderWithPhysicalLineNumbers() {
        assertThat(read("task_id\na1\nb2\n")).containsExactly(task(2, "a1"), task(3, "b2"));
    }

    @Test
    void aLastLineWithoutLineEndCounts() {
        assertThat(read("task_id\na1")).containsExactly(task(2, "a1"));
    }

    @Test
    void aHeaderAloneIsAnEmptyList() {
        assertThat(read("task_id\n")).isEmpty();
    }

    @Test
    void afterTheLastRecordTheAnswerStaysNull() {
        try (TaskListReader reader = TaskListReader.open(file("task_id\na1\n"), "tasks.csv", "task_id")) {
            assertThat(reader.next()).isEqualTo(task(2, "a1"));
            assertThat(reader.next()).isNull();
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheHeader() {
        assertThat(read("\uFEFFtask_id\na1\n")).containsExactly(task(2, "a1"));
    }

    @Test
    void aByteOrderMarkIsNoPartOfAnIdWithoutHeader() {
        assertThat(read("\uFEFFa1\nb2\n")).containsExactly(task(1, "a1"), task(2, "b2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void everyLineEndIsUnderstood(String end) {
        assertThat(read("task_id" + end + "a1" + end + end + "b2" + end)).containsExactly(task(2, "a1"), task(4, "b2"));
    }

    @Test
    void blankLinesAndCommentsArePassedOverButCounted() {
        assertThat(read("# made by export\n\ntask_id\n\n# first batch\na1\n   \n#\nb2\n\n"))
                .containsExactly(task(6, "a1"), task(9, "b2"));
    }

    @Test
    void aCommentMayHoldQuotes() {
        assertThat(read("task_id\n# the \"first batch\na1\n")).containsExactly(task(3, "a1"));
    }

    @Test
    void furtherColumnsMayStandInAnyOrder() {
        assertThat(read("name,task_id,made\nx,a1,2026\ny,b2,2025\n")).containsExactly(task(2, "a1"), task(3, "b2"));
    }

    @Test
    void theColumnIsFoundInAnyCaseAndWithSpacesRoundIt() {
        assertThat(read("name, Task_ID \nx,a1\n")).containsExactly(task(2, "a1"));
    }

    @Test
    void theColumnIsFoundInAnyCaseUnderATurkishLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.of("tr", "TR"));
        try {
            assertThat(read("name,TASK_ID\nx,a1\n")).containsExactly(task(2, "a1"));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void anotherColumnCanBeNamed() {
        assertThat(read("task_id,clip\nx,a1\n", "clip")).containsExactly(task(2, "a1"));
    }

    @Test
    void spacesRoundAnIdAreTrimmedInsideAndOutsideOfQuotes() {
        assertThat(read("task_id,n\n  a1\t,1\n \" b2 \" ,2\n")).containsExactly(task(2, "a1"), task(3, "b2"));
    }

    @Test
    void aTaskNamedTwiceComesTwice() {
        assertThat(read("task_id\na1\na1\n")).containsExactly(task(2, "a1"), task(3, "a1"));
    }

    @Test
    void cellsBeyondTheHeaderDoNotMatter() {
        assertThat(read("task_id,name\na1,x,more,and more\n")).containsExactly(task(2, "a1"));
    }

    @Test
    void gzipIsToldByItsBytes() throws IOException {
        Path file = directory.resolve("tasks.csv");
        Files.write(file, gzip("task_id\na1\n"));

        assertThat(read(file, "task_id")).containsExactly(task(2, "a1"));
    }

    @Test
    void gzipFilesPutOneAfterTheOtherAreReadToTheEnd() throws IOException {
        Path file = directory.resolve("tasks.csv.gz");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(gzip("task_id\na1\n"));
            out.write(gzip("b2\n"));
        }

        assertThat(read(file, "task_id")).containsExactly(task(2, "a1"), task(3, "b2"));
    }

    @Test
    void theRejectsOfARunAreAnInput() {
        assertThat(read("task_id,input_line,reason,detail\na1,7,NOT_FOUND,no such task\n%3D1,8,INVALID_ID,x\n"))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo(task(2, "a1")), line -> assertRejected(line, 3, "%3D1"));
    }

    // A file without header

    @Test
    void aSingleColumnNeedsNoHeader() {
        assertThat(read("a1\nb2\n")).containsExactly(task(1, "a1"), task(2, "b2"));
    }

    @Test
    void theFirstIdOfASingleColumnMayBeInvalid() {
        assertThat(read("no id at all\nb2\n"))
                .satisfiesExactly(
                        line -> assertRejected(line, 1, "no%20id%20at%20all"),
                        line -> assertThat(line).isEqualTo(task(2, "b2")));
    }

    @Test
    void aSingleColumnWithItsNameHasAHeader() {
        assertThat(read("TASK_ID\nb2\n")).containsExactly(task(2, "b2"));
    }

    @Test
    void withoutHeaderTheIdIsTheFirstOfMoreCells() {
        assertThat(read("a1\nb2,stray\n")).containsExactly(task(1, "a1"), task(2, "b2"));
    }

    // Quotes

    @Test
    void cellsOverSeveralLinesCountTheirLines() {
        assertThat(read("prompt,task_id\n\"a cat\n\n# not a comment\n\",a1\n\"x\",b2\n"))
                .containsExactly(task(2, "a1"), task(6, "b2"));
    }

    @Test
    void quotedIdsCommasAndDoubledQuotesAreUnderstood() {
        assertThat(read("\"task_id\",prompt\r\n\"a1\",\"a \"\"big\"\", red cat\"\r\nb2,x\r\n"))
                .containsExactly(task(2, "a1"), task(3, "b2"));
    }

    @Test
    void aQuoteInTheMiddleOfAPlainCellIsText() {
        assertThat(read("task_id,size\na1,5\" wide\nb2,6\"\n")).containsExactly(task(2, "a1"), task(3, "b2"));
    }

    @Test
    void textAfterAClosingQuoteRejectsItsLineAlone() {
        assertThat(read("task_id,prompt\na1,\"big\" cat\nb2,x\n"))
                .satisfiesExactly(
                        line -> assertRejected(line, 2, "a1%2C%22big%22%20cat"),
                        line -> assertThat(line).isEqualTo(task(3, "b2")));
    }

    @Test
    void textAfterAQuotedIdDoesNotBecomePartOfTheId() {
        assertThat(read("task_id\n\"a1\"b\nb2\n"))
                .satisfiesExactly(
                        line -> assertRejected(line, 2, "%22a1%22b"),
                        line -> assertThat(line).isEqualTo(task(3, "b2")));
    }

    @Test
    void aForgottenQuoteDoesNotSwallowTheLinesUpToTheNextOne() {
        assertThat(read("task_id,prompt\n\"a1,x\nb2,x\n\n# comment\nc3,x\n\"d4\",x\ne5,x\n"))
                .satisfiesExactly(
                        line -> assertRejected(line, 2, "%22a1%2Cx"),
                        line -> assertThat(line).isEqualTo(task(3, "b2")),
                        line -> assertThat(line).isEqualTo(task(6, "c3")),
                        line -> assertThat(line).isEqualTo(task(7, "d4")),
                        line -> assertThat(line).isEqualTo(task(8, "e5")));
    }

    @Test
    void aForgottenQuoteThatPairsWithAnotherHidesNoLine() {
        assertThat(read("task_id,prompt\n\"a1,x\nb2,x\nc3\",x\nd4,x\n"))
                .satisfiesExactly(
                        line -> assertRejected(line, 2, "%22a1%2Cx"),
                        line -> assertThat(line).isEqualTo(task(3, "b2")),
                        line -> assertRejected(line, 4, "c3%22"),
                        line -> assertThat(line).isEqualTo(task(5, "d4")));
    }

    @Test
    void lineBreaksRoundAQuotedIdAreTrimmed() {
        assertThat(read("task_id\n\"a1\n\"\nb2\n")).containsExactly(task(2, "a1"), task(4, "b2"));
    }

    @Test
    void anOpenQuoteAtTheEndStopsTheRunAndNamesItsLine() {
        assertStops("task_id\na1\n\"b2\nc3\n", "ends within quotes that were opened in line 3");
    }

    @Test
    void anOpenQuoteInALaterCellIsFoundInItsOwnLine() {
        assertStops("a,task_id,b\n\"one\ntwo\",a1,\"open\nto\nthe end", "opened in line 3");
    }

    @Test
    void anOpenQuoteInTheLastCharacterIsFound() {
        assertStops("task_id\na1\n\"", "opened in line 3");
    }

    @Test
    void anOpenQuoteInTheHeaderIsFound() {
        assertStops("name,\"task_id\na1\n", "opened in line 1");
    }

    @Test
    void aMalformedHeaderStopsTheRun() {
        assertStops("# x\n\"task\"_id,name\na1,x\n", "Line 2", "should be its header");
    }

    @Test
    @Timeout(20)
    void quotesThatNeverFitDoNotMakeReadingEndless() {
        StringBuilder hostile = new StringBuilder("task_id,prompt\n\"");
        for (int i = 0; i < 100_000; i++) {
            hostile.append("a\",\"b\n");
        }
        hostile.append("x\" y\n");

        assertStops(hostile.toString(), "quotes", "do not pair up");
    }

    // Rejected lines

    @Test
    void anInvalidIdIsRejectedWithItsText() {
        assertThat(read("task_id\n=cmd|'x'!A1\nümlaut\n../../etc\na1\n"))
                .satisfiesExactly(
                        line -> assertRejected(line, 2, "%3Dcmd|'x'!A1"),
                        line -> assertRejected(line, 3, "%C3%BCmlaut"),
                        line -> assertRejected(line, 4, "../../etc"),
                        line -> assertThat(line).isEqualTo(task(5, "a1")));
    }

    @Test
    void aMissingIdIsRejected() {
        assertThat(read("name,task_id,n\nx,,1\ny,\" \",2\n"))
                .satisfiesExactly(line -> assertRejected(line, 2, ""), line -> assertRejected(line, 3, ""));
    }

    @Test
    void aRowThatEndsBeforeTheIdIsRejected() {
        assertThat(read("name,task_id\nx\ny,b2\n"))
                .satisfiesExactly(
                        line -> {
                            assertRejected(line, 2, "");
                            assertThat(((Rejected) line).detail().text())
                                    .isEqualTo("the row ends before the column task_id");
                        },
                        line -> assertThat(line).isEqualTo(task(3, "b2")));
    }

    @Test
    void aRejectedTextIsCutButNeverToAnId() {
        List<InputLine> lines = read("task_id\n" + "a".repeat(129) + "\n" + "b".repeat(10_000) + "\n");

        assertThat(lines).hasSize(2).allSatisfy(line -> {
            String text = ((Rejected) line).text();
            assertThat(text).hasSizeBetween(129, 200);
            assertThat(TaskId.parse(text)).isEmpty();
        });
    }

    @Test
    void controlCharactersAreRejectedAndEncoded() {
        assertThat(read("task_id\na\u001b[31m\n")).satisfiesExactly(line -> assertRejected(line, 2, "a%1B[31m"));
    }

    @Test
    void aRejectedTextIsNoCommentWhereItIsReadAgain() {
        assertThat(read("task_id\n\"#1\"\n")).satisfiesExactly(line -> assertRejected(line, 2, "%231"));
    }

    @Test
    void everyRecordComesOutAsATaskOrARejectedLine() {
        String[] cells = {"a1", "", "\"q\"", "\"q\"x", "x\"", "bad id", "\"two\nlines \"", "é", "  s  "};
        StringBuilder text = new StringBuilder("n,task_id\n");
        for (String cell : cells) {
            text.append("1,").append(cell).append('\n');
        }

        List<InputLine> lines = read(text.toString());

        assertThat(lines).extracting(InputLine::line).containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    }

    // Generated files

    @Test
    void whatCommonsCsvWritesIsReadBackWithItsLines() throws IOException {
        Random random = new Random(20261123);
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder("a,task_id,b\n");
            List<InputLine> expected = new ArrayList<>();
            long line = 2;
            for (int row = 0; row < 20; row++) {
                String record = CSVFormat.RFC4180.format(soup(random), "id" + row, soup(random)) + "\n";
                text.append(record);
                expected.add(task(line, "id" + row));
                line += record.lines().count();
            }

            assertThat(read(text.toString())).as(text.toString()).isEqualTo(expected);
        }
    }

    @Test
    @Timeout(20)
    void anyTextEndsInRecordsInOrderOrInAStop() {
        Random random = new Random(20261124);
        int stops = 0;
        for (int round = 0; round < 500; round++) {
            String text = "task_id,b\n" + soup(random) + soup(random) + soup(random);
            try {
                assertThat(read(text))
                        .as(text)
                        .extracting(InputLine::line)
                        .isSorted()
                        .doesNotHaveDuplicates();
            } catch (StopException open) {
                assertThat(open).as(text).hasMessageContaining("ends within quotes");
                stops++;
            }
        }
        assertThat(stops).isBetween(1, 499);
    }

    private static String soup(Random random) {
        return random.ints(random.nextInt(12), 0, SOUP.length())
                .mapToObj(i -> SOUP.substring(i, i + 1))
                .collect(Collectors.joining());
    }

    // Files that cannot be read

    @Test
    void aFileThatIsNotThereStopsTheRun() {
        assertStops(directory.resolve("none.csv"), "none.csv", "does not exist");
    }

    @Test
    void aDirectoryStopsTheRun() {
        assertStops(directory, "is a directory");
    }

    @Test
    void aFileWithoutPermissionIsToldWithTheUser() {
        Path file = directory.resolve("tasks.csv");

        assertThat(PhysicalLines.unreadable(file.toString(), new AccessDeniedException(file.toString())))
                .hasMessageContaining("tasks.csv")
                .hasMessageContaining("may not be read by user " + System.getProperty("user.name"));
    }

    @Test
    void anEmptyFileStopsTheRun() {
        assertStops("", "holds no line");
    }

    @Test
    void aFileOfCommentsStopsTheRun() {
        assertStops("# nothing\n\n   \n# here\n", "holds no line");
    }

    @Test
    void utf16WithByteOrderMarkStopsTheRun() throws IOException {
        for (var encoding : List.of(UTF_16LE, UTF_16BE)) {
            Path file = directory.resolve("utf16.csv");
            Files.write(file, "\uFEFFtask_id\na1\n".getBytes(encoding));

            assertStops(file, "UTF-16", "Save it as CSV in UTF-8");
        }
    }

    @Test
    void nulBytesStopTheRun() throws IOException {
        Path file = directory.resolve("utf16.csv");
        Files.write(file, "task_id\na1\n".getBytes(UTF_16LE));

        assertStops(file, "NUL byte in line 1", "Save it as CSV in UTF-8");
    }

    @Test
    void malformedUtf8StopsTheRunAndNamesItsLine() throws IOException {
        Path file = directory.resolve("latin1.csv");
        Files.write(file, "name,task_id\nx,a1\nMüller,b2\n".getBytes(ISO_8859_1));

        assertStops(file, "Line 3", "not UTF-8");
    }

    @Test
    void aHeaderWithoutTheColumnStopsTheRunAndListsTheColumns() {
        assertStops(
                "# x\nid,\u001b[31mname,=made\n1,2,3\n", "no column task_id", "line 2 has id, %1B[31mname, %3Dmade");
    }

    @Test
    void aLongListOfColumnsIsCut() {
        String header =
                String.join(",", IntStream.range(0, 30).mapToObj(i -> "c" + i).toList());

        assertStops(header + "\n", "c9 and 20 more");
    }

    @Test
    void columnsSeparatedBySemicolonsAreNotTakenForASingleOne() {
        assertStops("name;task_id\nx;a1\n", "no column task_id", "separate columns by commas");
    }

    @Test
    void twoColumnsOfTheNameStopTheRun() {
        assertStops("task_id,TASK_ID\na,b\n", "2 columns named task_id");
    }

    @Test
    void gzipThatWasCutStopsTheRun() throws IOException {
        Path file = directory.resolve("cut.csv.gz");
        byte[] whole = gzip("task_id\n" + "a1\n".repeat(1000));
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));

        assertStops(file, "gzip file that was cut short");
    }

    @Test
    void damagedGzipStopsTheRun() throws IOException {
        Path file = directory.resolve("damaged.csv.gz");
        byte[] whole = gzip("task_id\na1\n");
        whole[whole.length - 8] ^= 1;
        Files.write(file, whole);

        assertStops(file, "damaged gzip file");
    }

    // Size

    @Test
    @Timeout(20)
    void aLineWithoutEndStopsTheRunBeforeItIsRead() throws IOException {
        Path file = directory.resolve("bomb.csv.gz");
        byte[] block = "a".repeat(1024 * 1024).getBytes(UTF_8);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < 64; i++) {
                out.write(block);
            }
        }

        assertStops(file, "Line 1", "longer than 1 MiB");
    }

    @Test
    void aRecordOfManyLinesStopsTheRunAtOneMebibyte() {
        assertStops(
                "task_id\na1\n\"" + "never closed\n".repeat(200_000),
                "record that begins at line 3",
                "longer than 1 MiB",
                "quotes are closed");
    }

    @Test
    void aLongCellBelowTheLimitIsFine() {
        assertThat(read("task_id,prompt\na1,\"" + "word\n".repeat(100_000) + "\"\nb2,x\n"))
                .containsExactly(task(2, "a1"), task(100_003, "b2"));
    }

    @Test
    @Timeout(10)
    void twoHundredThousandLinesAreReadQuickly() throws IOException {
        Path file = directory.resolve("large.csv");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write("name,task_id\r\n".getBytes(UTF_8));
            for (int i = 0; i < 200_000; i++) {
                out.write(("\"some name, quoted\",67930a6f8d5ac200" + i + "\r\n").getBytes(UTF_8));
            }
        }

        long count = 0;
        try (TaskListReader reader = TaskListReader.open(file, file.toString(), "task_id")) {
            for (InputLine line = reader.next(); line != null; line = reader.next()) {
                assertThat(line).isInstanceOf(Task.class);
                count++;
            }
        }

        assertThat(count).isEqualTo(200_000);
    }

    private static Task task(long line, String id) {
        return new Task(line, new TaskId(id));
    }

    private static void assertRejected(InputLine line, long number, String text) {
        assertThat(line).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.line()).isEqualTo(number);
            assertThat(rejected.text()).isEqualTo(text).isEqualTo(Text.percentEncoded(text));
            assertThat(rejected.detail().text()).isNotEmpty().doesNotContain("?", ";");
            assertThat(TaskId.parse(rejected.text())).isEmpty();
        });
    }

    private void assertStops(String text, String... words) {
        assertStops(file(text), words);
    }

    private static void assertStops(Path file, String... words) {
        assertThatExceptionOfType(StopException.class)
                .isThrownBy(() -> read(file, "task_id"))
                .satisfies(stop -> assertThat(stop.getMessage())
                        .contains(file.toString())
                        .contains(words)
                        .endsWith(".")
                        .matches("\\p{Print}+"));
    }

    private List<InputLine> read(String text) {
        return read(text, "task_id");
    }

    private List<InputLine> read(String text, String column) {
        return read(file(text), column);
    }

    private static List<InputLine> read(Path file, String column) {
        List<InputLine> lines = new ArrayList<>();
        try (TaskListReader reader = TaskListReader.open(file, file.toString(), column)) {
            for (InputLine line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
            }
        }
        return lines;
    }

    private Path file(String text) {
        try {
            return Files.writeString(directory.resolve("tasks.csv"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }
}
