package org.mediaarchiver.domain;

import java.util.Optional;

/**
 * The id under which the task service knows a task, and under which its files are archived.
 *
 * <p>Letters, digits, {@code _} and {@code -}, a letter or digit first, 1 to 128 characters: such an id needs no escaping in a
 * URL path, an object key, a file name or a CSV cell.
 *
 * @param value the id itself
 */
public record TaskId(String value) implements Comparable<TaskId> {
    private static final int LONGEST = 128;

    /** @throws IllegalArgumentException if {@code value} is not a task id; text from outside goes through {@link #parse} */
    public TaskId {
        if (!isTaskId(value)) {
            throw new IllegalArgumentException("not a task id");
        }
    }

    /** Returns the task id that the text spells, or nothing where it spells none. */
    public static Optional<TaskId> parse(String text) {
        return isTaskId(text) ? Optional.of(new TaskId(text)) : Optional.empty();
    }

    /** Read through by hand, because a list may have millions of them. */
    private static boolean isTaskId(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isAnywhere = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!isAnywhere && (i == 0 || (c != '_' && c != '-'))) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= LONGEST;
    }

    @Override
    public int compareTo(TaskId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
