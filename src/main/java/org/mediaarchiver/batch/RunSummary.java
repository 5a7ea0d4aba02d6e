package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.ledger.ManifestRowTable.Tally;
import org.mediaarchiver.ledger.TaskTable;

/**
 * What a finished run has to say.
 *
 * @param run its name
 * @param job its line of runs
 * @param tally its rows, by status and reason
 * @param tasks its tasks
 * @param duplicates lines that named a task once more
 * @param rejected lines that named no task
 * @param took from its first start to its end
 * @param folder where its files are in the home
 * @param location where they are in the bucket
 * @param runJson the digest of its {@code run.json}
 */
public record RunSummary(
        RunId run,
        String job,
        List<Tally> tally,
        TaskTable.Counts tasks,
        long duplicates,
        long rejected,
        Duration took,
        Path folder,
        String location,
        Sha256 runJson) {

    /** Tells whether something failed in this run, or could not be reached. */
    public boolean hasProblems() {
        return rejected > 0
                || tally.stream().anyMatch(row -> row.isNew() && row.status() == Status.FAILED)
                || tally.stream()
                        .anyMatch(row -> row.isNew()
                                && row.status() == Status.PENDING
                                && row.reason() != Reason.NOT_READY
                                && row.reason() != Reason.RUN_STOPPED);
    }

    /** Tells whether a repair did not make good all that it was about. */
    public boolean leavesSomething() {
        return rejected > 0 || tally.stream().anyMatch(row -> row.isNew() && row.status() != Status.STORED);
    }

    /** Tells whether tasks were not ready and are left for the next run. */
    public boolean hasPending() {
        return tally.stream().anyMatch(row -> row.status() == Status.PENDING);
    }

    /** Returns the summary as lines for a person; the digest of {@code run.json} is the last one, alone. */
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add("run %s of job %s, %s".formatted(run, job, Sizes.text(took)));
        lines.add("%,d %s: %s".formatted(tasks.tasks(), tasks.tasks() == 1 ? "task" : "tasks", taskCounts()));
        lines.add("");
        lines.add("  %-8s %-28s %9s %9s".formatted("status", "reason", "objects", "bytes"));
        for (Tally row : tally) {
            lines.add("  %-8s %-28s %,9d %9s"
                    .formatted(
                            row.status().word(),
                            reason(row),
                            row.rows(),
                            row.status() == Status.STORED ? Sizes.text(row.bytes()) : "")
                    .stripTrailing());
        }
        if (tally.isEmpty()) {
            lines.add("  nothing to do");
        }
        lines.add("");
        lines.add("manifest   " + folder.resolve("manifest.csv"));
        if (hasProblems()) {
            lines.add("failures   " + folder.resolve("rejects.csv"));
        }
        lines.add("in bucket  " + location);
        lines.add("SHA-256 of run.json, worth keeping elsewhere:");
        lines.add(runJson.hex());
        return String.join(System.lineSeparator(), lines);
    }

    private String taskCounts() {
        List<String> counts = new ArrayList<>();
        long dealtWith = tasks.tasks() - tasks.archivedBefore() - tasks.listed() - tasks.notTaken();
        counts.add("%,d dealt with".formatted(dealtWith));
        add(counts, tasks.archivedBefore(), "archived by earlier runs");
        add(counts, tasks.listed(), "failed for good in earlier runs");
        add(counts, tasks.notTaken(), "left by --limit");
        add(counts, tasks.carriedOver(), "carried over from earlier runs");
        add(counts, duplicates, duplicates == 1 ? "duplicate line" : "duplicate lines");
        add(counts, rejected, rejected == 1 ? "rejected line" : "rejected lines");
        return String.join(", ", counts);
    }

    private static void add(List<String> counts, long count, String what) {
        if (count > 0) {
            counts.add("%,d %s".formatted(count, what));
        }
    }

    private static String reason(Tally row) {
        @Nullable Reason reason = row.reason();
        if (reason == null) {
            return "new";
        }
        boolean listedFailure = !row.isNew() && row.status() == Status.FAILED;
        return listedFailure ? reason + " (before)" : reason.name();
    }
}
