package org.mediaarchiver.archive;

import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.media.Fetch;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.taskservice.TaskAnswer.Done;
import org.mediaarchiver.taskservice.TaskAnswer.NotDone;
import org.mediaarchiver.taskservice.TaskServiceClient;

/**
 * The files that the task service names for a task that is done.
 *
 * <p>Signed URLs expire, and every answer carries new ones: where the media host no longer gives a file out, one more answer is
 * asked for, which serves both files. Not safe for use by several threads.
 */
final class NamedFiles {
    private final TaskId task;
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private Done answer;
    private @Nullable NotDone askedAgain;
    private boolean fresh;

    NamedFiles(TaskId task, Done answer, TaskServiceClient taskService, MediaFetcher media) {
        this.task = task;
        this.answer = answer;
        this.taskService = taskService;
        this.media = media;
    }

    /** Makes something of a file; its spool is closed afterwards. */
    interface Use {
        ObjectOutcome of(Fetch.Fetched fetched) throws InterruptedException;
    }

    /** Returns the newest answer there is. */
    Done answer() {
        return answer;
    }

    /** Returns the URL of a file, or null where the answer names no such file. */
    @Nullable
    String url(Role role) {
        return role == Role.VIDEO ? answer.videoUrl() : answer.previewUrl();
    }

    /** Fetches a file from its URL, and returns what is made of it, or why there is none. */
    ObjectOutcome fetch(Role role, String url, Use use) throws InterruptedException {
        Fetch fetch = media.fetch(task, role, url);
        if (fetch instanceof Fetch.Expired expired) {
            String again = askAgain() ? url(role) : null;
            if (again == null) {
                return gone(role, expired);
            }
            fetch = media.fetch(task, role, again);
        }
        return switch (fetch) {
            case Fetch.Expired expired -> gone(role, expired);
            case Fetch.Refused refused -> new NotStored(role, refused.reason(), refused.detail(), refused.source());
            case Fetch.Fetched fetched -> {
                try (var _ = fetched.spool()) {
                    yield use.of(fetched);
                }
            }
        };
    }

    private boolean askAgain() throws InterruptedException {
        if (!fresh) {
            fresh = true;
            switch (taskService.ask(task)) {
                case Done again -> answer = again;
                case NotDone other -> askedAgain = other;
            }
        }
        return askedAgain == null;
    }

    private NotStored gone(Role role, Fetch.Expired expired) {
        NotDone other = askedAgain;
        return other == null
                ? new NotStored(role, Reason.GONE, expired.detail(), expired.source())
                : new NotStored(role, other.reason(), other.detail(), expired.source());
    }
}
