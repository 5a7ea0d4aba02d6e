package org.mediaarchiver.audit;

import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.manifest.Json;
import tools.jackson.databind.JsonNode;

/**
 * One thing that is not as it should be.
 *
 * <p>Key and detail are safe on a terminal and as CSV cells, whatever the bucket holds.
 *
 * @param run the run concerned, null where none is
 * @param key the object's key, or the path of a file in a folder; percent-encoded to ASCII
 * @param what exactly, at most 200 characters
 */
public record Finding(FindingCode code, @Nullable RunId run, String key, String what) {
    static final String CSV_HEADER = "code,run_id,key,what,cure";

    public Finding {
        key = Text.percentEncoded(key);
        what = new Detail(what).text();
    }

    /** Returns the finding as a line of {@code audit.jsonl}, without its end. */
    String json() {
        return Json.line(Json.object()
                .put("code", code.code())
                .put("run_id", run == null ? null : run.value())
                .put("key", key)
                .put("what", what)
                .put("sentence", code.sentence())
                .put("cure", code.cure()));
    }

    /** Returns the finding as a line of {@code audit.csv}, without its end. */
    String csv() {
        return String.join(
                ",",
                code.code(),
                run == null ? "" : run.value(),
                key,
                what,
                code.cure().replace(',', ';'));
    }

    /**
     * Reads a line of {@code audit.jsonl}.
     *
     * @throws IllegalArgumentException if it is none, or has a code that this version does not know
     */
    static Finding read(String line) {
        JsonNode node = Json.read(line);
        JsonNode run = node.path("run_id");
        return new Finding(
                FindingCode.of(node.path("code").stringValue("")).orElseThrow(() -> new IllegalArgumentException(line)),
                run.isString() ? new RunId(run.stringValue()) : null,
                node.path("key").stringValue(""),
                node.path("what").stringValue(""));
    }
}
