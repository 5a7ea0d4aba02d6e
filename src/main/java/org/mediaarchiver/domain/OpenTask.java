package org.mediaarchiver.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A task of a run with something left to do, and what earlier runs have made of it.
 *
 * @param id the task
 * @param place its place in the run's order
 * @param inputLine physical line of its first occurrence, null for a task carried over from an earlier run
 * @param standing where the ledger says that it stands, null where no run has dealt with it yet
 * @param attempts runs that have tried it so far
 * @param failures those of them in which something failed that may pass
 * @param pendingSince when a run first found it not ready, null where none did
 * @param settled outcomes of earlier runs that stand and are not tried again
 * @param damaged objects that an earlier run stored and an audit found missing or changed, as they must be
 */
public record OpenTask(
        TaskId id,
        long place,
        @Nullable Long inputLine,
        @Nullable TaskState standing,
        int attempts,
        int failures,
        @Nullable Instant pendingSince,
        List<ObjectOutcome> settled,
        List<ObjectOutcome.Stored> damaged) {
    public OpenTask {
        settled = List.copyOf(settled);
        damaged = List.copyOf(damaged);
    }

    /** A task that nothing damaged is known of. */
    public OpenTask(
            TaskId id,
            long place,
            @Nullable Long inputLine,
            @Nullable TaskState standing,
            int attempts,
            int failures,
            @Nullable Instant pendingSince,
            List<ObjectOutcome> settled) {
        this(id, place, inputLine, standing, attempts, failures, pendingSince, settled, List.of());
    }

    /** Returns the outcome of an earlier run that stands for this role, where there is one. */
    public Optional<ObjectOutcome> settled(Role role) {
        return settled.stream().filter(outcome -> outcome.role() == role).findFirst();
    }

    /** Returns what the object of this role must be, where it is damaged. */
    public Optional<ObjectOutcome.Stored> damaged(Role role) {
        return damaged.stream().filter(object -> object.role() == role).findFirst();
    }

    /** Returns the task as another run has left it since. */
    public OpenTask standing(
            @Nullable TaskState now, int attemptsNow, int failuresNow, @Nullable Instant pendingSinceNow) {
        return new OpenTask(id, place, inputLine, now, attemptsNow, failuresNow, pendingSinceNow, settled, damaged);
    }

    /** Returns the task with these outcomes and damages in the place of its own. */
    public OpenTask with(List<ObjectOutcome> standing, List<ObjectOutcome.Stored> found) {
        return new OpenTask(id, place, inputLine, this.standing, attempts, failures, pendingSince, standing, found);
    }
}
