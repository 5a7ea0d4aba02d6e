package org.mediaarchiver.manifest;

import java.io.IOException;
import org.mediaarchiver.domain.Detail;

/** A manifest that this program cannot have written: it was cut, edited or is something else. */
public final class MalformedManifestException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long line;

    MalformedManifestException(long line, String fault) {
        super("line " + line + ": " + new Detail(fault));
        this.line = line;
    }

    /** Returns the first line that is wrong, the header being 1. */
    public long line() {
        return line;
    }
}
