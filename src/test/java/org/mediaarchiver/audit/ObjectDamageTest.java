package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.storage.ObjectStore;

/** Damage is planted, and each mode must find exactly what it can find. */
class ObjectDamageTest {
    private static final AuditScope ALL = new AuditScope.AllRuns();

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
    void anUndamagedArchiveHasNoFinding(AuditMode mode) throws Exception {
        List<AuditScope> scopes = List.of(
                ALL,
                new AuditScope.Newest(),
                new AuditScope.OneRun(SmallArchive.FIRST),
                new AuditScope.InBucket(SmallArchive.SECOND),
                new AuditScope.InFolder(home.resolve("runs").resolve(SmallArchive.THIRD.value())));
        for (AuditScope scope : scopes) {
            assertThat(audit(scope, mode).findings()).as("%s", scope).isEmpty();
        }
        assertThat(SmallArchive.withoutHome(store, ALL, mode).findings()).isEmpty();
    }

    @Test
    void everyObjectOfAllRunsIsLookedAtOnce() throws Exception {
        Looked looked = audit(ALL, AuditMode.READ).looked();

        assertThat(looked.expected()).isEqualTo(18);
        assertThat(looked.objects()).isEqualTo(18);
        assertThat(looked.bytesRead()).isPositive();
        assertThat(looked.runs()).containsExactly(SmallArchive.FIRST, SmallArchive.SECOND, SmallArchive.THIRD);
        assertThat(looked.extrasLookedFor()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(AuditMode.class)
    void anObjectInNoManifestIsFoundWhereAllRunsAreAudited(AuditMode mode) throws Exception {
        List<String> extras = List.of(
                "archive/media/0/video.mp4",
                "archive/media/a/preview.jpg",
                "archive/media/a/preview.webp.bak",
                "archive/media/lost/video.mp4",
                "archive/media/z_9/z",
                "archive/media/zz/video.mp4");
        extras.forEach(key -> store.plant(key, SmallArchive.bytes("extra")));

        assertThat(audit(ALL, mode).lines())
                .isEqualTo(
                        mode == AuditMode.MANIFEST
                                ? List.of()
                                : extras.stream().map("EXTRA "::concat).toList());
        assertThat(audit(new AuditScope.Newest(), mode).lines()).isEmpty();
    }

    @Test
    void aKeyThatNoTerminalShouldSeeIsToldPercentEncoded() throws Exception {
        store.plant("archive/media/\u001b[31m,\u00fc", SmallArchive.bytes("extra"));

        assertThat(audit(ALL, AuditMode.LIST).lines()).containsExactly("EXTRA archive/media/%1B[31m%2C%C3%BC");
    }

    @Test
    void findingsComeInTheOrderOfKeys() throws Exception {
        store.remove(SmallArchive.key("z_9", Role.VIDEO));
        store.plant(SmallArchive.key("b", Role.RESULT), SmallArchive.bytes("other"));
        store.plant("archive/media/c/video.mp4", SmallArchive.bytes("extra"));

        assertThat(audit(ALL, AuditMode.READ).lines())
                .containsExactly(
                        "CHANGED archive/media/b/result.json",
                        "EXTRA archive/media/c/video.mp4",
                        "MISSING archive/media/z_9/video.mp4");
    }

    @Test
    void oneReadThatGivesOtherBytesIsNoChange() throws Exception {
        String key = SmallArchive.key("a", Role.VIDEO);
        AtomicInteger reads = new AtomicInteger();
        try (ObjectStore flaky = new DistortedStore(store) {
            @Override
            protected InputStream distort(String name, byte[] bytes) {
                if (name.equals(key) && reads.incrementAndGet() == 1) {
                    bytes[0] ^= 1;
                }
                return new ByteArrayInputStream(bytes);
            }
        }) {
            assertThat(SmallArchive.withoutHome(flaky, ALL, AuditMode.READ).lines())
                    .isEmpty();
            assertThat(reads).hasValue(2);
        }
    }

    @Test
    void anObjectThatCannotBeReadIsNeitherRightNorWrong() throws Exception {
        String key = SmallArchive.key("a", Role.VIDEO);
        try (ObjectStore failing = new DistortedStore(store) {
            @Override
            protected InputStream distort(String name, byte[] bytes) throws IOException {
                if (name.equals(key)) {
                    throw new IOException("HTTP 503");
                }
                return new ByteArrayInputStream(bytes);
            }
        }) {
            SmallArchive.Outcome outcome = SmallArchive.withoutHome(failing, ALL, AuditMode.READ);

            assertThat(outcome.lines()).containsExactly("UNREADABLE " + key);
            assertThat(outcome.looked().objects()).isEqualTo(17);
        }
    }

    @Test
    void aBodyThatIsCutIsNotTakenForOtherBytes() throws Exception {
        String key = SmallArchive.key("a", Role.VIDEO);
        try (ObjectStore cutting = new DistortedStore(store) {
            @Override
            protected InputStream distort(String name, byte[] bytes) {
                return new ByteArrayInputStream(bytes, 0, name.equals(key) ? 3 : bytes.length);
            }
        }) {
            assertThat(SmallArchive.withoutHome(cutting, ALL, AuditMode.READ).lines())
                    .containsExactly("UNREADABLE " + key);
        }
    }

    @Test
    void aStoreThatDeliversNoObjectStopsTheAudit(@TempDir Path otherHome) throws Exception {
        InMemoryObjectStore other = SmallArchive.storeOf(Map.of());
        new SmallArchive(other, otherHome)
                .publish(SmallArchive.FIRST, List.of("n0", "n1", "n2", "n3", "n4", "n5", "n6"), List.of());
        try (ObjectStore down = new DistortedStore(other) {
            @Override
            public Optional<ObjectHead> head(String key) throws IOException {
                if (key.contains("media/")) {
                    throw new IOException("HTTP 503");
                }
                return super.head(key);
            }
        }) {
            assertThatThrownBy(() -> SmallArchive.withoutHome(down, ALL, AuditMode.HEAD))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("20 objects in a row")
                    .hasMessageContaining("HTTP 503");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = AuditMode.class,
            names = {"LIST", "READ"})
    void aListingOutOfOrderStopsTheAuditBeforeAnObjectIsTakenForMissing(AuditMode mode) throws Exception {
        try (ObjectStore hashed = new DistortedStore(store) {
            @Override
            public Stream<ObjectHead> list(String prefix) {
                return prefix.contains("media/")
                        ? super.list(prefix)
                                .sorted(Comparator.comparing(ObjectHead::key).reversed())
                        : super.list(prefix);
            }
        }) {
            assertThatThrownBy(() -> SmallArchive.withoutHome(hashed, ALL, mode))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("does not list keys in the order of their bytes")
                    .hasMessageContaining("--run");
            assertThat(SmallArchive.withoutHome(hashed, new AuditScope.Newest(), AuditMode.HEAD)
                            .lines())
                    .isEmpty();
        }
    }

    @Test
    void whatAStoreDoesNotTellIsNotTakenForAgreement() throws Exception {
        try (ObjectStore silent = new DistortedStore(store) {
            @Override
            public Optional<ObjectHead> head(String key) throws IOException {
                return super.head(key).map(ObjectDamageTest::withoutProof);
            }

            @Override
            public Stream<ObjectHead> list(String prefix) {
                return super.list(prefix).map(ObjectDamageTest::withoutProof);
            }
        }) {
            for (AuditMode mode : List.of(AuditMode.LIST, AuditMode.HEAD)) {
                SmallArchive.Outcome outcome = SmallArchive.withoutHome(silent, ALL, mode);
                assertThat(outcome.codes()).containsExactly("UNVERIFIABLE");
                assertThat(outcome.findings()).hasSize(18);
            }
            assertThat(SmallArchive.withoutHome(silent, ALL, AuditMode.READ).findings())
                    .isEmpty();
        }
    }

    private static ObjectStore.ObjectHead withoutProof(ObjectStore.ObjectHead head) {
        return new ObjectStore.ObjectHead(head.key(), head.size(), null, null, null, null, null);
    }
}
