package org.mediaarchiver.domain;

import java.util.Locale;

/** The four ends that an object of a task can come to in a run. */
public enum Status {
    STORED,
    FAILED,
    PENDING,
    SKIPPED;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** Returns the status as manifests spell it. */
    public String word() {
        return word;
    }
}
