package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Slice;
import org.mediaarchiver.storage.InMemoryObjectStore;

/** An archive in which every object is damaged shows which objects were looked at. */
class SelectionTest {
    private static final AuditScope ALL = new AuditScope.AllRuns();
    private static final Set<String> EXTRAS = Set.of(
            "archive/media/0/video.mp4",
            "archive/media/c/video.mp4",
            "archive/media/d/video.mp4",
            "archive/media/lost/video.mp4",
            "archive/media/zz/video.mp4");

    @TempDir
    private static Path home;

    private static final Map<String, byte[]> PUBLISHED = new LinkedHashMap<>();

    @BeforeAll
    static void publish() throws Exception {
        try (InMemoryObjectStore original = SmallArchive.storeOf(Map.of())) {
            new SmallArchive(original, home).withThreeRuns();
            PUBLISHED.putAll(SmallArchive.contents(original));
        }
    }

    private final InMemoryObjectStore store = SmallArchive.storeOf(PUBLISHED);

    private Set<String> damageAll() {
        Set<String> damaged = new TreeSet<>();
        for (String key : PUBLISHED.keySet()) {
            if (key.startsWith("archive/media/")) {
                store.plant(key, SmallArchive.bytes("damaged"));
                damaged.add(key);
            }
        }
        return damaged;
    }

    private SmallArchive.Outcome audit(AuditMode mode, @Nullable Slice slice, @Nullable Sample sample)
            throws Exception {
        return SmallArchive.audit(store, home.resolve("runs"), ALL, new AuditExtent(mode, slice, sample));
    }

    private static List<String> keys(SmallArchive.Outcome outcome) {
        return outcome.findings().stream().map(Finding::key).toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = AuditMode.class,
            names = {"LIST", "HEAD", "READ"})
    void theNightsOfAllSlicesFindEverythingOnce(AuditMode mode) throws Exception {
        Set<String> all = damageAll();
        EXTRAS.forEach(key -> store.plant(key, SmallArchive.bytes("extra")));
        all.addAll(EXTRAS);
        List<String> found = new ArrayList<>();
        long population = 0;
        for (int night = 1; night <= 4; night++) {
            SmallArchive.Outcome outcome = audit(mode, new Slice(night, 4), null);
            found.addAll(keys(outcome));
            population += outcome.looked().population();
            assertThat(outcome.looked().expected()).isEqualTo(outcome.looked().population());
            assertThat(outcome.looked().extrasLookedFor()).isTrue();
        }

        assertThat(found).containsExactlyInAnyOrderElementsOf(all);
        assertThat(population).isEqualTo(18);
    }

    @ParameterizedTest
    @EnumSource(
            value = AuditMode.class,
            names = {"LIST", "HEAD", "READ"})
    void theSameSeedDrawsTheSameObjectsInEveryMode(AuditMode mode) throws Exception {
        Set<String> all = damageAll();
        EXTRAS.forEach(key -> store.plant(key, SmallArchive.bytes("extra")));

        SmallArchive.Outcome outcome = audit(mode, null, new Sample(5, 42L));

        assertThat(keys(outcome))
                .hasSize(5)
                .isSubsetOf(all)
                .isEqualTo(keys(audit(AuditMode.LIST, null, new Sample(5, 42L))));
        assertThat(outcome.looked().expected()).isEqualTo(5);
        assertThat(outcome.looked().population()).isEqualTo(18);
        assertThat(outcome.looked().extrasLookedFor()).isFalse();
    }

    @Test
    void aSampleOfASliceIsDrawnFromItAlone() throws Exception {
        damageAll();
        List<String> slice = keys(audit(AuditMode.LIST, new Slice(1, 2), null));

        SmallArchive.Outcome outcome = audit(AuditMode.LIST, new Slice(1, 2), new Sample(2, 42L));

        assertThat(keys(outcome)).hasSize(2).isSubsetOf(new HashSet<>(slice));
        assertThat(outcome.looked().population()).isEqualTo(slice.size());
    }

    @Test
    void aSampleLargerThanTheArchiveIsTheWhole() throws Exception {
        Set<String> all = damageAll();

        assertThat(keys(audit(AuditMode.HEAD, null, new Sample(1000, 1L)))).containsExactlyElementsOf(all);
    }
}
