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
 * Shows on standard error how far the archive step has come.
 *
 * <p>On a terminal it is a bar; elsewhere, where a bar would fill a log with control characters, a line every 30 seconds.
 */
final class Progress implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Progress.class);
    private static final Duration LINE_EVERY = Duration.ofSeconds(30);

    private final ProgressStyle style;
    private final LongSupplier bytesReceived;
    private long total;
    private long bytesBefore;
    private long startedNanos;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private @Nullable ProgressBar bar;
    private @Nullable ScheduledExecutorService timer;

    /** @param bytesReceived how many bytes all downloads have received so far */
    Progress(ProgressStyle style, LongSupplier bytesReceived) {
        this.style = style;
        this.bytesReceived = bytesReceived;
    }

    /** Begins to show the progress of this many tasks. */
    void start(long tasks) {
        total = tasks;
        startedNanos = System.nanoTime();
        bytesBefore = bytesReceived.getAsLong();
        switch (style) {
            case BAR ->
                bar = new ProgressBarBuilder()
                        .setTaskName("archive")
                        .setUnit(" tasks", 1)
                        .setInitialMax(tasks)
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
        done.incrementAndGet();
        if (outcome.objects().stream().anyMatch(object -> object.status() == Status.FAILED)) {
            failed.incrementAndGet();
        }
        ProgressBar shown = bar;
        if (shown != null) {
            shown.step();
            shown.setExtraMessage(" " + failed + " failed, " + Sizes.text(bytesPerSecond()) + "/s");
        }
    }

    /** Returns the progress as a sentence. */
    String line() {
        String left = done.get() == 0 ? "" : ", about " + Sizes.text(timeLeft()) + " left";
        return "%d of %d tasks done, %d failed, %s/s%s"
                .formatted(done.get(), total, failed.get(), Sizes.text(bytesPerSecond()), left);
    }

    private Duration timeLeft() {
        return elapsed().multipliedBy(Math.max(0, total - done.get())).dividedBy(done.get());
    }

    private long bytesPerSecond() {
        long millis = Math.max(1, elapsed().toMillis());
        return (bytesReceived.getAsLong() - bytesBefore) * 1000 / millis;
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
