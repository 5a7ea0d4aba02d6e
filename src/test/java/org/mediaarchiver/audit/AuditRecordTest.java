package org.mediaarchiver.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.manifest.RunRecord.ListedFile;

class AuditRecordTest {
    private static final String DIGEST = "ab".repeat(32);
    private static final String JSON = """
            {
              "format" : "media-archive-audit/1",
              "audit_id" : "20261123T020000Z-7f3a9c",
              "verdict" : "DIFFERENCES",
              "archive" : { "endpoint" : null, "bucket" : "media", "prefix" : "team/" },
              "runs" : [ "20261121T020000Z-000001", "20261122T020000Z-000002" ],
              "files" : [
                { "name" : "audit.csv", "bytes" : 9, "sha256" : "%1$s" },
                { "name" : "audit.jsonl", "bytes" : 7, "sha256" : "%1$s" }
              ],
              "of a later version" : [ { } ]
            }
            """.formatted(DIGEST);

    private static AuditRecord read(String json) throws MalformedAuditException {
        return AuditRecord.read(json.getBytes(US_ASCII), mark(json));
    }

    private static byte[] mark(String json) {
        return (Sha256.of(json.getBytes(US_ASCII)) + "  audit.json\n").getBytes(US_ASCII);
    }

    @Test
    void whatAnAuditSaysOfItselfIsRead() throws Exception {
        assertThat(read(JSON))
                .isEqualTo(new AuditRecord(
                        new RunId("20261123T020000Z-7f3a9c"),
                        "media",
                        "team/",
                        List.of(new RunId("20261121T020000Z-000001"), new RunId("20261122T020000Z-000002")),
                        new ListedFile("audit.jsonl", 7, new Sha256(DIGEST))));
    }

    @Test
    void anAuditThatWasChangedBehindItsMarkIsRefused() {
        String changed = JSON.replace("\"media\"", "\"other\"");

        assertThatThrownBy(() -> AuditRecord.read(changed.getBytes(US_ASCII), mark(JSON)))
                .isInstanceOf(MalformedAuditException.class)
                .hasMessageContaining("digest");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no mark", "  audit.json\n", "00  audit.json\n"})
    void whatIsNoMarkVouchesForNothing(String mark) {
        assertThatThrownBy(() -> AuditRecord.read(JSON.getBytes(US_ASCII), mark.getBytes(US_ASCII)))
                .isInstanceOf(MalformedAuditException.class)
                .hasMessageContaining("audit.json.sha256");
    }

    @Test
    void aMarkOfSomethingElseVouchesForNothing() {
        byte[] other = new String(mark(JSON), US_ASCII)
                .replace("audit.json", "run.json")
                .getBytes(US_ASCII);

        assertThatThrownBy(() -> AuditRecord.read(JSON.getBytes(US_ASCII), other))
                .isInstanceOf(MalformedAuditException.class);
    }

    @Test
    void anotherFormatIsNamed() {
        assertThatThrownBy(() -> read(JSON.replace("audit/1", "audit/2")))
                .isInstanceOf(MalformedAuditException.class)
                .hasMessageContainingAll("media-archive-audit/2", "media-archive-audit/1");
    }

    @Test
    void findingsThatAreNotListedCannotBeTrusted() {
        assertThatThrownBy(() -> read(JSON.replace("audit.jsonl", "../audit.jsonl")))
                .isInstanceOf(MalformedAuditException.class)
                .hasMessageContaining("does not list audit.jsonl");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{", "\"text\"", "{\"format\":\"media-archive-audit/1\"}"})
    void whatIsNoAuditIsRefused(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(MalformedAuditException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"media\"|null",
                "\"team/\"|null",
                "\"media\"|{}",
                "[ \"20261121T020000Z-000001\", \"20261122T020000Z-000002\" ]|null",
                "\"20261121T020000Z-000001\"|null",
                "20261121T020000Z-000001|../../runs",
                "20261123T020000Z-7f3a9c|../../x",
                "ab|zz",
                "\"files\"|\"archive\""
            })
    void aMemberThatIsNoneOfItsKindIsRefused(String right, String wrong) {
        assertThatThrownBy(() -> read(JSON.replace(right, wrong))).isInstanceOf(MalformedAuditException.class);
    }
}
