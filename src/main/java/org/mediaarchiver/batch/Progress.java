package org.mediaarchiver.batch;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows on standard error how far a step has come.
 *
 * <p>On a terminal it is a bar; elsewhere, where a bar would fill a log with control characters, a line every 30 seconds.
 */
final class Progress implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Progress.class);
    private static final Duration LINE_EVERY = Duration.ofSeconds(30);

    private final ProgressStyle style;
    private final Counted counted;
    private final LongSupplier bytes;
    private final AtomicLong total = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong troubles = new AtomicLong();
    private long bytesBefore;
    private long startedNanos;
    private @Nullable ProgressBar bar;
    private @Nullable ScheduledExecutorService timer;

    /** What a step deals with, and what can be wrong with it. */
    enum Counted {
        TASKS("archive", "tasks", "failed"),
        REPAIRS("repair", "tasks", "failed"),
        RUNS("run files", "runs", "findings"),
        OBJECTS("objects", "objects", "findings");

        private final String title;
        private final String unit;
        private final String trouble;

        Counted(String title, String unit, String trouble) {
            this.title = title;
            this.unit = unit;
            this.trouble = trouble;
        }
    }

    /** @param bytes how many bytes have been received so far; where there never are any, the speed is that of what is counted */
    Progress(ProgressStyle style, Counted counted, LongSupplier bytes) {
        this.style = style;
        this.counted = counted;
        this.bytes = bytes;
    }

    /** Begins to show the progress of this many. */
    void start(long expected) {
        total.set(expected);
        startedNanos = System.nanoTime();
        bytesBefore = bytes.getAsLong();
        switch (style) {
            case BAR ->
                bar = new ProgressBarBuilder()
                        .setTaskName(counted.title)
                        .setUnit(" " + counted.unit, 1)
                        .setInitialMax(expected)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(250)
                        .setConsumer(new ConsoleProgressBarConsumer(System.err))
                        .build();
            case LINES -> {
                ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("progress").factory());
                long every = LINE_EVERY.toSeconds();
                var _ = started.scheduleAtFixedRate(() -> log.info("{}", line()), every, every, TimeUnit.SECONDS);
                timer = started;
            }
            case NONE -> {
                return;
            }
        }
    }

    /** Counts a task whose outcome is committed. */
    void settled(TaskOutcome outcome) {
        if (outcome.objects().stream().anyMatch(object -> object.status() == Status.FAILED)) {
            troubles.incrementAndGet();
        }
        reached(done.get() + 1, total.get());
    }

    /** Counts what was found wrong. */
    void found(long wrong) {
        troubles.addAndGet(wrong);
    }

    /** Shows how many are done, and of how many, which may have turned out to be others than were expected. */
    void reached(long nowDone, long ofTotal) {
        done.set(nowDone);
        total.set(ofTotal);
        ProgressBar shown = bar;
        if (shown != null) {
            shown.maxHint(ofTotal);
            shown.stepTo(nowDone);
            shown.setExtraMessage(" " + troubles + " " + counted.trouble + ", " + speed());
        }
    }

    /** Returns the progress as a sentence. */
    String line() {
        String left = done.get() == 0 ? "" : ", about " + Sizes.text(timeLeft()) + " left";
        return "%d of %d %s done, %d %s, %s%s"
                .formatted(done.get(), total.get(), counted.unit, troubles.get(), counted.trouble, speed(), left);
    }

    private Duration timeLeft() {
        return elapsed().multipliedBy(Math.max(0, total.get() - done.get())).dividedBy(done.get());
    }

    private String speed() {
        long millis = Math.max(1, elapsed().toMillis());
        long received = bytes.getAsLong() - bytesBefore;
        boolean isWithoutBytes = counted == Counted.RUNS || counted == Counted.OBJECTS;
        return received == 0 && isWithoutBytes
                ? "%d %s/s".formatted(done.get() * 1000 / millis, counted.unit)
                : Sizes.text(received * 1000 / millis) + "/s";
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
