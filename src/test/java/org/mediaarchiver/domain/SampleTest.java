package org.mediaarchiver.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampleTest {
    @Test
    void aRankCanBeToldWithoutThisProgram() {
        String digits = Sha256.of("42/media/a/video.mp4".getBytes(StandardCharsets.US_ASCII))
                .hex()
                .substring(0, 16);

        assertThat(new Sample(3, 42L).rank("media/a/video.mp4")).isEqualTo(Long.parseUnsignedLong(digits, 16));
    }

    @Test
    void everyKeyIsAsLikelyToBeAmongTheSmallestRanks() {
        List<String> keys = IntStream.range(0, 18)
                .mapToObj(i -> "media/clip-%02d/video.mp4".formatted(i))
                .toList();
        Map<String, Integer> drawn = new HashMap<>();
        for (long seed = 0; seed < 7200; seed++) {
            Sample sample = new Sample(3, seed);
            keys.stream()
                    .sorted((a, b) -> Long.compareUnsigned(sample.rank(a), sample.rank(b)))
                    .limit(3)
                    .forEach(key -> drawn.merge(key, 1, Integer::sum));
        }

        // Three of eighteen are 1,200 of 7,200, with a deviation of 32.
        assertThat(drawn)
                .hasSize(18)
                .allSatisfy((key, times) -> assertThat(times).as(key).isBetween(1070, 1330));
    }

    @Test
    void aSeedIsDrawnOnlyWhereThereIsNone() {
        assertThat(new Sample(3, null).orSeed(7)).isEqualTo(new Sample(3, 7L));
        assertThat(new Sample(3, 42L).orSeed(7)).isEqualTo(new Sample(3, 42L));
        assertThatIllegalStateException().isThrownBy(() -> new Sample(3, null).rank("a"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1_000_001})
    void aSampleHasASize(int size) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Sample(size, 1L));
    }
}
