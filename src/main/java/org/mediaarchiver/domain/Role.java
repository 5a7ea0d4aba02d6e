package org.mediaarchiver.domain;

import java.util.Locale;

/** What an object is to its task; in the order in which the keys of a task sort. */
public enum Role {
    PREVIEW,
    RESULT,
    VIDEO;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** Returns the role as manifests and metadata spell it. */
    public String word() {
        return word;
    }
}
