package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.StopException;

class FindingLogTest {
    private static final Finding FIRST =
            new Finding(FindingCode.MISSING, SmallArchive.FIRST, "media/a/video.mp4", "7 bytes are lost");
    private static final Finding SECOND = new Finding(FindingCode.EXTRA, null, "media/\u001b,\u00fc", "9 bytes");

    @TempDir
    private Path folder;

    @Test
    void findingsAreReadAsTheyWereWritten() throws Exception {
        Path file = folder.resolve("log");
        try (FindingLog log = FindingLog.open(file, 0)) {
            log.add(FIRST);
            log.add(SECOND);
        }

        assertThat(read(file)).containsExactly(FIRST, SECOND);
    }

    @Test
    void whatWasWrittenAndNeverCommittedIsCutOff() throws Exception {
        Path file = folder.resolve("log");
        long committed;
        try (FindingLog log = FindingLog.open(file, 0)) {
            log.add(FIRST);
            committed = log.length();
            log.add(FIRST);
        }

        try (FindingLog log = FindingLog.open(file, committed)) {
            log.add(SECOND);
        }

        assertThat(read(file)).containsExactly(FIRST, SECOND);
    }

    @Test
    void aStepThatBeginsAnewHasNoFindings() throws Exception {
        Path file = folder.resolve("log");
        try (FindingLog log = FindingLog.open(file, 0)) {
            log.add(FIRST);
        }

        FindingLog.open(file, 0).close();

        assertThat(read(file)).isEmpty();
    }

    @Test
    void aFileThatHasLostSomethingIsNotGoneOnWith() {
        assertThatThrownBy(() -> FindingLog.open(folder.resolve("log"), 10))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("--new");
    }

    private static List<Finding> read(Path file) throws Exception {
        List<Finding> all = new ArrayList<>();
        FindingLog.read(file, all::add);
        return all;
    }
}
