package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.audit.FindingCode.Kind;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.InMemoryObjectStore;

/** Run files that somebody has tampered with, in folders named after what must be found; their README says how to read them. */
class BadManifestTest {
    private static final Path FIXTURES = Path.of("src/test/resources/org/mediaarchiver/audit/bad-manifests");
    private static final Path SOUND = FIXTURES.resolve("sound");
    private static final Path NO_HOME = Path.of("/nowhere/runs");

    /** What is seen where the home has the sound files. */
    private static final Set<String> AGAINST_THE_HOME = Set.of("M050", "M051");

    /** What is only seen where all runs are. */
    private static final Set<String> OF_THE_WHOLE = Set.of("M042", "M043", "M050", "M051", "M052");

    static List<String> fixtures() throws IOException {
        try (Stream<Path> folders = Files.list(FIXTURES)) {
            return folders.map(folder -> String.valueOf(folder.getFileName()))
                    .filter(name -> name.startsWith("M"))
                    .sorted()
                    .toList();
        }
    }

    private static Set<String> codes(String fixture) {
        return new TreeSet<>(List.of(fixture.split("-", 2)[0].split("\\+", -1)));
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aBadManifestRaisesTheCodesItIsNamedAfter(String fixture) throws Exception {
        try (InMemoryObjectStore bucket = bucket(fixture)) {
            boolean isOfTheWhole = codes(fixture).stream().anyMatch(OF_THE_WHOLE::contains);
            AuditScope scope = isOfTheWhole ? new AuditScope.AllRuns() : new AuditScope.InBucket(SmallArchive.THIRD);

            SmallArchive.Outcome outcome = SmallArchive.audit(
                    bucket,
                    codes(fixture).stream().anyMatch(AGAINST_THE_HOME::contains) ? SOUND : NO_HOME,
                    scope,
                    AuditExtent.allObjects(AuditMode.MANIFEST),
                    expected(fixture));

            assertThat(outcome.codes()).isEqualTo(codes(fixture));
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void theWholeArchiveIsNotCalledSoundEither(String fixture) throws Exception {
        try (InMemoryObjectStore bucket = bucket(fixture)) {
            assertThat(SmallArchive.audit(
                                    bucket,
                                    SOUND,
                                    new AuditScope.AllRuns(),
                                    AuditExtent.allObjects(AuditMode.MANIFEST),
                                    expected(fixture))
                            .findings())
                    .isNotEmpty();
        }
    }

    @Test
    void whatWasNotTamperedWithIsSound() throws Exception {
        try (InMemoryObjectStore bucket = bucket("sound")) {
            assertThat(SmallArchive.audit(bucket, SOUND, new AuditScope.AllRuns(), AuditMode.MANIFEST)
                            .findings())
                    .isEmpty();
        }
    }

    @Test
    void everyCodeThatTellsOfRunFilesHasAFixture() throws IOException {
        Set<String> codes = Stream.of(FindingCode.values())
                .filter(code -> code.kind() == Kind.EVIDENCE)
                .map(FindingCode::code)
                .collect(Collectors.toSet());

        assertThat(fixtures()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(fixtures().stream().flatMap(fixture -> codes(fixture).stream()))
                .containsAll(codes)
                .allMatch(codes::contains);
    }

    private static @Nullable Sha256 expected(String fixture) throws IOException {
        Path file = FIXTURES.resolve(fixture).resolve("expected.txt");
        return Files.exists(file) ? new Sha256(Files.readString(file).strip()) : null;
    }

    private static InMemoryObjectStore bucket(String fixture) throws IOException {
        InMemoryObjectStore bucket = SmallArchive.storeOf(Map.of());
        plant(bucket, SOUND);
        Path folder = FIXTURES.resolve(fixture);
        plant(bucket, folder);
        Path removed = folder.resolve("removed.txt");
        if (Files.exists(removed)) {
            for (String name : Files.readAllLines(removed)) {
                assertThat(bucket.head(key(name))).as(name).isPresent();
                bucket.remove(key(name));
            }
        }
        return bucket;
    }

    private static void plant(InMemoryObjectStore bucket, Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                if (!name.equals("removed.txt") && !name.equals("expected.txt")) {
                    bucket.plant(key(name), Files.readAllBytes(file));
                }
            }
        }
    }

    /** Files of a run lie below its day. */
    private static String key(String name) {
        String first = Objects.requireNonNull(name.split("/", 2)[0]);
        return SmallArchive.PREFIX + "runs/"
                + (RunId.isRunId(first) ? "dt=" + new RunId(first).day() + "/" : "")
                + name;
    }
}
