package org.mediaarchiver.manifest;

import java.io.IOException;
import org.mediaarchiver.domain.Detail;

/** A {@code run.json} that this program cannot have written, or not this version of it. */
public final class MalformedRunJsonException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What is wrong with it. */
    public enum Kind {
        /** It is of a format that this version does not know. */
        FORMAT,
        /** It is no JSON, or a member is missing or of another kind. */
        CONTENT
    }

    MalformedRunJsonException(Kind kind, String fault) {
        super(new Detail(fault).text());
        this.kind = kind;
    }

    /** Returns what kind of fault it is. */
    public Kind kind() {
        return kind;
    }
}
