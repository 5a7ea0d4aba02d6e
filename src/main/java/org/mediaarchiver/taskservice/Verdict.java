package org.mediaarchiver.taskservice;

import java.time.Duration;
import java.util.Optional;
import org.mediaarchiver.domain.Reason;

/** What one try to ask about a task came to, where it does not doom the run. */
sealed interface Verdict {
    /** The answer stands. */
    record Settled(TaskAnswer answer) implements Verdict {}

    /** A plain 404: the answer stands if this is the task service at all. */
    record NotFound(TaskAnswer answer) implements Verdict {}

    /**
     * Another try may help.
     *
     * @param reason what the task ends with if none does
     * @param told what happened
     * @param retryAfter how long the service asks to be left alone
     */
    record Passing(Reason reason, String told, Optional<Duration> retryAfter) implements Verdict {}

    /** The token is not valid, or no longer. */
    record TokenRefused() implements Verdict {}
}
