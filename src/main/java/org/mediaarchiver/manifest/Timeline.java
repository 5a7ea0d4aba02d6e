package org.mediaarchiver.manifest;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** Counts what happened over a time, in at most {@value #MOST} intervals of equal length that begin at round clock times. */
final class Timeline {
    static final int MOST = 48;

    private static final long[] STEPS = {
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400
    };

    private final long step;
    private final long first;
    private final long[] objects;
    private final long[] bytes;
    private final DateTimeFormatter form;

    /** @param end not before {@code start} */
    Timeline(Instant start, Instant end) {
        long from = start.getEpochSecond();
        long to = Math.max(from, end.getEpochSecond());
        this.step = step(from, to);
        this.first = Math.floorDiv(from, step);
        int intervals = (int) (Math.floorDiv(to, step) - first + 1);
        this.objects = new long[intervals];
        this.bytes = new long[intervals];
        String time = step < 60 ? "HH:mm:ss" : "HH:mm";
        this.form = DateTimeFormatter.ofPattern(day(from).equals(day(to)) ? time : "MM-dd " + time)
                .withZone(ZoneOffset.UTC);
    }

    /**
     * What happened in one interval.
     *
     * @param begin its first moment, as a clock shows it
     * @param end the first moment after it
     */
    record Interval(String begin, String end, long objects, long bytes) {}

    /** Counts an object; one from outside the time counts at its nearer end, since clocks are set back and forth. */
    void add(Instant at, long size) {
        long interval = Math.floorDiv(at.getEpochSecond(), step) - first;
        int index = (int) Math.clamp(interval, 0, objects.length - 1L);
        objects[index]++;
        bytes[index] += size;
    }

    /** Returns all intervals, the empty ones too. */
    List<Interval> intervals() {
        List<Interval> intervals = new ArrayList<>();
        for (int i = 0; i < objects.length; i++) {
            intervals.add(new Interval(clock(first + i), clock(first + i + 1), objects[i], bytes[i]));
        }
        return intervals;
    }

    private String clock(long interval) {
        return form.format(Instant.ofEpochSecond(interval * step));
    }

    private static LocalDate day(long second) {
        return LocalDate.ofInstant(Instant.ofEpochSecond(second), ZoneOffset.UTC);
    }

    private static long step(long from, long to) {
        for (long step : STEPS) {
            if (Math.floorDiv(to, step) - Math.floorDiv(from, step) < MOST) {
                return step;
            }
        }
        long day = STEPS[STEPS.length - 1];
        return Math.ceilDiv(to - from + day, (MOST - 1) * day) * day;
    }
}
