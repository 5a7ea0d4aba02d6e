package org.mediaarchiver.domain;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Instants as manifests and stores spell them.
 *
 * <p>Manifests and listings have millions, nearly all of one form. That one is read and written by hand, which takes a tenth of what a
 * formatter takes; everything else is left to a formatter.
 */
public final class Rfc3339 {
    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final String SECONDS_FORM = "0000-00-00T00:00:00Z";
    private static final String MILLISECONDS_FORM = "0000-00-00T00:00:00.000Z";

    private Rfc3339() {}

    /**
     * Reads what {@link Instant#parse} reads.
     *
     * @throws java.time.DateTimeException if the text is no instant
     */
    public static Instant parse(String text) {
        boolean milliseconds = hasForm(text, MILLISECONDS_FORM);
        if (!milliseconds && !hasForm(text, SECONDS_FORM)) {
            return Instant.parse(text);
        }
        int hour = number(text, 11, 13);
        int second = number(text, 17, 19);
        if (hour == 24 || second == 60) {
            // The end of a day, and a leap second.
            return Instant.parse(text);
        }
        int nano = milliseconds ? 1_000_000 * number(text, 20, 23) : 0;
        return LocalDateTime.of(
                        number(text, 0, 4),
                        number(text, 5, 7),
                        number(text, 8, 10),
                        hour,
                        number(text, 14, 16),
                        second,
                        nano)
                .toInstant(ZoneOffset.UTC);
    }

    private static boolean hasForm(String text, String form) {
        if (text.length() != form.length()) {
            return false;
        }
        for (int i = 0; i < form.length(); i++) {
            char c = text.charAt(i);
            char expected = form.charAt(i);
            if (expected == '0' ? c < '0' || c > '9' : c != expected) {
                return false;
            }
        }
        return true;
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            number = 10 * number + text.charAt(i) - '0';
        }
        return number;
    }

    /** Spells an instant in UTC, to the millisecond. */
    public static String format(Instant instant) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
        if (time.getYear() < 0 || time.getYear() > 9999) {
            return MILLISECONDS.format(instant);
        }
        byte[] text = MILLISECONDS_FORM.getBytes(StandardCharsets.US_ASCII);
        put(text, 0, 4, time.getYear());
        put(text, 5, 7, time.getMonthValue());
        put(text, 8, 10, time.getDayOfMonth());
        put(text, 11, 13, time.getHour());
        put(text, 14, 16, time.getMinute());
        put(text, 17, 19, time.getSecond());
        put(text, 20, 23, time.getNano() / 1_000_000);
        return new String(text, StandardCharsets.US_ASCII);
    }

    private static void put(byte[] text, int from, int to, int number) {
        int rest = number;
        for (int i = to - 1; i >= from; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
