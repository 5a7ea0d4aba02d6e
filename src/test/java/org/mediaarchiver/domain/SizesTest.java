package org.mediaarchiver.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.0 kB",
        "1949, 1.9 kB",
        "99949, 99.9 kB",
        "99950, 100 kB",
        "999499, 999 kB",
        "999500, 1.0 MB",
        "5000000000, 5.0 GB",
        "9223372036854775807, 9223 PB"
    })
    void bytesAreToldInThreeDigitsOrSo(long bytes, String text) {
        assertThat(Sizes.text(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0 s",
        "PT59.999S, 59 s",
        "PT1M, 1 min 0 s",
        "PT59M59S, 59 min 59 s",
        "PT1H, 1 h 0 min",
        "PT26H3M, 26 h 3 min"
    })
    void durationsAreToldToTheSecondOrMinute(Duration duration, String text) {
        assertThat(Sizes.text(duration)).isEqualTo(text);
    }
}
