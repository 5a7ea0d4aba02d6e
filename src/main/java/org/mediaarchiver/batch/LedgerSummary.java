package org.mediaarchiver.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.Finding;
import org.mediaarchiver.audit.FindingCode;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.TaskState;

/**
 * What a ledger that was made anew is made of.
 *
 * @param location of the archive, as {@code s3://bucket/prefix}
 * @param runs of which it tells, published ones
 * @param read how many of them were new to the home
 * @param unfinished runs of the home that are to be finished
 * @param withoutMark runs in the bucket that have no commit mark
 * @param tasks by where they stand
 * @param newest the run that the next one names as the one before, null where there is none
 * @param findings what does not hold, and was left out
 */
public record LedgerSummary(
        String location,
        long runs,
        long read,
        List<RunId> unfinished,
        List<RunId> withoutMark,
        Map<TaskState, Long> tasks,
        RunFacts.@Nullable Previous newest,
        List<Finding> findings) {

    /** Tells whether a run, or the chain, does not hold. */
    public boolean isEvidenceBroken() {
        return !findings.isEmpty();
    }

    /** Returns the summary as lines for a person; the last one is the digest of the newest run's {@code run.json}. */
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add("ledger of %s, from %,d %s, %,d of them new to this home"
                .formatted(location, runs, runs == 1 ? "run" : "runs", read));
        lines.add("%,d tasks: %,d archived, %,d to be tried again, %,d failed for good"
                .formatted(
                        tasks.values().stream().mapToLong(Long::longValue).sum(),
                        tasks.getOrDefault(TaskState.ARCHIVED, 0L),
                        tasks.getOrDefault(TaskState.OPEN, 0L),
                        tasks.getOrDefault(TaskState.FAILED, 0L)));
        if (!unfinished.isEmpty()) {
            lines.add("unfinished in this home, and gone on with by the next run of its job: " + joined(unfinished));
        }
        if (!withoutMark.isEmpty()) {
            lines.add("in the bucket without a commit mark, and passed over: " + joined(withoutMark));
        }
        Map<FindingCode, List<Finding>> byCode =
                findings.stream().collect(Collectors.groupingBy(Finding::code, TreeMap::new, Collectors.toList()));
        byCode.forEach((code, found) -> {
            lines.add("");
            lines.add(code.code() + "  " + code.sentence());
            lines.add("  What to do: " + code.cure());
            found.forEach(finding -> lines.add("  " + finding.key() + "  " + finding.what()));
        });
        if (isEvidenceBroken()) {
            lines.add("");
            lines.add("What does not hold was left out. Once it is mended, run the same command again.");
        }
        RunFacts.Previous last = newest;
        if (last != null) {
            lines.add("");
            lines.add("The newest run is " + last.runId()
                    + ". SHA-256 of its run.json, to compare with the one you kept:");
            lines.add(last.runJsonSha256().hex());
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String joined(List<RunId> runs) {
        return runs.stream().map(RunId::value).collect(Collectors.joining(", "));
    }
}
