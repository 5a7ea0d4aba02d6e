package org.mediaarchiver.monitoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class MonitoringTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final RunMetrics STOPPED =
            new RunMetrics("nightly", 10, Instant.parse("2026-11-23T02:10:00.250Z"), null);
    private static final RunMetrics FINISHED = new RunMetrics(
            "nightly",
            3,
            Instant.parse("2026-11-23T02:10:00Z"),
            new RunMetrics.Finished(
                    Duration.ofMillis(90_500),
                    12,
                    List.of(
                            new RunMetrics.Objects(Status.STORED, null, 20, 5_000_000_000L),
                            new RunMetrics.Objects(Status.FAILED, Reason.GONE, 2, 0))));

    private final List<String> received = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private int answer = 200;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        received.add((exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body).strip());
        exchange.sendResponseHeaders(answer, -1);
        exchange.close();
    }

    private URI url(String path) {
        return URI.create("http://localhost:" + server.getAddress().getPort() + path);
    }

    private static Monitoring pinging(URI url) {
        return new Monitoring(new MonitoringSettings(new Secret(url.toString()), null, null, PATIENCE));
    }

    private static Monitoring measuring(@Nullable Path file, @Nullable URI pushgateway) {
        return new Monitoring(new MonitoringSettings(null, file, pushgateway, PATIENCE));
    }

    @Test
    void beginAndEndArePingedInThisOrderTheEndWithItsExitCode() {
        try (Monitoring monitoring = pinging(url("/ping/abc"))) {
            monitoring.begun();
            monitoring.ended(STOPPED, "The task service does not answer.");
        }

        assertThat(received)
                .containsExactly("GET /ping/abc/start", "POST /ping/abc/10 The task service does not answer.");
    }

    @Test
    void aSlashAtTheEndOfThePingsUrlDoesNotMatter() {
        try (Monitoring monitoring = pinging(url("/ping/abc/"))) {
            monitoring.ended(STOPPED, "");
        }

        assertThat(received).containsExactly("POST /ping/abc/10");
    }

    @Test
    void aPingCarriesAFewLinesHoweverLongTheSummaryIs() {
        try (Monitoring monitoring = pinging(url("/ping"))) {
            monitoring.ended(STOPPED, "x".repeat(1_000_000));
        }

        assertThat(received).singleElement().asString().hasSizeLessThan(11_000);
    }

    @Test
    void aPingThatIsRefusedIsALineInTheLogWithoutItsUrl(CapturedOutput output) {
        answer = 404;

        try (Monitoring monitoring = pinging(url("/secret-of-the-check"))) {
            monitoring.begun();
            monitoring.ended(STOPPED, "");
        }

        assertThat(output.getAll())
                .containsOnlyOnce("The start ping was refused by localhost:"
                        + server.getAddress().getPort() + " with 404. The run does not depend on it.")
                .containsOnlyOnce("The end ping was refused by")
                .doesNotContain("secret-of-the-check");
    }

    @Test
    void aPingThatReachesNobodyIsALineInTheLog(CapturedOutput output) throws IOException {
        URI nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://localhost:" + closed.getLocalPort() + "/secret-of-the-check");
        }

        try (Monitoring monitoring = pinging(nobody)) {
            monitoring.ended(STOPPED, "");
        }

        assertThat(output.getAll())
                .contains("The end ping did not reach localhost:" + nobody.getPort() + " (refused).")
                .doesNotContain("secret-of-the-check");
    }

    @Test
    void aHostThatDoesNotAnswerIsNotWaitedForForever(CapturedOutput output) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Monitoring monitoring = new Monitoring(new MonitoringSettings(
                        new Secret("http://localhost:" + silent.getLocalPort() + "/"),
                        null,
                        null,
                        Duration.ofMillis(100)))) {
            monitoring.ended(STOPPED, "");
        }

        assertThat(output.getAll()).contains("The end ping did not reach localhost", "(timeout)");
    }

    @Test
    void aBusyMonitorIsAskedOnceMore() {
        answer = 503;

        try (Monitoring monitoring = pinging(url("/ping"))) {
            monitoring.ended(STOPPED, "");
        }

        assertThat(received).hasSize(2);
    }

    @Test
    void theMetricsFileIsWhatPrometheusReads(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("media-archiver.prom");

        try (Monitoring monitoring = measuring(file, null)) {
            monitoring.ended(STOPPED, "");
            monitoring.ended(FINISHED, "");
        }

        assertThat(Files.readAllLines(file))
                .filteredOn(line -> !line.startsWith("#"))
                .containsExactlyInAnyOrder(
                        "media_archiver_run_exit_code{archive_job=\"nightly\"} 3.0",
                        "media_archiver_run_end_timestamp_seconds{archive_job=\"nightly\"} "
                                + (double) FINISHED.end().getEpochSecond(),
                        "media_archiver_run_duration_seconds{archive_job=\"nightly\"} 90.5",
                        "media_archiver_run_tasks{archive_job=\"nightly\"} 12.0",
                        "media_archiver_run_objects{archive_job=\"nightly\",reason=\"\",status=\"stored\"} 20.0",
                        "media_archiver_run_objects{archive_job=\"nightly\",reason=\"GONE\",status=\"failed\"} 2.0",
                        "media_archiver_run_bytes{archive_job=\"nightly\",reason=\"\",status=\"stored\"} 5.0E9");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
        try (Stream<Path> all = Files.list(directory)) {
            assertThat(all).containsExactly(file);
        }
    }

    @Test
    void aCommandThatWasStoppedTellsOnlyHowAndWhen(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("media-archiver.prom");

        try (Monitoring monitoring = measuring(file, null)) {
            monitoring.ended(STOPPED, "");
        }

        assertThat(Files.readAllLines(file))
                .filteredOn(line -> !line.startsWith("#"))
                .hasSize(2)
                .contains("media_archiver_run_exit_code{archive_job=\"nightly\"} 10.0");
    }

    @Test
    void aMetricsFileThatCannotBeWrittenIsALineInTheLog(@TempDir Path directory, CapturedOutput output) {
        Path file = directory.resolve("gone").resolve("media-archiver.prom");

        try (Monitoring monitoring = measuring(file, null)) {
            monitoring.ended(STOPPED, "");
        }

        assertThat(output.getAll()).contains("The metrics could not be written to " + file);
    }

    @Test
    void metricsArePushedUnderTheirJob() {
        try (Monitoring monitoring = measuring(null, url("/"))) {
            monitoring.ended(FINISHED, "");
        }

        assertThat(received)
                .singleElement()
                .asString()
                .startsWith("PUT /metrics/job/media-archiver/archive_job/nightly ")
                .contains("media_archiver_run_exit_code{archive_job=\"nightly\"} 3.0\n");
    }
}
