package org.mediaarchiver.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.storage.InMemoryObjectStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Run files are tampered with, clumsily and cleverly, and each audit must name what was done. */
class EvidenceDamageTest {
    private static final AuditScope ALL = new AuditScope.AllRuns();
    private static final RunId RUN = SmallArchive.THIRD;

    @TempDir
    private static Path home;

    private static final Map<String, byte[]> PUBLISHED = new LinkedHashMap<>();

    private final InMemoryObjectStore store = SmallArchive.storeOf(PUBLISHED);

    @BeforeAll
    static void publish() throws Exception {
        try (InMemoryObjectStore original = SmallArchive.storeOf(Map.of())) {
            new SmallArchive(original, home).withThreeRuns();
            PUBLISHED.putAll(SmallArchive.contents(original));
        }
    }

    private SmallArchive.Outcome audit(AuditScope scope, AuditMode mode) throws Exception {
        return SmallArchive.audit(store, home.resolve("runs"), scope, mode);
    }

    /** Bad run files, each named after the code that it must raise; what seals digests is the clever kind of tampering. */
    static Stream<Arguments> tamperings() {
        return Stream.of(
                tampering("M001 the mark is gone", "M001", run -> run.remove("run.json.sha256")),
                tampering("M002 an empty mark", "M002", run -> run.plant("run.json.sha256", "")),
                tampering(
                        "M002 a mark in capitals",
                        "M002",
                        run -> run.edit("run.json.sha256", text -> text.replace("run.json", "RUN.JSON"))),
                tampering(
                        "M002 a mark with a second line",
                        "M002",
                        run -> run.edit("run.json.sha256", text -> text + text)),
                tampering(
                        "M003 run.json was edited",
                        "M003",
                        run -> run.edit(
                                "run.json", text -> text.replace("\"job\": \"archive\"", "\"job\": \"other\""))),
                tampering(
                        "M003 the mark names another digest",
                        "M003",
                        run -> run.plant("run.json.sha256", Sha256.of(new byte[0]) + "  run.json\n")),
                tampering("M004 run.json is gone", "M004", run -> run.remove("run.json")),
                runJson("M005 cut", "M005", text -> text.substring(0, 100)),
                runJson("M005 no JSON", "M005", text -> "run"),
                runJson("M005 an array", "M005", text -> "[]"),
                runJson("M005 text after the end", "M005", text -> text + "{}"),
                runJson("M005 a member twice", "M005", text -> text.replace("\"job\":", "\"run_id\":")),
                runJson("M005 a member missing", "M005", text -> text.replace("\"counts\"", "\"count\"")),
                runJson("M005 a count as text", "M005", text -> text.replace("\"rows\": 15", "\"rows\": \"15\"")),
                runJson("M005 a negative count", "M005", text -> text.replace("\"rows\": 15", "\"rows\": -15")),
                runJson("M005 a fractional count", "M005", text -> text.replace("\"rows\": 15", "\"rows\": 1.5")),
                runJson("M005 an unknown status", "M005", text -> text.replace("\"pending\":", "\"waiting\":")),
                runJson("M005 a path for a name", "M005", text -> text.replace("\"SHA256SUMS\"", "\"../SHA256SUMS\"")),
                runJson("M005 a file twice", "M005", text -> text.replace("\"rejects.csv\"", "\"manifest.csv\"")),
                runJson(
                        "M005 a digest too short",
                        "M005",
                        text -> text.replaceFirst("(?s)(rejects.csv.*?sha256\": \")..", "$1")),
                runJson("M005 no run id", "M005", text -> text.replace("\"run_id\": \"" + RUN, "\"run_id\": \"run")),
                runJson(
                        "M006 a later format",
                        "M006",
                        text -> text.replace("media-archive-run/1", "media-archive-run/2")),
                runJson(
                        "M007 another run",
                        "M007",
                        text -> text.replace("\"run_id\": \"" + RUN, "\"run_id\": \"20261123T020000Z-ffffff")),
                tampering("M008 rejects are gone", "M008", run -> run.remove("rejects.csv")),
                tampering("M008 rows are gone", "M008", run -> run.remove("manifest.csv")),
                tampering("M008 typed rows are gone", "M008", run -> run.remove("manifest.jsonl")),
                tampering("M008 sums are gone", "M008", run -> run.remove("SHA256SUMS")),
                tampering("M008 the schema is gone", "M008", run -> run.remove("datapackage.json")),
                tampering("M009 a longer schema", "M009", run -> run.edit("datapackage.json", text -> text + " ")),
                tampering("M009 an empty schema", "M009", run -> run.plant("datapackage.json", "")),
                tampering(
                        "M010 a schema of the same size",
                        "M010",
                        run -> run.edit("datapackage.json", text -> text.replace("utf-8", "utf-7"))),
                tampering("M011 a file more", "M011", run -> run.plant("notes.txt", "by hand")),
                tampering("M012 the schema is not listed", "M012", run -> {
                    run.remove("datapackage.json");
                    run.unlist("datapackage.json");
                }),
                sealed("M020 another header", "M020", "manifest.csv", text -> text.replaceFirst("run_id", "run")),
                sealed("M020 a byte order mark", "M020", "manifest.csv", text -> "\u00ef\u00bb\u00bf" + text),
                sealed(
                        "M021 a cell less",
                        "M021",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replaceFirst(",", ""))),
                sealed(
                        "M021 a quote",
                        "M021",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replace("200", "\"200\""))),
                sealed(
                        "M021 a formula",
                        "M021",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replace(",200,", ",=200,"))),
                sealed(
                        "M021 an umlaut",
                        "M021",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replace(",200,", ",\u00fc,"))),
                sealed("M021 a CR", "M021", "manifest.csv", text -> line(text, 7, row -> row + "\r")),
                sealed("M021 a blank line", "M021", "manifest.csv", text -> text + "\n"),
                sealed(
                        "M022 an unknown status",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replace("stored", "lost"))),
                sealed(
                        "M022 an unknown role",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replace(",video,", ",film,"))),
                sealed(
                        "M022 an unknown reason",
                        "M022",
                        "manifest.csv",
                        text -> text.replaceFirst("MODERATED", "RUDE")),
                sealed(
                        "M022 a reason of another status",
                        "M022",
                        "manifest.csv",
                        text -> text.replaceFirst("MODERATED", "NOT_READY")),
                sealed(
                        "M022 a size in words",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replaceFirst("mp4,,\\d+", "mp4,,ten"))),
                sealed(
                        "M022 a leading zero",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replaceFirst("mp4,,", "mp4,,0"))),
                sealed(
                        "M022 a digest in capitals",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.toUpperCase(Locale.ROOT))),
                sealed(
                        "M022 another time zone",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replaceFirst("\\.500Z", ".500+01:00"))),
                sealed(
                        "M022 a stored row without its object",
                        "M022",
                        "manifest.csv",
                        text -> line(text, 7, row -> row.replaceFirst("media,archive[^,]*,", ",,"))),
                tampering("M023 two rows change places", "M023", run -> {
                    run.edit("manifest.csv", text -> swapped(text, 5, 6));
                    run.edit("manifest.jsonl", text -> swapped(text, 4, 5));
                    run.seal();
                }),
                tampering("M024 a row stands twice", "M024", run -> {
                    run.edit("manifest.csv", text -> line(text, 7, row -> row + "\n" + row));
                    run.edit("manifest.jsonl", text -> line(text, 6, row -> row + "\n" + row));
                    run.seal();
                }),
                sealed("M025 no line end", "M025", "manifest.csv", text -> text.substring(0, text.length() - 1)),
                tampering("M026 a row of another run", "M026", run -> {
                    run.edit(
                            "manifest.csv",
                            text -> line(text, 7, row -> row.replace(RUN.value(), SmallArchive.SECOND.value())));
                    run.edit(
                            "manifest.jsonl",
                            text -> line(text, 6, row -> row.replace(RUN.value(), SmallArchive.SECOND.value())));
                    run.seal();
                }),
                tampering("M027 a row names another task's key", "M027", run -> {
                    for (String file : List.of("manifest.csv", "manifest.jsonl", "SHA256SUMS")) {
                        run.edit(file, text -> text.replace("media/a/video.mp4", "media/b/video.mp4"));
                    }
                    run.seal();
                }),
                tampering("M027 a row names another bucket", "M027", run -> {
                    run.edit(
                            "manifest.csv",
                            text -> text.replace(",media,archive/media/a/video", ",mine,archive/media/a/video"));
                    run.edit(
                            "manifest.jsonl",
                            text -> text.replace(
                                    "\"media\",\"key\":\"archive/media/a/video",
                                    "\"mine\",\"key\":\"archive/media/a/video"));
                    run.seal();
                }),
                sealed(
                        "M030 another size in JSON",
                        "M030",
                        "manifest.jsonl",
                        text -> text.replaceFirst("\"size_bytes\":", "\"size_bytes\":1")),
                sealed(
                        "M030 a number as text",
                        "M030",
                        "manifest.jsonl",
                        text -> text.replaceFirst("\"attempts\":1", "\"attempts\":\"1\"")),
                sealed("M030 a line less", "M030", "manifest.jsonl", text -> text.substring(0, text.lastIndexOf('{'))),
                sealed("M030 a line more", "M030", "manifest.jsonl", text -> text + "{}\n"),
                sealed("M031 a line less", "M031", "SHA256SUMS", text -> without(text, 1)),
                sealed(
                        "M031 a line more",
                        "M031",
                        "SHA256SUMS",
                        text -> text + text.lines().findFirst().orElseThrow() + "\n"),
                sealed("M031 another digest", "M031", "SHA256SUMS", text -> text.replaceFirst("^.", "g")),
                tampering("M031 no sums at all", "M031", run -> {
                    run.remove("SHA256SUMS");
                    run.unlist("SHA256SUMS");
                }),
                sealed("M032 another reason", "M032", "rejects.csv", text -> text.replaceFirst("MODERATED", "GONE")),
                sealed("M032 another header", "M032", "rejects.csv", text -> text.replaceFirst("task_id", "id")),
                sealed("M032 a rejected line less", "M032", "rejects.csv", text -> without(text, 4)),
                sealed("M032 a rejected line more", "M032", "rejects.csv", text -> text + "x,100,INVALID_ID,no id\n"),
                sealed(
                        "M032 rejected lines out of order",
                        "M032",
                        "rejects.csv",
                        text -> text + "x,98,INVALID_ID,no id\n"),
                runJson("M033 another number of rows", "M033", text -> text.replace("\"rows\": 15", "\"rows\": 14")),
                runJson(
                        "M033 another number of failures",
                        "M033",
                        text -> text.replace("\"MODERATED\": 6", "\"MODERATED\": 5")),
                runJson(
                        "M033 a row of a reason that is not there",
                        "M033",
                        text -> text.replace("\"MODERATED\": 6", "\"MODERATED\": 6, \"GONE\": 1")),
                tampering(
                        "M040 the run before lost its mark",
                        "M040",
                        run -> run.before().remove("run.json.sha256")),
                tampering(
                        "M040 the run before lost run.json",
                        "M040",
                        run -> run.before().remove("run.json")),
                tampering("M041 the run before was tampered with", "M041", run -> {
                    run.before().edit("run.json", text -> text.replace("0.1.0", "0.1.1"));
                    run.before().seal();
                }),
                runJson(
                        "M041 the link was changed",
                        "M041",
                        text -> text.replaceFirst(
                                "\"run_json_sha256\": \"\\w{64}", "\"run_json_sha256\": \"" + Sha256.of(new byte[0]))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tamperings")
    void whatWasTamperedWithIsNamed(String name, String code, Tampering tampering) throws Exception {
        tampering.on(new RunInBucket(RUN));

        assertThat(SmallArchive.withoutHome(store, new AuditScope.OneRun(RUN), AuditMode.MANIFEST)
                        .codes())
                .as(name)
                .containsExactly(code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tamperings")
    void theWholeArchiveIsNotCalledSoundEither(String name, String code, Tampering tampering) throws Exception {
        tampering.on(new RunInBucket(RUN));

        assertThat(audit(ALL, AuditMode.MANIFEST).findings()).as(name).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(AuditMode.class)
    void everyModeSeesAManifestEditedInTheBucket(AuditMode mode) throws Exception {
        new RunInBucket(RUN).edit("manifest.csv", text -> text.replaceFirst("etag", "gate"));

        assertThat(audit(ALL, mode).lines())
                .containsExactly("M051 " + RunFile.MANIFEST_CSV.key(SmallArchive.PREFIX, RUN));
    }

    @ParameterizedTest
    @EnumSource(RunFile.class)
    void aFileMissingInTheBucketIsFoundFromTheHome(RunFile file) throws Exception {
        store.remove(file.key(SmallArchive.PREFIX, RUN));

        assertThat(audit(new AuditScope.Newest(), AuditMode.MANIFEST).lines())
                .containsExactly("M050 " + file.key(SmallArchive.PREFIX, RUN));
    }

    @Test
    void aFileEditedInTheHomeIsFound(@TempDir Path otherHome) throws Exception {
        try (InMemoryObjectStore other = SmallArchive.storeOf(Map.of())) {
            new SmallArchive(other, otherHome).withThreeRuns();
            Path runs = otherHome.resolve("runs");
            Path manifest = runs.resolve(RUN.value()).resolve("manifest.csv");
            Files.writeString(manifest, Files.readString(manifest).replaceFirst(",200,", ",201,"));

            assertThat(SmallArchive.audit(other, runs, new AuditScope.Newest(), AuditMode.MANIFEST)
                            .codes())
                    .containsExactlyInAnyOrder("M010", "M030", "M051");
        }
    }

    @Test
    void aRunLeftOutOfTheChainIsMissed() throws Exception {
        for (RunFile file : RunFile.values()) {
            store.remove(file.key(SmallArchive.PREFIX, SmallArchive.SECOND));
        }

        SmallArchive.Outcome outcome = SmallArchive.withoutHome(store, ALL, AuditMode.LIST);

        assertThat(outcome.codes()).containsExactlyInAnyOrder("M040", "EXTRA");
        assertThat(outcome.looked().runs()).containsExactly(SmallArchive.FIRST, SmallArchive.THIRD);
    }

    @Test
    void aRunWithoutItsMarkDoesNotExistYet() throws Exception {
        new RunInBucket(RUN).remove("run.json.sha256");

        SmallArchive.Outcome outcome = SmallArchive.withoutHome(store, ALL, AuditMode.MANIFEST);

        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.looked().unfinished()).containsExactly(RUN);
        assertThat(SmallArchive.withoutHome(store, new AuditScope.Newest(), AuditMode.MANIFEST)
                        .looked()
                        .runs())
                .containsExactly(SmallArchive.SECOND);
    }

    @Test
    void whatIsNoRunFileIsNamedWhereAllRunsAreAudited() throws Exception {
        store.plant("archive/runs/readme.txt", SmallArchive.bytes("hello"));
        store.plant("archive/runs/dt=2026-11-22/" + RUN + "/run.json", SmallArchive.bytes("another day"));

        assertThat(audit(ALL, AuditMode.MANIFEST).lines())
                .containsExactly(
                        "M052 archive/runs/dt=2026-11-22/" + RUN + "/run.json", "M052 archive/runs/readme.txt");
    }

    @Test
    void extrasAreNotToldWhereNotAllRowsAreKnown() throws Exception {
        new RunInBucket(RUN).plant("manifest.csv", "");

        SmallArchive.Outcome outcome = SmallArchive.withoutHome(store, ALL, AuditMode.LIST);

        assertThat(outcome.codes()).doesNotContain("EXTRA").contains("M009", "M020");
        assertThat(outcome.looked().extrasLookedFor()).isFalse();
    }

    @Test
    void anUnknownRunStopsTheAudit() {
        assertThatThrownBy(() -> audit(new AuditScope.OneRun(new RunId("20200101T000000Z-000000")), AuditMode.MANIFEST))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("no run 20200101T000000Z-000000");
    }

    @Test
    void anotherPrefixStopsTheAudit() throws Exception {
        RunInBucket files = new RunInBucket(RUN);
        files.edit("run.json", text -> text.replace("\"prefix\": \"archive/\"", "\"prefix\": \"old/\""));
        files.mark();

        assertThatThrownBy(() -> SmallArchive.withoutHome(store, new AuditScope.Newest(), AuditMode.MANIFEST))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("archiver.storage.prefix");
    }

    /** What somebody does to the files of a run. */
    interface Tampering {
        void on(RunInBucket run) throws IOException;
    }

    private static Arguments tampering(String name, String code, Tampering tampering) {
        return Arguments.of(name, code, tampering);
    }

    private static Arguments sealed(String name, String code, String file, UnaryOperator<String> edit) {
        return tampering(name, code, run -> {
            run.edit(file, edit);
            run.seal();
        });
    }

    private static Arguments runJson(String name, String code, UnaryOperator<String> edit) {
        return tampering(name, code, run -> {
            run.edit("run.json", edit);
            run.mark();
        });
    }

    private static String line(String text, int number, UnaryOperator<String> edit) {
        List<String> lines = new ArrayList<>(List.of(text.split("\n")));
        lines.set(number - 1, edit.apply(lines.get(number - 1)));
        return String.join("\n", lines) + "\n";
    }

    private static String without(String text, int number) {
        List<String> lines = new ArrayList<>(List.of(text.split("\n")));
        lines.remove(number - 1);
        return String.join("\n", lines) + "\n";
    }

    private static String swapped(String text, int one, int other) {
        List<String> lines = new ArrayList<>(List.of(text.split("\n")));
        Collections.swap(lines, one - 1, other - 1);
        return String.join("\n", lines) + "\n";
    }

    /** The files of a run in the bucket, in the hands of somebody with all rights. */
    final class RunInBucket {
        private static final JsonMapper JSON = new JsonMapper();

        private final RunId run;

        RunInBucket(RunId run) {
            this.run = run;
        }

        RunInBucket before() {
            return new RunInBucket(SmallArchive.SECOND);
        }

        private String key(String name) {
            String key = RunFile.RUN_JSON.key(SmallArchive.PREFIX, run);
            return key.substring(0, key.lastIndexOf('/') + 1) + name;
        }

        void remove(String name) {
            store.remove(key(name));
        }

        void plant(String name, String text) {
            store.plant(key(name), text.getBytes(ISO_8859_1));
        }

        String text(String name) throws IOException {
            return new String(SmallArchive.read(store, key(name)), ISO_8859_1);
        }

        void edit(String name, UnaryOperator<String> edit) throws IOException {
            String before = text(name);
            String after = edit.apply(before);
            assertThat(after).as("the edit changes something").isNotEqualTo(before);
            plant(name, after);
        }

        /** Makes sizes, digests and mark agree with the files again. */
        void seal() throws IOException {
            ObjectNode root = (ObjectNode) JSON.readTree(text("run.json"));
            for (JsonNode file : root.get("files")) {
                byte[] bytes = SmallArchive.read(store, key(file.get("name").stringValue()));
                ((ObjectNode) file)
                        .put("bytes", bytes.length)
                        .put("sha256", Sha256.of(bytes).hex());
            }
            plant("run.json", JSON.writeValueAsString(root));
            mark();
        }

        void unlist(String name) throws IOException {
            ObjectNode root = (ObjectNode) JSON.readTree(text("run.json"));
            root.withArray("files")
                    .removeIf(file -> file.get("name").stringValue().equals(name));
            plant("run.json", JSON.writeValueAsString(root));
            mark();
        }

        void mark() throws IOException {
            plant("run.json.sha256", Sha256.of(SmallArchive.read(store, key("run.json"))) + "  run.json\n");
        }
    }

    @Test
    void everyCodeIsToldApart() {
        Set<String> codes = new TreeSet<>();
        for (FindingCode code : FindingCode.values()) {
            assertThat(codes.add(code.code())).as(code.code()).isTrue();
            assertThat(code.sentence()).endsWith(".");
            assertThat(code.cure()).endsWith(".");
        }
    }
}
