package org.mediaarchiver.batch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.OpenFiles;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemStreamReader;

/**
 * Reads the tasks of a run that have no committed outcome, archives a number of them at a time, and hands out how they ended.
 *
 * <p>The concurrency is here and not in the step: a concurrent step waits at the end of each chunk for its slowest item. The
 * task table is the checkpoint, so nothing is kept in the execution context.
 *
 * <p>As long as the task service has answered nothing but plain 404s, what came back is held: the base URL may be wrong, and then
 * none of it is true.
 *
 * <p>When the run must stop, the reader ends like one that has read everything, so that the step commits what there is; the step
 * is then marked as stopped, and {@link #doom} tells why.
 */
final class LookAheadReader implements ItemStreamReader<SettledTask>, StepExecutionListener {
    private static final Logger log = LoggerFactory.getLogger(LookAheadReader.class);
    private static final int PAGE = 500;

    private final Run run;
    private final TaskTable tasks;
    private final TaskServiceClient taskService;
    private final LookAhead.Work<OpenTask, TaskOutcome> work;
    private final int places;
    private final FinishBy finishBy;
    private final LookAhead.Patience<SettledTask> patience;
    private final Queue<SettledTask> held = new ArrayDeque<>();
    private @Nullable StepExecution step;
    private @Nullable StopException doom;
    private volatile @Nullable Duration stopGrace;
    private volatile @Nullable LookAhead<OpenTask, SettledTask> lookAhead;

    /**
     * @param work what is done for a task
     * @param places tasks in flight
     * @param wait how long to go on asking for tasks that are not ready
     * @param pollInterval the least time between two questions for the same one
     * @param finishBy decides whether another task may be begun; the others are left to the next run
     */
    LookAheadReader(
            Run run,
            TaskTable tasks,
            TaskServiceClient taskService,
            LookAhead.Work<OpenTask, TaskOutcome> work,
            int places,
            Duration wait,
            Duration pollInterval,
            FinishBy finishBy) {
        this.patience = new LookAhead.Patience<>(settled -> !isNotReady(settled), pollInterval, finishBy.atMost(wait));
        this.run = run;
        this.tasks = tasks;
        this.taskService = taskService;
        this.work = work;
        this.places = places;
        this.finishBy = finishBy;
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        step = stepExecution;
    }

    @Override
    public void open(ExecutionContext executionContext) {
        LookAhead<OpenTask, SettledTask> opened = new LookAhead<>(new OpenTasks(), places, this::settle, patience);
        lookAhead = opened;
        Duration grace = stopGrace;
        if (grace != null) {
            opened.stop(grace);
        }
    }

    @Override
    public @Nullable SettledTask read() throws InterruptedException {
        LookAhead<OpenTask, SettledTask> opened = lookAhead;
        StepExecution running = step;
        if (opened == null || running == null) {
            throw new IllegalStateException("read before open");
        }
        try {
            while (held.isEmpty() || taskService.isAddressInDoubt()) {
                Optional<SettledTask> next = opened.next();
                if (next.isEmpty()) {
                    break;
                }
                held.add(next.get());
            }
        } catch (StopException e) {
            doom = e;
        }
        boolean stopped = doom != null || opened.isStopped();
        if (stopped && taskService.isAddressInDoubt()) {
            held.clear();
        }
        SettledTask next = held.poll();
        if (next == null && stopped) {
            // Not before everything has been handed out: the step ends with the chunk at hand.
            running.setTerminateOnly();
        }
        return next;
    }

    /** Begins no further task; those in flight may go on for {@code grace}. */
    void stop(Duration grace) {
        stopGrace = grace;
        LookAhead<OpenTask, SettledTask> opened = lookAhead;
        if (opened != null) {
            opened.stop(grace);
        }
    }

    /** Returns what stopped the run, or null where nothing did. */
    @Nullable
    StopException doom() {
        return doom;
    }

    @Override
    public void close() {
        LookAhead<OpenTask, SettledTask> opened = lookAhead;
        if (opened != null) {
            opened.close();
        }
    }

    private SettledTask settle(OpenTask task) throws InterruptedException {
        try (var _ = MDC.putCloseable(LogKey.RUN, run.id().value());
                var _ = MDC.putCloseable(LogKey.TASK, task.id().value())) {
            return archived(task);
        }
    }

    private SettledTask archived(OpenTask task) throws InterruptedException {
        if (!finishBy.leavesTimeForATask()) {
            return new SettledTask(task, failed(task, Reason.RUN_STOPPED, null));
        }
        long begun = System.nanoTime();
        try {
            SettledTask settled = new SettledTask(task, work.apply(task));
            finishBy.took(Duration.ofNanos(System.nanoTime() - begun));
            return settled;
        } catch (StopException e) {
            throw e;
        } catch (RuntimeException e) {
            // The SDK wraps what it meets when it reads a work file.
            OpenFiles.requireNotExhausted(e);
            // A bug must not cost the other tasks their run: the task fails as INTERNAL, and the trace goes to the log.
            log.error("Unexpected error, please report it", e);
            Detail detail = new Detail("unexpected " + e.getClass().getSimpleName() + "; the log has its trace");
            return new SettledTask(task, failed(task, Reason.INTERNAL, detail));
        }
    }

    /** A task of which this run has stored anything is not asked about again: its rows would tell that it was there before. */
    private static boolean isNotReady(SettledTask settled) {
        List<ObjectOutcome> before = settled.task().settled();
        return settled.outcome().objects().stream()
                .filter(object -> !before.contains(object))
                .allMatch(object -> object.reason() == Reason.NOT_READY);
    }

    /** What stands from earlier runs stands; the rest ends for this reason. */
    private static TaskOutcome failed(OpenTask task, Reason reason, @Nullable Detail detail) {
        List<ObjectOutcome> objects = List.of(Role.values()).stream()
                .map(role -> task.settled(role).orElseGet(() -> new NotStored(role, reason, detail, null)))
                .toList();
        return new TaskOutcome(task.id(), null, objects);
    }

    /** The open tasks in the run's order, fetched a page at a time by the step's own thread. */
    private final class OpenTasks implements Iterator<OpenTask> {
        private Iterator<OpenTask> page = List.<OpenTask>of().iterator();
        private long last = Long.MIN_VALUE;
        private boolean more = true;

        @Override
        public boolean hasNext() {
            if (!page.hasNext() && more) {
                List<OpenTask> found = tasks.toDo(run, last, PAGE);
                more = found.size() == PAGE;
                page = found.iterator();
            }
            return page.hasNext();
        }

        @Override
        public OpenTask next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            OpenTask task = page.next();
            last = task.place();
            return task;
        }
    }
}
