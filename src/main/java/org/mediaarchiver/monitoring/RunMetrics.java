package org.mediaarchiver.monitoring;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Status;

/**
 * How a command ended, in numbers.
 *
 * @param job its line of runs
 * @param exitCode of the process
 * @param end when it ended
 * @param finished what its runs did, null where none was finished
 */
public record RunMetrics(
        String job, int exitCode, Instant end, @Nullable Finished finished) {
    /** Prometheus keeps the label {@code job} for what it scrapes. */
    static final String JOB_LABEL = "archive_job";

    /**
     * What the finished runs did, all together.
     *
     * @param took from start to end
     * @param tasks that their inputs named or that were carried over
     * @param objects by status and reason, each pair once
     */
    public record Finished(Duration took, long tasks, List<Objects> objects) {}

    /**
     * The objects that ended alike.
     *
     * @param reason null where the run stored them
     * @param bytes of those that are stored, else 0
     */
    public record Objects(Status status, @Nullable Reason reason, long count, long bytes) {
        /** Returns these objects and those of another run that ended alike. */
        public Objects plus(Objects other) {
            return new Objects(status, reason, count + other.count, bytes + other.bytes);
        }
    }

    /** Returns the metrics in Prometheus' text format. */
    byte[] text() {
        MetricSnapshots.Builder metrics = MetricSnapshots.builder()
                .metricSnapshot(gauge("run_exit_code", "Exit code of the last command.", exitCode))
                .metricSnapshot(gauge(
                        "run_end_timestamp_seconds", "When the last command ended.", end.toEpochMilli() / 1000.0));
        if (finished != null) {
            metrics.metricSnapshot(gauge(
                            "run_duration_seconds",
                            "What its runs took, from start to end.",
                            finished.took().toMillis() / 1000.0))
                    .metricSnapshot(gauge(
                            "run_tasks", "Tasks that it named or that were carried over.", (double) finished.tasks()))
                    .metricSnapshot(objects("run_objects", "Objects by status and reason.", Objects::count, finished))
                    .metricSnapshot(objects("run_bytes", "Bytes of its stored objects.", Objects::bytes, finished));
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, metrics.build(), EscapingScheme.UNDERSCORE_ESCAPING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toByteArray();
    }

    private interface Figure {
        long of(Objects objects);
    }

    private GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name("media_archiver_" + name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of(JOB_LABEL, job))
                        .value(value)
                        .build())
                .build();
    }

    private GaugeSnapshot objects(String name, String help, Figure figure, Finished finished) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("media_archiver_" + name).help(help);
        for (Objects objects : finished.objects()) {
            if (figure.of(objects) > 0) {
                gauge.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of(
                                JOB_LABEL,
                                job,
                                "status",
                                objects.status().word(),
                                "reason",
                                objects.reason() == null ? "" : objects.reason().name()))
                        .value((double) figure.of(objects))
                        .build());
            }
        }
        return gauge.build();
    }
}
