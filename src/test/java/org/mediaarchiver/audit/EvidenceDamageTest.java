package org.mediaarchiver.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.storage.InMemoryObjectStore;

/** Run files are tampered with in bucket and home, and each audit must name what was done. */
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

    /** The files of a run in the bucket, in the hands of somebody with all rights. */
    final class RunInBucket {
        private final RunId run;

        RunInBucket(RunId run) {
            this.run = run;
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
