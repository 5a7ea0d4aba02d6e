package org.mediaarchiver.domain;

import java.util.Locale;

/** How closely an audit looks; each mode includes those before it. */
public enum AuditMode {
    MANIFEST("run files, their digests and the chain of runs; no object is looked at"),
    LIST("presence, size and ETag of every object, from the bucket's listing"),
    HEAD("presence, size, ETag, store checksum and version of every object; its bytes are not read"),
    READ("every byte of every object, and all that the other modes look at");

    private final String meaning;

    AuditMode(String meaning) {
        this.meaning = meaning;
    }

    /** Returns the mode as it is given on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns what is looked at, in words that follow a colon. */
    public String meaning() {
        return meaning;
    }

    /** Tells whether what {@code other} looks at is looked at. */
    public boolean includes(AuditMode other) {
        return compareTo(other) >= 0;
    }
}
