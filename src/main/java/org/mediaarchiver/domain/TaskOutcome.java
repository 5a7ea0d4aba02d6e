package org.mediaarchiver.domain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a task in a run: one outcome for each role, in the order of {@link Role}.
 *
 * @param task the task that was asked for
 * @param workStatus the service's own status word or number, where it gave one
 * @param objects three outcomes, preview, result and video
 */
public record TaskOutcome(TaskId task, @Nullable String workStatus, List<ObjectOutcome> objects) {
    /** @throws IllegalArgumentException if there is not exactly one outcome for each role, in order */
    public TaskOutcome {
        objects = List.copyOf(objects);
        if (!objects.stream().map(ObjectOutcome::role).toList().equals(List.of(Role.values()))) {
            throw new IllegalArgumentException("one outcome for each role, in order");
        }
    }

    /** Returns what became of the object of this role. */
    public ObjectOutcome object(Role role) {
        return objects.stream().filter(o -> o.role() == role).findFirst().orElseThrow();
    }

    /** Tells where the task stands after this run. */
    public TaskState state() {
        boolean archived = object(Role.VIDEO).status() == Status.STORED
                && object(Role.RESULT).status() == Status.STORED
                && (object(Role.PREVIEW).status() == Status.STORED
                        || object(Role.PREVIEW).status() == Status.SKIPPED);
        if (archived) {
            return TaskState.ARCHIVED;
        }
        boolean again = objects.stream().anyMatch(ObjectOutcome::isTriedAgain);
        return again ? TaskState.OPEN : TaskState.FAILED;
    }
}
