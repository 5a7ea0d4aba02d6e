package org.mediaarchiver.batch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.TaskTable;

/** The tasks that earlier runs of a job left for the next one, fetched a page at a time. */
final class LeftTasks implements Iterator<TaskId> {
    private static final int PAGE = 1000;

    private final TaskTable tasks;
    private final int archiveId;
    private final String job;
    private final Queue<TaskState> states;
    private Iterator<TaskId> page = List.<TaskId>of().iterator();
    private String last = "";

    /** @param states in which the tasks are that are taken up */
    LeftTasks(TaskTable tasks, int archiveId, String job, List<TaskState> states) {
        this.tasks = tasks;
        this.archiveId = archiveId;
        this.job = job;
        this.states = new ArrayDeque<>(states);
    }

    @Override
    public boolean hasNext() {
        while (!page.hasNext() && !states.isEmpty()) {
            page = tasks.left(archiveId, job, states.element(), last, PAGE).iterator();
            if (!page.hasNext()) {
                states.remove();
                last = "";
            }
        }
        return page.hasNext();
    }

    @Override
    public TaskId next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        TaskId task = page.next();
        last = task.value();
        return task;
    }
}
