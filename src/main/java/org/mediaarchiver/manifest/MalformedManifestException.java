package org.mediaarchiver.manifest;

import java.io.IOException;
import org.mediaarchiver.domain.Detail;

/** A manifest that this program cannot have written: it was cut, edited or is something else. */
public final class MalformedManifestException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final long line;
    private final String fault;

    /** What is wrong with a line. */
    public enum Kind {
        /** The first line is not the header. */
        HEADER,
        /** The line has too many or too few cells, or cells that need quotes. */
        FORM,
        /** A cell does not hold what its column holds, or cells do not go together. */
        VALUE,
        /** The row stands after one that comes behind it. */
        ORDER,
        /** The object has a row already. */
        DUPLICATE,
        /** The file ends within the line. */
        CUT
    }

    MalformedManifestException(Kind kind, long line, String fault) {
        super("line " + line + ": " + new Detail(fault));
        this.kind = kind;
        this.line = line;
        this.fault = fault;
    }

    /** Returns what kind of fault it is. */
    public Kind kind() {
        return kind;
    }

    /** Returns the fault without its line. */
    public String fault() {
        return fault;
    }

    /** Returns the line that is wrong, the header being 1. */
    public long line() {
        return line;
    }
}
