package org.mediaarchiver.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.RunFacts;

class RunRecordTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void whatARunJsonSaysIsReadBackAsItWasWritten() throws Exception {
        RunRecord record = RunRecord.read(written(SmallRun.facts()));

        assertThat(record.facts()).isEqualTo(SmallRun.facts());
        assertThat(record.rejected()).isEqualTo(2);
        assertThat(record.counts().tasks()).isEqualTo(5);
        assertThat(record.files())
                .extracting(RunRecord.ListedFile::name)
                .startsWith("manifest.csv")
                .endsWith("datapackage.json");
    }

    @Test
    void whatIsNotThereIsReadBackAsMissing() throws Exception {
        RunRecord record = RunRecord.read(written(SmallRun.factsWithoutInput()));

        assertThat(record.facts()).isEqualTo(SmallRun.factsWithoutInput());
        assertThat(record.previous()).isNull();
        assertThat(record.rejected()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "job": "archive"               | "job": "two words"            | job cannot be two words
                    "job": "archive"               | "job": 1                      | job is no text
                    "limit": 100                   | "limit": "100"                | limit is no count
                    "retry_failed": true           | "retry_failed": "true"        | retry_failed is neither true nor false
                    "started_at": "2026-11-23T     | "started_at": "2026-13-23T    | started_at cannot be
                    "if_none_match": "yes"         | "if_none_match": 1            | if_none_match is no text
                    "already_archived"             | "before"                      | already_archived is missing
                    "bucket": "media"              | "bucket": null                | bucket is no text
                    "lines": 12                    | "lines": -12                  | lines is no count
                    """)
    void aMemberThatIsNotWhatItShouldBeIsNamed(String before, String after, String fault) throws Exception {
        String json = new String(written(SmallRun.facts()), UTF_8);
        assertThat(json).contains(before);

        assertThatThrownBy(() -> RunRecord.read(json.replace(before, after).getBytes(UTF_8)))
                .isInstanceOf(MalformedRunJsonException.class)
                .hasMessageContaining(fault);
    }

    private byte[] written(RunFacts facts) throws Exception {
        RunFiles files = new RunFiles(
                folder, facts, () -> SmallRun.rows().stream(), () -> SmallRun.rejectedLines().stream(), SmallRun::open);
        return Files.readAllBytes(files.write(RunFile.RUN_JSON).orElseThrow().path());
    }
}
