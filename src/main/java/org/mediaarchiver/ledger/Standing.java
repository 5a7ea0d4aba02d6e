package org.mediaarchiver.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.TaskTable.SettledTask;

/**
 * Where a task stands after a run that dealt with it.
 *
 * @param attempts runs that have tried it
 * @param failures those of them in which something failed that may pass
 * @param pendingSince when a run first found it not ready, null where it was not so in the end
 */
record Standing(
        TaskState state,
        int attempts,
        int failures,
        @Nullable Instant pendingSince) {
    /** What fails in a way that may pass is tried by this many runs. */
    private static final int MOST_FAILURES = 5;

    /**
     * Tells where a task stands now that a run has ended it so.
     *
     * @param now when that was
     */
    static Standing after(SettledTask settled, Instant now) {
        int failures = failures(settled);
        return new Standing(state(settled, failures), attempts(settled), failures, pendingSince(settled, now));
    }

    /** Returns the number of failures that count for a run: being asked to retry what has failed, it begins anew. */
    static int failures(Run.Options options, int failures) {
        return options.retryFailed() ? 0 : failures;
    }

    /** Tells whether a run leaves an object as an earlier one left it, although the task has others that it tries. */
    static boolean stands(ManifestRow row, Run.Options options, int failures) {
        if (row.status() == Status.STORED) {
            return true;
        }
        Reason reason = row.reason();
        if (reason == null || row.status() != Status.FAILED || options.retryFailed()) {
            return false;
        }
        return reason.again() == Reason.Again.WHEN_ASKED || failures >= MOST_FAILURES;
    }

    private static TaskState state(SettledTask settled, int failures) {
        if (isStillDamaged(settled)) {
            // Whatever a run of archive stored in its place would be taken for the object that was lost.
            return TaskState.FAILED;
        }
        TaskState state = settled.outcome().state();
        if (state != TaskState.OPEN) {
            return state;
        }
        boolean pending = settled.outcome().objects().stream().anyMatch(object -> object.status() == Status.PENDING);
        return pending || failures < MOST_FAILURES ? TaskState.OPEN : TaskState.FAILED;
    }

    private static boolean isStillDamaged(SettledTask settled) {
        return settled.task().damaged().stream()
                .anyMatch(object -> settled.outcome().object(object.role()).status() != Status.STORED);
    }

    /** A run that ended before the task's turn has not tried it. */
    private static int attempts(SettledTask settled) {
        return settled.task().attempts() + (has(settled, Reason.RUN_STOPPED) ? 0 : 1);
    }

    private static int failures(SettledTask settled) {
        List<ObjectOutcome> before = settled.task().settled();
        boolean failed = settled.outcome().objects().stream()
                .filter(object -> !before.contains(object))
                .anyMatch(object -> object.status() == Status.FAILED && object.isTriedAgain());
        return settled.task().failures() + (failed ? 1 : 0);
    }

    private static @Nullable Instant pendingSince(SettledTask settled, Instant now) {
        Instant since = settled.task().pendingSince();
        boolean heardNothing = has(settled, Reason.RUN_STOPPED)
                || has(settled, Reason.SERVICE_UNAVAILABLE)
                || has(settled, Reason.RATE_LIMITED);
        if (heardNothing) {
            return since;
        }
        if (!has(settled, Reason.NOT_READY)) {
            return null;
        }
        return since == null ? now : since;
    }

    private static boolean has(SettledTask settled, Reason reason) {
        return settled.outcome().objects().stream().anyMatch(object -> object.reason() == reason);
    }
}
