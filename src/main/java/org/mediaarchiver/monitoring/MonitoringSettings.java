package org.mediaarchiver.monitoring;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Secret;

/**
 * Whom to tell of the runs of one job; whatever is null is not told.
 *
 * @param ping an {@code http} or {@code https} URL in the style of healthchecks.io: whoever knows it can speak for the run
 * @param metricsFile where Prometheus' textfile collector finds the metrics; its name should end in {@code .prom}
 * @param pushgateway base URL of a Prometheus Pushgateway
 * @param patience how long to wait for each answer
 */
public record MonitoringSettings(
        @Nullable Secret ping,
        @Nullable Path metricsFile,
        @Nullable URI pushgateway,
        Duration patience) {}
