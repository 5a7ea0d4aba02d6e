package org.mediaarchiver.batch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.ledger.ArchiveTable;
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
    private final ArchiveTable archives;

    RunListing(Home home, RunTable runs, TaskTable tasks, ManifestRowTable rows, ArchiveTable archives) {
        this.archives = archives;
        this.home = home;
        this.runs = runs;
        this.tasks = tasks;
        this.rows = rows;
    }

    /** Returns a line for each run, the newest first. */
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add(FORM.formatted("run", "job", "state", "tasks", "stored", "pending", "failed", "manifest"));
        Map<Integer, RunFacts.Archive> places = archives.all();
        for (RunTable.Listed listed : runs.all()) {
            lines.add(
                    line(listed, Objects.requireNonNull(places.get(listed.run().archiveId()))));
        }
        if (lines.size() == 1) {
            return "No runs yet in " + home.path() + ".";
        }
        return String.join(System.lineSeparator(), lines);
    }

    private String line(RunTable.Listed listed, RunFacts.Archive place) {
        Run run = listed.run();
        List<ManifestRowTable.Tally> tally = rows.tally(run.id());
        return FORM.formatted(
                run.id(),
                run.job(),
                state(listed.state()),
                listed.tasks() == null ? tasks.counts(run.id()).tasks() : listed.tasks(),
                objects(tally, Status.STORED),
                objects(tally, Status.PENDING),
                objects(tally, Status.FAILED),
                listed.state() == Run.State.PUBLISHED ? manifest(run.id(), place) : "");
    }

    /** Another home may have published the run, or this one was lost meanwhile. */
    private String manifest(RunId run, RunFacts.Archive place) {
        Path file = home.run(run).resolve(RunFile.MANIFEST_CSV.fileName());
        return Files.exists(file)
                ? file.toString()
                : "s3://" + place.bucket() + "/" + RunFile.MANIFEST_CSV.key(place.prefix(), run);
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
