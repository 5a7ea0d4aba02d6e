package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentRangeTest {
    @Test
    void aRangeSaysWhereItsBytesBelong() {
        assertThat(ContentRange.parse("bytes 5-9/10")).hasValue(new ContentRange(5, 9, 10));
        assertThat(ContentRange.parse(" Bytes 0-0/* ")).hasValue(new ContentRange(0, 0, -1));
        assertThat(new ContentRange(5, 9, 10).length()).isEqualTo(5);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes */10",
                "bytes 9-5/10",
                "bytes 5-10/10",
                "bytes -5/10",
                "bytes 5-/10",
                "bytes=5-9/10",
                "items 5-9/10",
                "bytes 5-9/10, 11-12/13",
                "bytes 0-9999999999999999999/99999999999999999999"
            })
    void anythingElseSaysNothing(String header) {
        assertThat(ContentRange.parse(header)).isEmpty();
    }
}
