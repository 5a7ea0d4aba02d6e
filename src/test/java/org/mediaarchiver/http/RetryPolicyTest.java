package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
    private static final RetryPolicy POLICY = new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(1));

    @ParameterizedTest
    @CsvSource({"1, 100", "2, 200", "3, 400", "4, 800", "5, 1000", "6, 1000", "63, 1000", "64, 1000", "2147483647, 1000"
    })
    void waitsDoubleUpToTheLongestAndAtLeastHalfOfEachIsKept(int failures, long longest) {
        assertThat(IntStream.range(0, 200).mapToObj(i -> POLICY.delayAfter(failures)))
                .allMatch(wait -> wait.compareTo(Duration.ofMillis(longest)) <= 0)
                .allMatch(wait -> wait.compareTo(Duration.ofMillis(longest / 2)) >= 0);
    }

    @Test
    void tasksThatFailedTogetherDoNotComeBackTogether() {
        assertThat(IntStream.range(0, 50).mapToObj(i -> POLICY.delayAfter(3)).distinct())
                .hasSizeGreaterThan(10);
    }

    @Test
    void noDelayStaysNoDelay() {
        assertThat(new RetryPolicy(3, Duration.ZERO, Duration.ZERO).delayAfter(2))
                .isZero();
    }

    @Test
    void policiesThatMeanNothingAreRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(0, second, second));
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(1, second.negated(), second));
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(1, second, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(1, second, Duration.ofDays(2)));
    }
}
