package org.mediaarchiver.domain;

import static org.mediaarchiver.domain.Reason.Again.BY_THE_NEXT_RUN;
import static org.mediaarchiver.domain.Reason.Again.NO;
import static org.mediaarchiver.domain.Reason.Again.WHEN_ASKED;
import static org.mediaarchiver.domain.Status.FAILED;
import static org.mediaarchiver.domain.Status.PENDING;
import static org.mediaarchiver.domain.Status.SKIPPED;
import static org.mediaarchiver.domain.Status.STORED;

/** Why an object has the status it has: the closed list of words that manifests use. */
public enum Reason {
    ALREADY_STORED(STORED, NO, "an earlier run stored it", "nothing"),
    ADOPTED(STORED, NO, "the bucket held the same bytes already", "nothing"),

    NOT_READY(PENDING, BY_THE_NEXT_RUN, "the task is not done yet", "run again later"),
    RUN_STOPPED(PENDING, BY_THE_NEXT_RUN, "the run ended before this task's turn", "run again"),
    SERVICE_UNAVAILABLE(PENDING, BY_THE_NEXT_RUN, "the task service did not answer", "run again when it is well"),
    RATE_LIMITED(
            PENDING,
            BY_THE_NEXT_RUN,
            "the task service asked to slow down",
            "lower archiver.task-service.requests-per-second"),
    SOURCE_UNAVAILABLE(PENDING, BY_THE_NEXT_RUN, "the media host did not deliver", "run again soon: it may vanish"),
    STORE_UNAVAILABLE(PENDING, BY_THE_NEXT_RUN, "the store did not answer", "run again when it is well"),

    NO_OUTPUT(SKIPPED, NO, "the result names no such file", "nothing: not every task has a preview"),

    NOT_FOUND(FAILED, WHEN_ASKED, "the task service does not know the task", "check the id, and whose token it is"),
    GENERATION_FAILED(FAILED, WHEN_ASKED, "the service could not generate it", "nothing: there is no video"),
    MODERATED(FAILED, WHEN_ASKED, "the service refused the content", "nothing: there is no video"),
    STUCK(FAILED, WHEN_ASKED, "the task has not become ready for too long", "ask the service's support"),
    BAD_RESPONSE(
            FAILED,
            BY_THE_NEXT_RUN,
            "the task service's answer could not be understood",
            "look at error_detail if it stays"),
    REJECTED(FAILED, WHEN_ASKED, "the task service rejected the request", "look at error_detail for its code"),
    INVALID_URL(
            FAILED, WHEN_ASKED, "the result's URL is not an absolute http or https URL", "ask the service's support"),
    BLOCKED_URL(
            FAILED,
            WHEN_ASKED,
            "the result's URL leads where downloads may not go",
            "look at the URL; then perhaps at archiver.media.*"),
    GONE(
            FAILED,
            WHEN_ASKED,
            "the media host no longer has the file",
            "it is lost, unless there is a copy: archive sooner"),
    SOURCE_CHANGED(
            FAILED,
            WHEN_ASKED,
            "the source has other bytes by now than were archived",
            "it is lost, unless there is a copy; --retry-failed archives what the source has now"),
    EMPTY(FAILED, BY_THE_NEXT_RUN, "the file had no bytes", "look at the source if it stays"),
    TRUNCATED(FAILED, BY_THE_NEXT_RUN, "the file was not whole", "look at the source if it stays"),
    TOO_LARGE(FAILED, WHEN_ASKED, "the file is larger than archiver.media.max-size", "raise it, then --retry-failed"),
    NOT_MEDIA(
            FAILED,
            WHEN_ASKED,
            "the bytes are not a video or picture of a known kind",
            "look at the source: often an error page"),
    STORE_REFUSED(
            FAILED,
            BY_THE_NEXT_RUN,
            "the store refused the object",
            "look at error_detail: a policy, or a damaged upload"),
    KEY_CONFLICT(
            FAILED,
            WHEN_ASKED,
            "the bucket holds other bytes under this key",
            "find out who wrote them; nothing was overwritten"),
    INTERNAL(FAILED, BY_THE_NEXT_RUN, "an unexpected error; please report it", "report it, with the trace in the log");

    /** When an object that ended with a reason is tried again. */
    public enum Again {
        /** Never: there is nothing to do. */
        NO,
        /** By the next run of the same job, whether or not its input names the task. */
        BY_THE_NEXT_RUN,
        /** Only by a run with {@code --retry-failed}. */
        WHEN_ASKED
    }

    private final Status status;
    private final Again again;
    private final String meaning;
    private final String remedy;

    Reason(Status status, Again again, String meaning, String remedy) {
        this.status = status;
        this.again = again;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    /** Returns the one status that goes with this reason. */
    public Status status() {
        return status;
    }

    /** Returns when an object that ended so is tried again. */
    public Again again() {
        return again;
    }

    /** Returns what the reason means, in words that follow a colon. */
    public String meaning() {
        return meaning;
    }

    /** Returns what an operator can do about it, in words that follow a colon. */
    public String remedy() {
        return remedy;
    }
}
