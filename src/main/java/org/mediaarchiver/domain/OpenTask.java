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
 */
public record OpenTask(
        TaskId id,
        long place,
        @Nullable Long inputLine,
        @Nullable TaskState standing,
        int attempts,
        int failures,
        @Nullable Instant pendingSince,
        List<ObjectOutcome> settled) {
    public OpenTask {
        settled = List.copyOf(settled);
    }

    /** Returns the outcome of an earlier run that stands for this role, where there is one. */
    public Optional<ObjectOutcome> settled(Role role) {
        return settled.stream().filter(outcome -> outcome.role() == role).findFirst();
    }
}
