package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T02:00:00Z"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0                                | 0
                    7                                | 7
                    ' 7 '                            | 7
                    300                              | 300
                    301                              | 300
                    99999999999999999999999999999999 | 300
                    Mon, 23 Nov 2026 02:00:37 GMT    | 37
                    Monday, 23-Nov-26 02:00:37 GMT   | 37
                    Mon, 23 Nov 2026 01:59:00 GMT    | 0
                    Fri, 23 Nov 2029 02:00:37 GMT    | 300
                    """)
    void bothFormsAreReadAndBounded(String header, long seconds) {
        assertThat(RetryAfter.parse(header, CLOCK)).contains(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-1", "1.5", "soon", "1 s", "Sun, 99 Nov 1994", "2026-11-23T00:00:00Z", "\u0663"})
    void whatMeansNothingIsNoHeader(String header) {
        assertThat(RetryAfter.parse(header, CLOCK)).isEmpty();
    }

    @Test
    void anAbsentHeaderIsNone() {
        assertThat(RetryAfter.parse(null, CLOCK)).isEmpty();
    }
}
