package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeManifestTest {
    private static final long LIMIT_MINUTES = 10;

    @Test
    void aManifestOfTwoMillionRowsIsWrittenAndReadAgainInAHeapOf256Megabytes(@TempDir Path folder) throws Exception {
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeRun.class.getName(),
                        folder.resolve("run").toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES))
                    .as("ends in time")
                    .isTrue();
        } finally {
            process.destroyForcibly().onExit().join();
        }

        assertThat(said).hasContent("{STORED=1733337, FAILED=0, PENDING=199998, SKIPPED=66666}");
        assertThat(process.exitValue()).isZero();
        assertThat(Files.size(folder.resolve("run/manifest.csv"))).isGreaterThan(700_000_000);
    }
}
