package org.mediaarchiver.manifest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.VerifyMethod;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RunFilesTest {
    @TempDir
    private Path home;

    @ParameterizedTest
    @EnumSource(RunFile.class)
    void aSmallRunIsSpelledAsTheContractSays(RunFile file) throws IOException {
        Path made = SmallRun.files(home).write(file).orElseThrow().path();

        try (InputStream golden = RunFilesTest.class.getResourceAsStream("golden/" + file.fileName())) {
            assertThat(golden).as("golden file").isNotNull();
            assertThat(made).hasContent(new String(golden.readAllBytes(), US_ASCII));
            assertThat(made.getFileName()).hasToString(file.fileName());
        }
    }

    @Test
    void filesThatAreMadeTwiceAreTheSameBytes() throws IOException {
        writeAll(SmallRun.files(home.resolve("one")));
        writeAll(SmallRun.files(home.resolve("two")));

        for (RunFile file : RunFile.values()) {
            assertThat(home.resolve("one").resolve(file.fileName()))
                    .hasSameBinaryContentAs(home.resolve("two").resolve(file.fileName()));
        }
    }

    @Test
    void aFinishedRunMayBeMadeOnceMore() throws IOException {
        List<LocalRunFile> first = writeAll(SmallRun.files(home));

        assertThat(writeAll(SmallRun.files(home))).isEqualTo(first);
        assertThat(names())
                .containsExactlyInAnyOrderElementsOf(
                        first.stream().map(file -> file.file().fileName()).toList());
    }

    @Test
    void theMarkIsTheDigestOfRunJsonAsSha256sumChecksIt() throws Exception {
        writeAll(SmallRun.files(home));

        assertThat(sha256sum(home, home.resolve("run.json.sha256"))).isEqualTo("run.json: OK\n");
    }

    @Test
    void sha256sumChecksAPlainCopyOfTheBucket() throws Exception {
        Path copy = Files.createDirectory(home.resolve("copy"));
        for (ManifestRow row : SmallRun.rows()) {
            if (row.status() == Status.STORED) {
                Path object = copy.resolve(row.key());
                Files.createDirectories(object.getParent());
                Files.write(object, SmallRun.bytes(row.taskId().value(), row.role()));
            }
        }
        Path sums = SmallRun.files(home.resolve("run"))
                .write(RunFile.SHA256SUMS)
                .orElseThrow()
                .path();

        assertThat(sha256sum(copy, sums).lines())
                .containsExactly(
                        "archive/media/a-b/preview.webp: OK",
                        "archive/media/a-b/result.json: OK",
                        "archive/media/a-b/video.mp4: OK",
                        "archive/media/a/result.json: OK",
                        "archive/media/a/video.mp4: OK");
    }

    @Test
    void aRunThatStoresNothingHasNoSums() throws IOException {
        List<LocalRunFile> made = writeAll(SmallRun.files(home, SmallRun.same(2L, 1, "slow", "100", Reason.NOT_READY)));

        assertThat(made).extracting(LocalRunFile::file).doesNotContain(RunFile.SHA256SUMS);
        assertThat(names()).doesNotContain("SHA256SUMS");
        assertThat(json("run.json").at("/files").findValuesAsString("name"))
                .containsExactly("manifest.csv", "manifest.jsonl", "rejects.csv", "report.html", "datapackage.json");
    }

    @Test
    void aRunWithoutRowsStillHasItsFiles() throws IOException {
        writeAll(new RunFiles(home, SmallRun.facts(), Stream::empty, Stream::empty, SmallRun::open));

        assertThat(home.resolve("manifest.csv")).content().hasLineCount(1).endsWith("error_detail\n");
        assertThat(home.resolve("manifest.jsonl")).isEmptyFile();
        assertThat(home.resolve("rejects.csv")).hasContent("task_id,input_line,reason,detail\n");
        assertThat(json("run.json").at("/counts/rows").asInt()).isZero();
    }

    @Test
    void anAskedForFileBringsThoseItTellsOf() throws IOException {
        SmallRun.files(home).write(RunFile.RUN_JSON);

        assertThat(names()).hasSize(7).contains("manifest.csv").doesNotContain("run.json.sha256");
    }

    @ParameterizedTest
    @EnumSource(RunFile.class)
    void aLocalFileThatWasChangedStopsTheRun(RunFile file) throws IOException {
        writeAll(SmallRun.files(home));
        Path changed = home.resolve(file.fileName());
        byte[] bytes = Files.readAllBytes(changed);
        bytes[bytes.length / 2] ^= 1;
        Files.write(changed, bytes);

        assertThatThrownBy(() -> SmallRun.files(home).write(RunFile.RUN_JSON_SHA256))
                .isInstanceOf(StopException.class)
                .hasMessageContaining(changed + " is not what the database says")
                .hasMessageContaining("run again");
        assertThat(changed).hasBinaryContent(bytes);
    }

    @Test
    void aLocalFileThatWasCutStopsTheRunAndIsMadeAnewOnceItIsAway() throws IOException {
        writeAll(SmallRun.files(home));
        Path cut = home.resolve("manifest.csv");
        String whole = Files.readString(cut);
        Files.writeString(cut, whole.substring(0, whole.length() - 10));

        assertThatThrownBy(() -> SmallRun.files(home).write(RunFile.RUN_JSON)).isInstanceOf(StopException.class);

        Files.delete(cut);
        SmallRun.files(home).write(RunFile.RUN_JSON);
        assertThat(cut).hasContent(whole);
    }

    @Test
    void sumsThatTheRunDoesNotHaveStopIt() throws IOException {
        Files.writeString(home.resolve("SHA256SUMS"), "planted");

        assertThatThrownBy(() -> SmallRun.files(home, List.of()).write(RunFile.SHA256SUMS))
                .isInstanceOf(StopException.class);
    }

    @Test
    void aDraftThatAKillLeftBeforeItWasLinkedIsMadeAnew() throws IOException {
        Files.writeString(home.resolve("manifest.csv.part"), "run_id,inp");

        Path made =
                SmallRun.files(home).write(RunFile.MANIFEST_CSV).orElseThrow().path();

        assertThat(made).content().startsWith(Column.HEADER + "\n").hasLineCount(16);
        assertThat(names()).containsExactly("manifest.csv");
    }

    @Test
    void aDraftThatAKillLeftAfterItWasLinkedDoesNotCostTheFile() throws IOException {
        Path made =
                SmallRun.files(home).write(RunFile.MANIFEST_CSV).orElseThrow().path();
        byte[] bytes = Files.readAllBytes(made);
        Files.createLink(home.resolve("manifest.csv.part"), made);

        assertThatThrownBy(() -> SmallRun.files(home, List.of()).write(RunFile.MANIFEST_CSV))
                .isInstanceOf(StopException.class);
        assertThat(made).hasBinaryContent(bytes);
        assertThat(names()).containsExactly("manifest.csv");
    }

    @Test
    void aDirectoryThatCannotBeMadeStopsTheRun() throws IOException {
        Path file = Files.createFile(home.resolve("file"));

        assertThatThrownBy(() -> SmallRun.files(file.resolve("run")).write(RunFile.MANIFEST_CSV))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("cannot be made")
                .hasMessageContaining("run again");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "+1",
                "-1",
                "@SUM(A1)",
                "\t=1",
                "\r",
                "\n",
                "a,b",
                "\"a\"",
                "\u0000",
                "\u00e9",
                "\u202e",
                "\ud83d\ude00",
                "\ud800",
                "%",
                "\\",
                "<script>",
                "' OR 1=1",
                " "
            })
    void textsFromOutsideAreSafeCells(String hostile) throws IOException {
        byte[] body = SmallRun.ascii("x");
        List<ManifestRow> rows = SmallRun.rows(
                1L,
                1,
                "a",
                hostile,
                new Stored(
                        Role.PREVIEW,
                        null,
                        new StoredObject(
                                "media",
                                "k",
                                hostile,
                                new StoredObject.Content(1, Sha256.of(body), hostile),
                                hostile,
                                hostile,
                                SmallRun.FETCHED,
                                VerifyMethod.NONE),
                        SourceUrl.of(hostile),
                        null),
                new NotStored(Role.RESULT, Reason.REJECTED, new Detail(hostile), SourceUrl.of(hostile)),
                new NotStored(Role.VIDEO, Reason.REJECTED, new Detail(hostile), null));
        RejectedLine rejected = new RejectedLine(2, hostile, "INVALID_ID", hostile);

        writeAll(new RunFiles(home, SmallRun.facts(), rows::stream, () -> Stream.of(rejected), SmallRun::open));

        for (String name : List.of("manifest.csv", "rejects.csv")) {
            for (String line : Files.readAllLines(home.resolve(name), US_ASCII)) {
                assertThat(line).matches("[ -~]+").doesNotContain("\"").doesNotStartWith("#");
                assertThat(line.split(",", -1))
                        .hasSize(name.equals("rejects.csv") ? 4 : 22)
                        .noneMatch(cell -> cell.matches("[=+@-].*"));
            }
        }
        assertThat(Files.readString(home.resolve("manifest.jsonl"), US_ASCII)).matches("([ -~]+\n){3}");
    }

    @Test
    void aRejectedTextIsNeverTakenForATaskByTheNextRun() {
        assertThat(new RejectedLine(2, "a".repeat(129), "INVALID_ID", "too long").text())
                .satisfies(text -> assertThat(TaskId.parse(text)).isEmpty());
        assertThatThrownBy(() -> new RejectedLine(2, "good", "INVALID_ID", "?"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCellThatNeedsQuotesIsNotWritten() {
        ManifestRow good = SmallRun.rows().getFirst();
        ManifestRow bad = new ManifestRow(
                good.runId(),
                good.inputLine(),
                good.taskId(),
                good.role(),
                good.status(),
                good.reason(),
                good.attempts(),
                good.bucket(),
                "a key, with a comma",
                good.versionId(),
                good.sizeBytes(),
                good.sha256(),
                good.contentType(),
                good.etag(),
                good.storeChecksum(),
                good.sourceUrl(),
                good.sourceUrlSha256(),
                good.workStatus(),
                good.fetchedAt(),
                good.storedAt(),
                good.verifyMethod(),
                good.errorDetail());

        assertThatThrownBy(() -> SmallRun.files(home, List.of(bad)).write(RunFile.MANIFEST_CSV))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("column key of a-b/preview needs quotes");
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void rowsOutOfOrderAreNotWritten() {
        List<ManifestRow> rows = new ArrayList<>(SmallRun.rows());
        Collections.swap(rows, 0, 5);

        assertThatThrownBy(() -> SmallRun.files(home, rows).write(RunFile.MANIFEST_CSV))
                .isInstanceOf(IllegalStateException.class);
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void everyStreamIsClosed() {
        AtomicInteger open = new AtomicInteger();
        RunFiles files = new RunFiles(
                home,
                SmallRun.facts(),
                () -> counted(SmallRun.rows().stream(), open),
                () -> counted(SmallRun.rejectedLines().stream(), open),
                SmallRun::open);

        writeAll(files);

        assertThat(open).hasValue(0);
    }

    @Test
    void aTaskOfWhichOnlyThePreviewFailedIsARejectToo() throws IOException {
        List<ManifestRow> rows = SmallRun.rows(
                4L,
                1,
                "a",
                "200",
                new NotStored(Role.PREVIEW, Reason.GONE, null, null),
                SmallRun.stored("a", Role.RESULT),
                SmallRun.stored("a", Role.VIDEO));

        Path rejects = new RunFiles(home, SmallRun.facts(), rows::stream, Stream::empty, SmallRun::open)
                .write(RunFile.REJECTS_CSV)
                .orElseThrow()
                .path();

        assertThat(rejects)
                .hasContent("task_id,input_line,reason,detail\na,4,GONE,the media host no longer has the file\n");
    }

    @Test
    void twoHundredThousandRowsAreStreamed() throws IOException {
        List<ManifestRow> one = SmallRun.same(2L, 1, "t", "100", Reason.NOT_FOUND);
        RunFacts facts = SmallRun.facts();
        RunFiles files = new RunFiles(
                home,
                facts,
                () -> IntStream.range(0, 200_000)
                        .mapToObj(i -> copy(one.get(i % 3), new TaskId("t%06d".formatted(i / 3)))),
                Stream::empty,
                SmallRun::open);

        List<LocalRunFile> made = writeAll(files);

        assertThat(made).hasSize(RunFile.values().length - 1);
        assertThat(json("run.json").at("/counts/rows").asInt()).isEqualTo(200_000);
        assertThat(json("run.json").at("/counts/tasks").asInt()).isEqualTo(66_667);
        assertThat(json("run.json").at("/counts/reason/NOT_FOUND").asInt()).isEqualTo(200_000);
    }

    private static ManifestRow copy(ManifestRow row, TaskId task) {
        return new ManifestRow(
                row.runId(),
                row.inputLine(),
                task,
                row.role(),
                row.status(),
                row.reason(),
                row.attempts(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                row.workStatus(),
                null,
                null,
                null,
                null);
    }

    private static <T> Stream<T> counted(Stream<T> stream, AtomicInteger open) {
        open.incrementAndGet();
        return stream.onClose(open::decrementAndGet);
    }

    private static List<LocalRunFile> writeAll(RunFiles files) {
        return Stream.of(RunFile.values())
                .flatMap(file -> files.write(file).stream())
                .toList();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(home)) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    private JsonNode json(String name) throws IOException {
        return JsonMapper.shared().readTree(Files.readString(home.resolve(name)));
    }

    private static String sha256sum(Path dir, Path sums) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sha256sum", "-c", "--strict", sums.toString())
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
