package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;

class ExpectedObjectsTest {
    private static final Sha256 DIGEST = Sha256.of(new byte[] {1});

    @TempDir
    private Path folder;

    @Test
    void anObjectIsWrittenAsItIsRead() {
        ExpectedObject whole =
                new ExpectedObject("media/a/video.mp4", run(1), 7, DIGEST, "e", "CRC32C:FULL_OBJECT:A", "v");
        ExpectedObject bare = new ExpectedObject("media/a/video.mp4", run(1), 0, DIGEST, null, null, null);

        assertThat(ExpectedObject.read(whole.line(), null)).isEqualTo(whole);
        assertThat(ExpectedObject.read(bare.line(), whole)).isEqualTo(bare);
    }

    /** Beyond 64 files some are merged into one first, and beyond 4,096 of those again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 65, 130, 4100})
    void ofAnyNumberOfRunsTheNewestRowCounts(int runs) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            files.add(file(i, "all", i % 2 == 0 ? "even" : "odd", "own-%05d".formatted(i)));
        }

        List<String> told = new ArrayList<>();
        long superseded;
        try (ExpectedObjects objects = ExpectedObjects.open(files, folder.resolve("merged"))) {
            for (ExpectedObject object = objects.next(); object != null; object = objects.next()) {
                told.add(object.key() + " " + object.size());
            }
            superseded = objects.superseded();
        }

        int last = runs - 1;
        int lastEven = last - last % 2;
        List<String> expected = new ArrayList<>();
        expected.add("all " + last);
        expected.add("even " + lastEven);
        if (runs > 1) {
            expected.add("odd " + (lastEven == last ? last - 1 : last));
        }
        for (int i = 0; i < runs; i++) {
            expected.add("own-%05d %d".formatted(i, i));
        }
        assertThat(told).isEqualTo(expected);
        if (runs <= ExpectedObjects.SIDE_BY_SIDE) {
            assertThat(superseded).isEqualTo(3L * runs - expected.size());
        }
    }

    @Test
    void noRunsTellOfNoObject() throws IOException {
        try (ExpectedObjects objects = ExpectedObjects.open(List.of(), folder)) {
            assertThat(objects.next()).isNull();
        }
    }

    private Path file(int number, String... keys) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String key : keys) {
            lines.add(new ExpectedObject(key, run(number), number, DIGEST, "e", null, null).line());
        }
        return Files.write(folder.resolve("run-" + number), lines);
    }

    private static RunId run(int number) {
        return new RunId("20261123T020000Z-%06x".formatted(number));
    }
}
