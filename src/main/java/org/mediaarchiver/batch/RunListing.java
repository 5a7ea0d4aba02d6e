package org.mediaarchiver.batch;

import java.util.ArrayList;
import java.util.List;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.manifest.RunFile;

/** The runs of a home as a table for a person. */
public final class RunListing {
    private static final String FORM = "%-23s  %-12s  %-10s  %9s  %9s  %9s  %9s  %s";

    private final Home home;
    private final RunTable runs;
    private final TaskTable tasks;
    private final ManifestRowTable rows;

    RunListing(Home home, RunTable runs, TaskTable tasks, ManifestRowTable rows) {
        this.home = home;
        this.runs = runs;
        this.tasks = tasks;
        this.rows = rows;
    }

    /** Returns a line for each run, the newest first. */
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add(FORM.formatted("run", "job", "state", "tasks", "stored", "pending", "failed", "manifest"));
        for (RunTable.Listed listed : runs.all()) {
            lines.add(line(listed));
        }
        if (lines.size() == 1) {
            return "No runs yet in " + home.path() + ".";
        }
        return String.join(System.lineSeparator(), lines);
    }

    private String line(RunTable.Listed listed) {
        Run run = listed.run();
        List<ManifestRowTable.Tally> tally = rows.tally(run.id());
        return FORM.formatted(
                run.id(),
                run.job(),
                state(listed.state()),
                tasks.counts(run.id()).tasks(),
                objects(tally, Status.STORED),
                objects(tally, Status.PENDING),
                objects(tally, Status.FAILED),
                listed.state() == Run.State.PUBLISHED
                        ? home.run(run.id()).resolve(RunFile.MANIFEST_CSV.fileName())
                        : "");
    }

    private static String state(Run.State state) {
        return state == Run.State.PUBLISHED ? "published" : "unfinished";
    }

    private static long objects(List<ManifestRowTable.Tally> tally, Status status) {
        return tally.stream()
                .filter(row -> row.status() == status)
                .mapToLong(ManifestRowTable.Tally::rows)
                .sum();
    }
}
