package org.mediaarchiver.domain;

import org.jspecify.annotations.Nullable;

/**
 * Something that the whole run depends on cannot be used: the input, the task service, the store or the disk.
 *
 * <p>No task is to blame, so no task fails: the run stops, and goes on when it is started again. The message is one or two
 * sentences for the operator: what happened, and what to do.
 */
public final class StopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StopException(String message) {
        this(message, null);
    }

    public StopException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
