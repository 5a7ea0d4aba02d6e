package org.mediaarchiver.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.utils.DateUtils;
import org.jspecify.annotations.Nullable;

/** The {@code Retry-After} header: how long a server asks to be left alone (RFC 9110, section 10.2.3). */
public final class RetryAfter {
    /** No server may hold up a night's run for longer; it can say so again. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Pattern SECONDS = Pattern.compile("[0-9]+");
    private static final int DIGITS_OF_A_LONG = 18;

    private RetryAfter() {}

    /**
     * Reads the header in either form, seconds or an HTTP date; dates in the obsolete asctime form count as absent.
     *
     * @param header its value, null where there is none
     * @param clock what a date is held against
     * @return the wait, zero for a moment that has passed and at most 5 minutes; nothing where the header is absent or means
     *     nothing
     */
    public static Optional<Duration> parse(@Nullable String header, InstantSource clock) {
        if (header == null) {
            return Optional.empty();
        }
        String text = header.strip();
        if (SECONDS.matcher(text).matches()) {
            return Optional.of(
                    text.length() > DIGITS_OF_A_LONG ? LONGEST : bounded(Duration.ofSeconds(Long.parseLong(text))));
        }
        Instant date = DateUtils.parseStandardDate(text);
        return date == null ? Optional.empty() : Optional.of(bounded(Duration.between(clock.instant(), date)));
    }

    private static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }
}
