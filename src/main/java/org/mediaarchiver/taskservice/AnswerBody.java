package org.mediaarchiver.taskservice;

import org.jspecify.annotations.Nullable;

/**
 * What the body of an answer says, whatever its shape and its HTTP status.
 *
 * @param code the error code as sent, null where there is none or it means success
 * @param requestId the service's name for the request, null where it gives none
 * @param content a task, or why there is none
 */
record AnswerBody(@Nullable String code, @Nullable String requestId, Content content) {
    sealed interface Content {}

    /**
     * A task in any of its states.
     *
     * @param workStatus {@code web_work_status} as sent, null where there is none
     * @param told the field and value that the state was read from, in our own words
     */
    record Task(
            State state,
            @Nullable String workStatus,
            String told,
            @Nullable String videoUrl,
            @Nullable String previewUrl)
            implements Content {}

    /**
     * No task.
     *
     * @param why in words that follow "HTTP 200:"
     */
    record NoTask(String why) implements Content {}

    /** Where a task stands. */
    enum State {
        DONE,
        NOT_READY,
        MODERATED,
        GENERATION_FAILED,
        /** The service says something that nobody knows the meaning of. */
        UNKNOWN
    }
}
