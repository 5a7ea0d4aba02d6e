package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;

/** The scripts of {@code jobs}, and whom they tell. */
class JobsIT {
    @TempDir
    private Path directory;

    private final List<String> pings = new CopyOnWriteArrayList<>();
    private HttpServer monitor;

    @BeforeEach
    void listen() throws IOException {
        monitor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        monitor.createContext("/", this::hear);
        monitor.start();
    }

    @AfterEach
    void close() {
        monitor.stop(0);
    }

    private void hear(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        pings.add(exchange.getRequestMethod() + " " + exchange.getRequestURI()
                + (body.isEmpty() ? "" : " " + body.lines().findFirst().orElse("")));
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private void tellMonitors(Site site) {
        site.set(
                "ARCHIVER_MONITORING_PINGURL",
                "http://localhost:" + monitor.getAddress().getPort() + "/planted-ping-key/{job}");
        site.set(
                "ARCHIVER_MONITORING_METRICSFILE",
                directory.resolve("media-archiver-{job}.prom").toString());
    }

    private static Ended run(Site site, String script, String... arguments) throws Exception {
        try (ArchiverProcess process = site.startScript(script, arguments)) {
            return process.await();
        }
    }

    @Test
    void nightlyBackfillAndAuditWorkOnOneArchiveAndTellTheirOwnMonitors() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.done("good");
        data.done("old");
        try (Site site = Site.with(data, directory)) {
            tellMonitors(site);

            Ended nightly = run(site, "nightly.sh", site.input("tasks.csv", List.of("good")));
            Ended backfill = run(site, "backfill.sh", site.input("old.csv", List.of("good", "old", "unknown")));
            Ended audit = run(site, "audit.sh");

            assertThat(nightly.exitCode()).as(nightly.err()).isZero();
            assertThat(backfill.exitCode()).as(backfill.err()).isEqualTo(3);
            assertThat(audit.exitCode()).as(audit.err()).isZero();
            assertThat(site.runs().stream().map(run -> run.json().get("job").asString()))
                    .containsExactly("nightly", "backfill");
            assertThat(site.runs().getLast().archivedTasks()).containsExactly("old");
            assertThat(pings.stream().map(ping -> ping.replaceAll(" run .*", " ...")))
                    .containsExactly(
                            "GET /planted-ping-key/nightly/start",
                            "POST /planted-ping-key/nightly/0 ...",
                            "GET /planted-ping-key/backfill/start",
                            "POST /planted-ping-key/backfill/3 ...");
            assertThat(directory.resolve("media-archiver-nightly.prom"))
                    .content()
                    .contains("media_archiver_run_exit_code{archive_job=\"nightly\"} 0.0");
            assertThat(directory.resolve("media-archiver-backfill.prom"))
                    .content()
                    .contains(
                            "media_archiver_run_exit_code{archive_job=\"backfill\"} 3.0",
                            "media_archiver_run_objects{archive_job=\"backfill\",reason=\"NOT_FOUND\",status=\"failed\"} 3.0");
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void theCacheThatTheSecondStartMakesIsOneThatTheJvmTakes() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.done("good");
        try (Site site = Site.with(data, directory)) {
            site.set("MEDIA_ARCHIVER_JAR", ArchiverProcess.JAR.toString());
            site.set("MEDIA_ARCHIVER_CACHE", directory.resolve("cache").toString());
            String tasks = site.input("tasks.csv", List.of("good"));

            Ended first = run(site, "media-archiver", "archive", tasks);
            Ended second = run(site, "media-archiver", "archive", tasks, "--full-manifest");
            // With this the JVM ends where it cannot take it.
            site.set("JAVA_OPTS", "-Xmx256m -XX:+UseSerialGC -XX:AOTMode=on");
            Ended third = run(site, "media-archiver", "archive", tasks, "--full-manifest");

            for (Ended ended : List.of(first, second, third)) {
                assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
                assertThat(ended.out()).startsWith("run ");
                assertThat(ended.err().lines()).hasSize(1).allMatch(line -> line.endsWith(" begins"));
            }
            assertThat(third.lastLine()).isEqualTo(site.lastRun().digest());
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void aNightThatIsInterruptedTellsSoBeforeItsProcessEnds() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 6);
        try (Site site = Site.with(data, directory)) {
            site.leaveRunUnfinished();
            tellMonitors(site);
            site.set("ARCHIVER_CONCURRENCY", "1");
            Hold hold = site.source().hold(request -> request.equals("GET /media/clip-02.mp4"));
            Ended ended;
            try (ArchiverProcess process = site.startScript("nightly.sh", site.input("tasks.csv", tasks))) {
                hold.await(1);
                process.signal("TERM");
                process.awaitErr("Asked to end");
                hold.release();
                ended = process.await();
            }

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(143);
            assertThat(pings).hasSize(2);
            assertThat(pings.getLast())
                    .startsWith("POST /planted-ping-key/nightly/143 Run ")
                    .contains("was interrupted");
        }
    }

    @Test
    void anOutageIsToldWithItsSentence() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        try (Site site = Site.with(data, directory)) {
            tellMonitors(site);
            site.set("ARCHIVER_STORAGE_BUCKET", "no-such-bucket");

            Ended ended = run(site, "nightly.sh", site.input("tasks.csv", List.of("good")));

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(10);
            assertThat(pings.getLast())
                    .startsWith("POST /planted-ping-key/nightly/10 ")
                    .contains("no-such-bucket");
            assertThat(Files.readString(directory.resolve("media-archiver-nightly.prom")))
                    .contains("media_archiver_run_exit_code{archive_job=\"nightly\"} 10.0");
            assertThat(ended.err()).doesNotContain("planted-ping-key");
        }
    }
}
