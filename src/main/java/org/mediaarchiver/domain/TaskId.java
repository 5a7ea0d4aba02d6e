package org.mediaarchiver.domain;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The id under which the task service knows a task, and under which its files are archived.
 *
 * <p>Letters, digits, {@code _} and {@code -}, a letter or digit first, 1 to 128 characters: such an id needs no escaping in a
 * URL path, an object key, a file name or a CSV cell.
 *
 * @param value the id itself
 */
public record TaskId(String value) implements Comparable<TaskId> {
    private static final Pattern SYNTAX = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

    /** @throws IllegalArgumentException if {@code value} is not a task id; text from outside goes through {@link #parse} */
    public TaskId {
        if (!SYNTAX.matcher(value).matches()) {
            throw new IllegalArgumentException("not a task id");
        }
    }

    /** Returns the task id that the text spells, or nothing where it spells none. */
    public static Optional<TaskId> parse(String text) {
        return SYNTAX.matcher(text).matches() ? Optional.of(new TaskId(text)) : Optional.empty();
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
