package org.mediaarchiver.testing;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of a file that a {@code Range} header with a single range asks for (RFC 9110, section 14).
 *
 * @param first the first byte, counted from 0
 * @param last the last byte, which is part of the range
 */
record ByteRange(int first, int last) {
    private static final Pattern SYNTAX = Pattern.compile("bytes=(\\d{0,9})-(\\d{0,9})");

    /** Returns the range that the header asks of a file of {@code size} bytes, or nothing where it asks for none. */
    static Optional<ByteRange> parse(@Nullable String header, int size) {
        Matcher range = SYNTAX.matcher(header == null ? "" : header);
        if (!range.matches()) {
            return Optional.empty();
        }
        String from = range.group(1);
        String to = range.group(2);
        if (from.isEmpty()) {
            return to.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new ByteRange(Math.max(0, size - Integer.parseInt(to)), size - 1));
        }
        int last = to.isEmpty() ? size - 1 : Math.min(size - 1, Integer.parseInt(to));
        return Optional.of(new ByteRange(Integer.parseInt(from), last));
    }

    boolean isWithin(int size) {
        return first <= last && last < size;
    }

    int length() {
        return last - first + 1;
    }
}
