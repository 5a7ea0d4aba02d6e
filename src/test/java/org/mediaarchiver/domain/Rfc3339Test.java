package org.mediaarchiver.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-23T02:00:07.500Z",
                "2026-11-23T02:00:07Z",
                "2028-02-29T23:59:59.999Z",
                "0000-01-01T00:00:00.000Z",
                "9999-12-31T23:59:59Z",
                "+10000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z",
                "2026-11-23T02:00:07.5Z",
                "2026-11-23T02:00:07.Z",
                "2026-11-23T02:00:07.123456789Z",
                "2026-11-23T24:00:00Z",
                "2026-11-23T24:00:00.000Z",
                "2016-12-31T23:59:60Z",
                "2016-12-31T23:59:60.500Z",
                "2026-11-23t02:00:07z",
                "2026-11-23T02:00:07.500+00:00",
                "2026-11-23T04:00:07+02:00"
            })
    void whatJavaReadsIsReadAlike(String text) {
        assertThat(Rfc3339.parse(text)).isEqualTo(Instant.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Z",
                "never",
                "2026-11-23",
                "2026-11-23T02:00Z",
                "2026-11-23T02:00:07+00Z",
                "2026-11-23T02:00:07",
                "2026-11-23T02:00:07.500",
                "2026-11-23 02:00:07.500Z",
                "2026-11-23T02:00:07,500Z",
                "2026-11-23T02:00:07.50xZ",
                "2026-11-23T02:00:07.500Z ",
                "2026-11-31T02:00:07.500Z",
                "2027-02-29T02:00:07.500Z",
                "2026-00-23T02:00:07Z",
                "2026-13-23T02:00:07Z",
                "2026-11-00T02:00:07Z",
                "2026-11-23T25:00:07Z",
                "2026-11-23T24:00:01Z",
                "2026-11-23T02:60:07Z",
                "2026-11-23T02:00:60Z",
                "2026-11-23T02:00:61.000Z",
                "2026-11-23T02:00:-7Z",
                "\uff12\uff10\uff12\uff16-11-23T02:00:07Z"
            })
    void whatJavaRefusesIsRefused(String text) {
        assertThatExceptionOfType(DateTimeException.class).isThrownBy(() -> Instant.parse(text));
        assertThatExceptionOfType(DateTimeException.class).isThrownBy(() -> Rfc3339.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-23T02:00:07.500Z",
                "2026-11-23T02:00:07.000000001Z",
                "2026-01-02T03:04:05.999999999Z",
                "1969-12-31T23:59:59.999Z",
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999Z",
                "+10000-01-01T00:00:00Z",
                "-0001-12-31T23:59:59.999Z"
            })
    void anInstantIsSpelledToTheMillisecond(String text) {
        Instant instant = Instant.parse(text);

        assertThat(Rfc3339.format(instant)).isEqualTo(spelled(instant));
    }

    @Test
    void manyInstantsAreSpelledAndReadAsJavaDoes() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            Instant instant = Instant.ofEpochMilli(random.nextLong(-62_167_219_200_000L, 253_402_300_800_000L));
            String text = Rfc3339.format(instant);

            assertThat(text).isEqualTo(spelled(instant));
            assertThat(Rfc3339.parse(text)).isEqualTo(instant);
        }
    }

    private static String spelled(Instant instant) {
        return FORM.format(instant);
    }
}
