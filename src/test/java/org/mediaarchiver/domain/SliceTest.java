package org.mediaarchiver.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SliceTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 16, 10_000})
    void everyKeyIsInExactlyOneSlice(int of) {
        for (int i = 0; i < 20; i++) {
            String key = "media/clip-" + i + "/video.mp4";

            assertThat(IntStream.rangeClosed(1, of)
                            .filter(number -> new Slice(number, of).includes(key))
                            .count())
                    .as(key)
                    .isOne();
        }
    }

    @Test
    void slicesAreOfEqualSizeHoweverAlikeTheKeysAre() {
        for (int number = 1; number <= 8; number++) {
            Slice slice = new Slice(number, 8);

            assertThat(IntStream.range(0, 8000)
                            .filter(i -> slice.includes("media/%04d/video.mp4".formatted(i)))
                            .count())
                    .as("keys in %s", slice)
                    .isBetween(900L, 1100L);
        }
    }

    @Test
    void aSliceCanBeToldWithoutThisProgram() {
        String digits = Sha256.of("media/a/video.mp4".getBytes(StandardCharsets.US_ASCII))
                .hex()
                .substring(0, 8);
        int number = (int) (Long.parseLong(digits, 16) % 7) + 1;

        assertThat(new Slice(number, 7).includes("media/a/video.mp4")).isTrue();
    }

    @Test
    void aSliceIsWrittenAsItIsRead() {
        assertThat(Slice.parse("3/7")).isEqualTo(new Slice(3, 7)).hasToString("3/7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "0/7", "8/7", "1/0", "-1/7", "1/10001", "1/7/", " 1/7", "a/b", "99999999999/7"})
    void whatIsNoSliceIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Slice.parse(text));
    }
}
