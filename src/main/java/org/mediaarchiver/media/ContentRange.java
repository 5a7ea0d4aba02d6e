package org.mediaarchiver.media;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of a file that a 206 says it holds (RFC 9110, 14.4).
 *
 * @param first offset of the first byte
 * @param last offset of the last byte
 * @param total length of the whole file, -1 where the server does not know it
 */
record ContentRange(long first, long last, long total) {
    private static final Pattern SYNTAX =
            Pattern.compile("bytes +(\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)", Pattern.CASE_INSENSITIVE);

    /** Parses the header, or gives nothing where it is missing or makes no sense. */
    static Optional<ContentRange> parse(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        Matcher parts = SYNTAX.matcher(header.strip());
        if (!parts.matches()) {
            return Optional.empty();
        }
        long first = Long.parseLong(parts.group(1));
        long last = Long.parseLong(parts.group(2));
        long total = parts.group(3).equals("*") ? -1 : Long.parseLong(parts.group(3));
        return first <= last && (total < 0 || last < total)
                ? Optional.of(new ContentRange(first, last, total))
                : Optional.empty();
    }

    long length() {
        return last - first + 1;
    }
}
