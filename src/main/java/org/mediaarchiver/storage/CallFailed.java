package org.mediaarchiver.storage;

import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;

/** A call to the store that did not do what it was for, and what that means for the object. */
final class CallFailed extends Exception {
    private static final long serialVersionUID = 1L;

    /** What a caller can do about it. */
    enum Kind {
        /** There is nothing under the key. */
        ABSENT,
        /** There is something under the key already, which was not touched. */
        EXISTS,
        /** The credentials lack a right, without which the run can go on. */
        FORBIDDEN,
        /** It was not done, and may go well the next time. */
        PASSING,
        /** Nobody knows whether it was done, and it may go well the next time. */
        UNKNOWN,
        /** It asks for more than the store knows; one that asks for less may go well. */
        UNSUPPORTED,
        /** The same call would fail again. */
        FINAL
    }

    private final Kind kind;
    private final Reason reason;
    private final transient Detail detail;

    CallFailed(Kind kind, Reason reason, String detail) {
        this(kind, reason, detail, null);
    }

    CallFailed(Kind kind, Reason reason, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.kind = kind;
        this.reason = reason;
        this.detail = new Detail(detail);
    }

    /** The bytes were found to be others before the store was asked for anything that could not be undone. */
    static CallFailed otherBytes() {
        return new CallFailed(Kind.FINAL, Reason.STORE_REFUSED, "the bytes do not have the digest that was announced");
    }

    Kind kind() {
        return kind;
    }

    Reason reason() {
        return reason;
    }

    Detail detail() {
        return detail;
    }
}
