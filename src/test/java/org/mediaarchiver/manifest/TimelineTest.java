package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimelineTest {
    private static final Instant START = Instant.parse("2026-11-23T02:00:07.5Z");

    @ParameterizedTest
    @ValueSource(
            strings = {"PT0S", "PT0.1S", "PT46S", "PT47S", "PT48S", "PT1H", "PT23H59M", "P3D", "P48D", "P49D", "P4000D"
            })
    void aTimeOfAnyLengthHasABoundedNumberOfIntervals(Duration length) {
        Timeline timeline = new Timeline(START, START.plus(length));
        timeline.add(START, 1);
        timeline.add(START.plus(length), 2);

        assertThat(timeline.intervals()).hasSizeBetween(1, Timeline.MOST);
        assertThat(timeline.intervals().getFirst().objects()).isPositive();
        assertThat(timeline.intervals().getLast().objects()).isPositive();
        assertThat(timeline.intervals().stream()
                        .mapToLong(Timeline.Interval::bytes)
                        .sum())
                .isEqualTo(3);
    }

    @Test
    void intervalsBeginAtRoundClockTimes() {
        Timeline timeline = new Timeline(START, START.plus(Duration.ofMinutes(90)));
        timeline.add(Instant.parse("2026-11-23T02:14:59.999Z"), 7);

        assertThat(timeline.intervals()).hasSize(46);
        assertThat(timeline.intervals().getFirst()).isEqualTo(new Timeline.Interval("02:00", "02:02", 0, 0));
        assertThat(timeline.intervals().get(7)).isEqualTo(new Timeline.Interval("02:14", "02:16", 1, 7));
    }

    @Test
    void aTimeOverMidnightTellsTheDay() {
        Timeline timeline = new Timeline(Instant.parse("2026-11-23T23:59:50Z"), Instant.parse("2026-11-24T00:00:10Z"));

        assertThat(timeline.intervals().getFirst().begin()).isEqualTo("11-23 23:59:50");
        assertThat(timeline.intervals().getLast().begin()).isEqualTo("11-24 00:00:10");
    }

    @Test
    void whatAClockSetBackLeavesOutsideCountsAtTheNearerEnd() {
        Timeline timeline = new Timeline(START, START.plusSeconds(10));
        timeline.add(START.minusSeconds(3600), 1);
        timeline.add(START.plusSeconds(3600), 2);

        assertThat(timeline.intervals().getFirst().bytes()).isEqualTo(1);
        assertThat(timeline.intervals().getLast().bytes()).isEqualTo(2);
    }
}
