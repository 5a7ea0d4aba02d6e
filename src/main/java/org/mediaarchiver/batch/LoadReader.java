package org.mediaarchiver.batch;

import java.nio.file.Files;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.mediaarchiver.tasklist.InputLine;
import org.mediaarchiver.tasklist.TaskListReader;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.support.AbstractItemCountingItemStreamItemReader;

/**
 * Reads what a run is to deal with: the lines of its input, then the tasks that earlier runs of the job left for it.
 *
 * <p>After a restart it goes on in the input behind the last committed chunk: the copy does not change. Tasks that are carried over
 * are read from the first again, because other jobs may have changed their list since, but for those that are entered already.
 */
final class LoadReader extends AbstractItemCountingItemStreamItemReader<LoadReader.Item>
        implements StepExecutionListener {
    /** One thing that the load step enters into the tables. */
    sealed interface Item {
        /** A line of the input, with its place in the run's order. */
        record Line(long place, InputLine line) implements Item {}

        /** A line whose task stood before in the list. */
        record Repeated() implements Item {}

        /** The end of the input, after so many physical lines. */
        record EndOfInput(long lines) implements Item {}

        /** A task that an earlier run left and the list does not name, with its place in the run's order. */
        record CarriedOver(long place, TaskId task) implements Item {}
    }

    private static final int PAGE = 1000;

    private final Run run;
    private final Home home;
    private final TaskTable tasks;
    private final SeenTasks named = new SeenTasks();
    private @Nullable TaskListReader lines;
    private final LeftTasks carriedOver;
    private final BooleanSupplier stopped;
    private @Nullable StepExecution step;

    /** @param stopped tells whether the step is to end with the chunk at hand */
    LoadReader(Run run, Home home, TaskTable tasks, BooleanSupplier stopped) {
        this.run = run;
        this.home = home;
        this.tasks = tasks;
        this.stopped = stopped;
        this.carriedOver = new LeftTasks(tasks, run.archiveId(), run.job(), states(run));
        setName("load");
    }

    /** A run without input that retries failed tasks means those of its job. */
    private static List<TaskState> states(Run run) {
        return run.input() == null && run.options().retryFailed()
                ? List.of(TaskState.OPEN, TaskState.FAILED)
                : List.of(TaskState.OPEN);
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        step = stepExecution;
    }

    @Override
    protected void doOpen() {
        Run.Input input = run.input();
        if (input != null && !Files.exists(home.input(run.id()))) {
            throw new StopException("Run " + run.id() + " was begun in another home and had not read all of its list, "
                    + input.name() + ", whose copy is there. Run the same command on that machine; where it is lost,"
                    + " put the same list as " + home.input(run.id()) + " and run the same command here.");
        }
        lines = input == null
                ? null
                : TaskListReader.open(
                        home.input(run.id()), input.name(), run.options().column());
    }

    @Override
    protected @Nullable Item doRead() {
        StepExecution running = step;
        if (running != null && stopped.getAsBoolean()) {
            running.setTerminateOnly();
        }
        TaskListReader open = lines;
        if (open != null) {
            InputLine line = open.next();
            if (line instanceof InputLine.Task task && !named.add(task.id())) {
                return new Item.Repeated();
            }
            if (line != null) {
                return new Item.Line(getCurrentItemCount(), line);
            }
            long count = open.lines();
            doClose();
            return new Item.EndOfInput(count);
        }
        while (carriedOver.hasNext()) {
            TaskId task = carriedOver.next();
            if (named.add(task)) {
                return new Item.CarriedOver(getCurrentItemCount(), task);
            }
        }
        return null;
    }

    @Override
    protected void jumpToItem(int itemIndex) {
        int items = 0;
        for (; items < itemIndex && lines != null; items++) {
            doRead();
        }
        // Behind the lines are those that were carried over.
        List<NewTask> entered = tasks.of(run.id(), items, PAGE);
        while (!entered.isEmpty()) {
            entered.forEach(task -> named.add(task.id()));
            entered = tasks.of(run.id(), entered.getLast().place(), PAGE);
        }
    }

    @Override
    protected void doClose() {
        TaskListReader open = lines;
        lines = null;
        if (open != null) {
            open.close();
        }
    }
}
