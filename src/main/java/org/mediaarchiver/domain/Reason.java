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
    ALREADY_STORED(STORED, NO, "an earlier run stored it"),
    ADOPTED(STORED, NO, "the bucket held the same bytes already"),

    NOT_READY(PENDING, BY_THE_NEXT_RUN, "the task is not done yet"),
    RUN_STOPPED(PENDING, BY_THE_NEXT_RUN, "the run ended before this task's turn"),
    SERVICE_UNAVAILABLE(PENDING, BY_THE_NEXT_RUN, "the task service did not answer"),
    RATE_LIMITED(PENDING, BY_THE_NEXT_RUN, "the task service asked to slow down"),
    SOURCE_UNAVAILABLE(PENDING, BY_THE_NEXT_RUN, "the media host did not deliver"),
    STORE_UNAVAILABLE(PENDING, BY_THE_NEXT_RUN, "the store did not answer"),

    NO_OUTPUT(SKIPPED, NO, "the result names no such file"),

    NOT_FOUND(FAILED, WHEN_ASKED, "the task service does not know the task"),
    GENERATION_FAILED(FAILED, WHEN_ASKED, "the service could not generate it"),
    MODERATED(FAILED, WHEN_ASKED, "the service refused the content"),
    STUCK(FAILED, WHEN_ASKED, "the task has not become ready for too long"),
    BAD_RESPONSE(FAILED, BY_THE_NEXT_RUN, "the task service's answer could not be understood"),
    REJECTED(FAILED, WHEN_ASKED, "the task service rejected the request"),
    INVALID_URL(FAILED, WHEN_ASKED, "the result's URL is not an absolute http or https URL"),
    BLOCKED_URL(FAILED, WHEN_ASKED, "the result's URL leads where downloads may not go"),
    GONE(FAILED, WHEN_ASKED, "the media host no longer has the file"),
    EMPTY(FAILED, BY_THE_NEXT_RUN, "the file had no bytes"),
    TRUNCATED(FAILED, BY_THE_NEXT_RUN, "the file was not whole"),
    TOO_LARGE(FAILED, WHEN_ASKED, "the file is larger than archiver.media.max-size"),
    NOT_MEDIA(FAILED, WHEN_ASKED, "the bytes are not a video or picture of a known kind"),
    STORE_REFUSED(FAILED, BY_THE_NEXT_RUN, "the store refused the object"),
    KEY_CONFLICT(FAILED, WHEN_ASKED, "the bucket holds other bytes under this key"),
    INTERNAL(FAILED, BY_THE_NEXT_RUN, "an unexpected error; please report it");

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

    Reason(Status status, Again again, String meaning) {
        this.status = status;
        this.again = again;
        this.meaning = meaning;
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
}
