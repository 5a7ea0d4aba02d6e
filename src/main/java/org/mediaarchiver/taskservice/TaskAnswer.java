package org.mediaarchiver.taskservice;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.SourceUrl;

/** What the task service said of a task. */
public sealed interface TaskAnswer {
    /** Returns the raw {@code web_work_status}, or null where the answer had none; safe for a CSV cell. */
    @Nullable
    String workStatus();

    /**
     * The task is done and names a video.
     *
     * @param body the answer byte for byte
     * @param source the URL that was asked
     * @param receivedAt when the answer was complete
     * @param videoUrl as the answer gives it, not yet checked
     * @param previewUrl as the answer gives it, not yet checked; null where it names none
     */
    record Done(
            @Nullable String workStatus,
            byte[] body,
            SourceUrl source,
            Instant receivedAt,
            String videoUrl,
            @Nullable String previewUrl)
            implements TaskAnswer {}

    /**
     * There is nothing to download.
     *
     * @param reason a reason of a task that is pending or failed
     * @param detail what the service answered
     */
    record NotDone(@Nullable String workStatus, Reason reason, Detail detail) implements TaskAnswer {}
}
