package org.mediaarchiver.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.audit.FindingReader.Line;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.TaskId;

class FindingReaderTest {
    private static List<Line> read(String text) throws MalformedAuditException {
        List<Line> lines = new ArrayList<>();
        try (FindingReader reader = new FindingReader(new ByteArrayInputStream(text.getBytes(UTF_8)), "team/")) {
            for (Line line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static String finding(String code, String key) {
        return "{\"code\":\"%s\",\"run_id\":\"20261121T020000Z-000001\",\"key\":\"%s\",\"what\":\"\",\"cure\":\"\"}\n"
                .formatted(code, key);
    }

    @Test
    void whatIsMissingOrChangedIsDamageAndTheRestIsLeftToAPerson() throws Exception {
        assertThat(read(finding("M040", "team/runs/dt=2026-11-21/x/run.json")
                        + finding("MISSING", "team/media/t1/video.mp4")
                        + finding("CHANGED", "team/media/t1/result.json")
                        + finding("EXTRA", "team/media/t2/video.mp4")
                        + finding("UNREADABLE", "team/media/t3/video.mp4")
                        + finding("UNVERIFIABLE", "team/media/t4/video.mp4")))
                .containsExactly(
                        new Line.Other(1, FindingCode.PREVIOUS_MISSING, "team/runs/dt=2026-11-21/x/run.json"),
                        new Line.Damage(
                                2, FindingCode.MISSING, new TaskId("t1"), Role.VIDEO, "team/media/t1/video.mp4"),
                        new Line.Damage(
                                3, FindingCode.CHANGED, new TaskId("t1"), Role.RESULT, "team/media/t1/result.json"),
                        new Line.Other(4, FindingCode.EXTRA, "team/media/t2/video.mp4"),
                        new Line.Other(5, FindingCode.UNREADABLE, "team/media/t3/video.mp4"),
                        new Line.Other(6, FindingCode.UNVERIFIABLE, "team/media/t4/video.mp4"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team/media/../video.mp4",
                "team/runs/dt=2026-11-21/x/run.json",
                "media/t1/video.mp4",
                "team/media/t1/../../../x/video.mp4",
                "/etc/passwd",
                "t1"
            })
    void aKeyThatIsNoneOfThisArchiveIsNoDamage(String key) throws Exception {
        assertThat(read(finding("MISSING", key))).containsExactly(new Line.Other(1, FindingCode.MISSING, key));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no json",
                "{\"code\":\"MISSING\"",
                "{\"code\":\"MISSING\"}",
                "{\"key\":\"team/media/t1/video.mp4\"}",
                "{\"code\":\"M999\",\"key\":\"k\"}",
                "{\"code\":null,\"key\":\"k\"}",
                "{\"code\":\"EXTRA\",\"key\":{}}",
                "null",
                "[1]"
            })
    void whatNoAuditWritesIsRefusedWithItsLine(String wrong) {
        assertThatThrownBy(() -> read(finding("EXTRA", "k") + wrong))
                .isInstanceOf(MalformedAuditException.class)
                .hasMessageContaining("line 2 of audit.jsonl");
    }

    @Test
    void aTextWithoutEndIsRefusedBeforeItFillsTheMemory() {
        assertThatThrownBy(() -> read("{\"code\":\"EXTRA\",\"key\":\"" + "k".repeat(100_000) + "\"}"))
                .isInstanceOf(MalformedAuditException.class);
    }

    @Test
    void anAuditThatFoundNothingHasNoLines() throws Exception {
        assertThat(read("")).isEmpty();
    }
}
