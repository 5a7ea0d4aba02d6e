package org.mediaarchiver.batch;

import java.util.ArrayList;
import java.util.List;
import org.mediaarchiver.audit.FindingCode;
import org.mediaarchiver.audit.FindingReader.Line;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.ledger.DamageTable;
import org.mediaarchiver.ledger.DamageTable.Damage;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ItemWriter;

/** Enters what a repair is about into its tables, and as rejected lines what it leaves to a person. */
final class DamageWriter implements ItemWriter<Line> {
    /** The reason of findings that say that run files cannot be relied upon. */
    static final String EVIDENCE = "EVIDENCE";

    private final Run run;
    private final RunTable runs;
    private final TaskTable tasks;
    private final DamageTable damages;

    DamageWriter(Run run, RunTable runs, TaskTable tasks, DamageTable damages) {
        this.run = run;
        this.runs = runs;
        this.tasks = tasks;
        this.damages = damages;
    }

    @Override
    public void write(Chunk<? extends Line> chunk) {
        List<Damage> found = new ArrayList<>();
        List<RejectedLine> left = new ArrayList<>();
        long lines = 0;
        for (Line line : chunk) {
            lines = line.number();
            switch (line) {
                case Line.Damage damage ->
                    found.add(new Damage(damage.number(), damage.task(), damage.role(), damage.key()));
                case Line.Other other -> left.add(left(other));
            }
        }
        DamageTable.Added added = damages.add(run, found);
        for (Damage damage : added.untold()) {
            left.add(
                    rejected(
                            damage.line(),
                            damage.key(),
                            "UNKNOWN",
                            "the newest rows of the ledger tell of no such object; where runs are missing from it make it anew"));
        }
        tasks.add(
                run,
                added.first().stream()
                        .map(damage -> new NewTask(damage.task(), damage.line(), damage.line()))
                        .toList());
        runs.countDuplicates(
                run.id(), found.size() - added.untold().size() - added.first().size());
        tasks.reject(run, left);
        runs.countLines(run.id(), lines);
    }

    static RejectedLine left(Line.Other other) {
        FindingCode code = other.code();
        boolean evidence = code.kind() == FindingCode.Kind.EVIDENCE;
        boolean noKey = code == FindingCode.MISSING || code == FindingCode.CHANGED;
        return rejected(
                other.number(),
                other.key(),
                evidence ? EVIDENCE : code.code(),
                noKey ? "no object of this archive has such a key" : code.code() + ": " + code.cure());
    }

    /** What could be taken for a task id must not be one in the list that the next run may be given. */
    private static RejectedLine rejected(long line, String key, String reason, String detail) {
        return new RejectedLine(line, TaskId.parse(key).isPresent() ? "/" + key : key, reason, detail);
    }
}
