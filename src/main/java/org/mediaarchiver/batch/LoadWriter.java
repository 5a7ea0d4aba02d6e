package org.mediaarchiver.batch;

import java.util.ArrayList;
import java.util.List;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.mediaarchiver.tasklist.InputLine;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ItemWriter;

/** Enters what a run is to deal with into its tables. */
final class LoadWriter implements ItemWriter<LoadReader.Item> {
    private final Run run;
    private final RunTable runs;
    private final TaskTable tasks;

    LoadWriter(Run run, RunTable runs, TaskTable tasks) {
        this.run = run;
        this.runs = runs;
        this.tasks = tasks;
    }

    @Override
    public void write(Chunk<? extends LoadReader.Item> chunk) {
        List<NewTask> named = new ArrayList<>();
        List<NewTask> carriedOver = new ArrayList<>();
        List<RejectedLine> rejected = new ArrayList<>();
        int repeated = 0;
        for (LoadReader.Item item : chunk) {
            switch (item) {
                case LoadReader.Item.Line(long place, InputLine.Task task) ->
                    named.add(new NewTask(task.id(), place, task.line()));
                case LoadReader.Item.Line(long ignored, InputLine.Rejected line) ->
                    rejected.add(new RejectedLine(
                            line.line(),
                            line.text(),
                            "INVALID_ID",
                            line.detail().text()));
                case LoadReader.Item.Repeated() -> repeated++;
                case LoadReader.Item.EndOfInput end -> runs.countLines(run.id(), end.lines());
                case LoadReader.Item.CarriedOver(long place, TaskId task) ->
                    carriedOver.add(new NewTask(task, place, null));
            }
        }
        tasks.add(run, named);
        runs.countDuplicates(run.id(), repeated);
        tasks.carryOver(run, carriedOver);
        tasks.reject(run, rejected);
    }
}
