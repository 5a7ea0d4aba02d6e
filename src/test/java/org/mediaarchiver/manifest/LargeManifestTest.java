package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.SmallHeap;

class LargeManifestTest {
    @Test
    void aManifestOfTwoMillionRowsIsWrittenAndReadAgainInAHeapOf256Megabytes(@TempDir Path folder) throws Exception {
        assertThat(SmallHeap.run(256, LargeRun.class, Files.createDirectory(folder.resolve("run"))))
                .isEqualTo("{STORED=1733337, FAILED=0, PENDING=199998, SKIPPED=66666}");
        assertThat(Files.size(folder.resolve("run/manifest.csv"))).isGreaterThan(700_000_000);
    }
}
