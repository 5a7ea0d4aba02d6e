package org.mediaarchiver.domain;

/** A text that must never be printed: only {@link #reveal} gives it away. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /** Returns the text itself, for the one header that needs it. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "***";
    }
}
