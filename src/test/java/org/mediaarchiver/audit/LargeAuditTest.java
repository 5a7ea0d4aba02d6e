package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeAuditTest {
    private static final long LIMIT_MINUTES = 5;

    @Test
    void aRunIsAuditedInAHeapThatCouldNotHoldItsRows(@TempDir Path folder) throws Exception {
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx20m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeAudit.class.getName(),
                        folder.toString())
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

        assertThat(said).hasContent("102000 looked at, 0 findings");
        assertThat(process.exitValue()).isZero();
    }
}
