package org.mediaarchiver.domain;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The name of a run: its start in UTC to the second and six hexadecimal digits, as in {@code 20261123T020000Z-7f3a9c}.
 *
 * @param value the name itself
 */
public record RunId(String value) {
    private static final Pattern SYNTAX = Pattern.compile("\\d{8}T\\d{6}Z-[0-9a-f]{6}");
    private static final DateTimeFormatter START = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'")
            .withZone(ZoneOffset.UTC)
            .withResolverStyle(ResolverStyle.STRICT);

    /** @throws IllegalArgumentException if {@code value} is not the name of a run */
    public RunId {
        if (!isRunId(value)) {
            throw new IllegalArgumentException("not a run id: " + value);
        }
    }

    /** Tells whether the text has the form of a run's name, and a time that there is. */
    public static boolean isRunId(String text) {
        return SYNTAX.matcher(text).matches() && hasStart(text);
    }

    private static boolean hasStart(String text) {
        try {
            startOf(text);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static Instant startOf(String text) {
        return START.parse(text.substring(0, text.indexOf('-')), Instant::from);
    }

    /** Names a run that starts at {@code start}; the low 24 bits of {@code salt} tell runs of the same second apart. */
    public static RunId of(Instant start, int salt) {
        return new RunId(START.format(start) + "-" + HexFormat.of().toHexDigits(salt, 6));
    }

    /** Returns when the run started, to the second. */
    public Instant start() {
        return startOf(value);
    }

    /** Returns the UTC day on which the run started. */
    public LocalDate day() {
        return LocalDate.parse(value.substring(0, 8), DateTimeFormatter.BASIC_ISO_DATE);
    }

    @Override
    public String toString() {
        return value;
    }
}
