package org.mediaarchiver.domain;

import java.util.regex.Pattern;

/**
 * A line of the input that never became a task.
 *
 * @param line its physical line, the header being 1
 * @param text what stood where the id belongs, percent-encoded, at most 256 characters
 * @param reason one word, {@code INVALID_ID}
 * @param detail what is wrong with it, as a {@link Detail} spells it
 */
public record RejectedLine(long line, String text, String reason, String detail) {
    /** Longer than any task id, so that a text that was cut is none. */
    private static final int LIMIT = 256;

    private static final Pattern WORD = Pattern.compile("[A-Z][A-Z_]*");

    /**
     * Takes the text as it stood in the input or as it was recorded.
     *
     * @throws IllegalArgumentException if the text is a task id, which the next run would take up, the reason is not a word, or
     *     there is no such line
     */
    public RejectedLine {
        if (line < 1) {
            throw new IllegalArgumentException("lines are counted from 1");
        }
        if (!WORD.matcher(reason).matches()) {
            throw new IllegalArgumentException("not a reason: " + Text.percentEncoded(reason));
        }
        text = Text.cut(withoutComment(Text.percentEncoded(text)), LIMIT);
        if (TaskId.parse(text).isPresent()) {
            throw new IllegalArgumentException("a task id is no rejected line");
        }
        detail = new Detail(detail).text();
    }

    /** At the start of a line, a number sign would hide it from the next run. */
    private static String withoutComment(String text) {
        return text.startsWith("#") ? "%23" + text.substring(1) : text;
    }
}
