package org.mediaarchiver.batch;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mediaarchiver.audit.EvidenceAudit.Checked;
import org.mediaarchiver.audit.EvidenceAudit.Conclusion;
import org.mediaarchiver.audit.EvidenceAudit.Head;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.springframework.batch.infrastructure.item.ExecutionContext;

/**
 * What is known from the evidence beside the findings; kept in the evidence step's execution context.
 *
 * @param rows how many rows tell of objects, in all runs
 */
record EvidenceFacts(long rows, boolean rowsAreWhole, List<RunId> unfinished, List<Head> heads) {
    private static final EvidenceFacts NONE = new EvidenceFacts(0, true, List.of(), List.of());

    static EvidenceFacts of(Checked run) {
        return new EvidenceFacts(run.rows(), run.rowsAreWhole(), List.of(), List.of());
    }

    static EvidenceFacts of(Conclusion chain) {
        return new EvidenceFacts(0, true, chain.unfinished(), chain.heads());
    }

    EvidenceFacts plus(EvidenceFacts more) {
        return new EvidenceFacts(
                rows + more.rows,
                rowsAreWhole && more.rowsAreWhole,
                Stream.concat(unfinished.stream(), more.unfinished.stream()).toList(),
                Stream.concat(heads.stream(), more.heads.stream()).toList());
    }

    void putInto(ExecutionContext context) {
        context.putLong("rows", rows);
        context.putString("rowsAreWhole", Boolean.toString(rowsAreWhole));
        context.putString("unfinished", unfinished.stream().map(RunId::value).collect(Collectors.joining(" ")));
        context.putString(
                "heads",
                heads.stream().map(head -> head.run() + "=" + head.runJson()).collect(Collectors.joining(" ")));
    }

    static EvidenceFacts in(ExecutionContext context) {
        if (!context.containsKey("rows")) {
            return NONE;
        }
        return new EvidenceFacts(
                context.getLong("rows"),
                Boolean.parseBoolean(context.getString("rowsAreWhole")),
                words(context.getString("unfinished")).map(RunId::new).toList(),
                words(context.getString("heads")).map(EvidenceFacts::head).toList());
    }

    private static Stream<String> words(String text) {
        return Stream.of(text.split(" ", -1)).filter(word -> !word.isEmpty());
    }

    private static Head head(String word) {
        String[] parts = word.split("=", 2);
        return new Head(new RunId(parts[0]), new Sha256(parts[1]));
    }
}
