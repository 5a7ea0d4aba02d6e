package org.mediaarchiver.taskservice;

import org.jspecify.annotations.Nullable;

/**
 * An answer as HTTP brought it.
 *
 * @param body null where it is larger than may be read
 * @param retryAfter the header, null where there is none
 * @param requestId the service's name for the request, null where no header gives one
 */
record Reply(
        int status,
        byte @Nullable [] body,
        @Nullable String retryAfter,
        @Nullable String requestId) {
    /** The published example has 2 KiB. */
    static final int LARGEST_BODY = 1024 * 1024;
}
