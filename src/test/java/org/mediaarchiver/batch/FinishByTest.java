package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FinishByTest {
    private static final Instant NOW = Instant.parse("2026-11-24T01:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "2026-11-24T01:00:00Z, 06:00, Europe/Berlin, 2026-11-24T05:00:00Z",
        "2026-11-24T05:00:00Z, 06:00, Europe/Berlin, 2026-11-25T05:00:00Z",
        "2026-11-24T22:59:59Z, 00:00, Europe/Berlin, 2026-11-24T23:00:00Z",
        // The night in which summer begins has no half past two.
        "2026-03-28T23:00:00Z, 02:30, Europe/Berlin, 2026-03-29T01:30:00Z"
    })
    void theHourIsTheNextOneOnTheClock(Instant now, LocalTime time, ZoneId zone, Instant next) {
        assertThat(FinishBy.next(time, now, zone)).isEqualTo(next);
    }

    @Test
    void aTaskIsBegunIfTheLongestOfTheLastWouldBeDoneInTime() {
        FinishBy finishBy = ending(NOW.plusSeconds(60));
        assertThat(finishBy.leavesTimeForATask()).isTrue();

        finishBy.took(Duration.ofSeconds(59));
        finishBy.took(Duration.ofSeconds(1));
        assertThat(finishBy.leavesTimeForATask()).isTrue();

        finishBy.took(Duration.ofSeconds(60));
        assertThat(finishBy.leavesTimeForATask()).isFalse();
    }

    @Test
    void whatWasLongAgoDoesNotCount() {
        FinishBy finishBy = ending(NOW.plusSeconds(60));
        finishBy.took(Duration.ofSeconds(90));
        for (int i = 0; i < 100; i++) {
            finishBy.took(Duration.ofSeconds(5));
        }

        assertThat(finishBy.leavesTimeForATask()).isTrue();
    }

    @Test
    void afterTheHourNothingIsBegun() {
        assertThat(ending(NOW).leavesTimeForATask()).isFalse();
        assertThat(ending(NOW.minusSeconds(1)).leavesTimeForATask()).isFalse();
    }

    @Test
    void nobodyWaitsBeyondTheHour() {
        Duration wait = Duration.ofMinutes(30);

        assertThat(ending(null).atMost(wait)).isEqualTo(wait);
        assertThat(ending(NOW.plusSeconds(3600)).atMost(wait)).isEqualTo(wait);
        assertThat(ending(NOW.plusSeconds(60)).atMost(wait)).isEqualTo(Duration.ofSeconds(60));
        assertThat(ending(NOW.minusSeconds(60)).atMost(wait)).isZero();
    }

    private static FinishBy ending(@Nullable Instant end) {
        return new FinishBy(end, InstantSource.fixed(NOW));
    }
}
