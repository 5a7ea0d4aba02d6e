package org.mediaarchiver.monitoring;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpPut;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.message.BasicNameValuePair;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.http.TransportFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of one command's begin and end, whoever is configured to be told.
 *
 * <p>The ping follows healthchecks.io: {@code GET {url}/start}, then {@code POST {url}/{exit code}} with a few lines of text, 0
 * being a success. Not thread-safe.
 */
public final class Monitoring implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Monitoring.class);

    /** What healthchecks.io keeps of a body is 100 kB; a few lines are meant. */
    private static final int MOST_TEXT = 10_000;

    private static final ContentType METRICS =
            ContentType.create("text/plain", new BasicNameValuePair("version", "0.0.4"));

    private final MonitoringSettings settings;
    private final CloseableHttpClient http;
    private @Nullable Thread startPing;

    public Monitoring(MonitoringSettings settings) {
        this.settings = settings;
        Timeout patience = Timeout.of(settings.patience());
        this.http = HttpClientBuilder.create()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(patience)
                                .setSocketTimeout(patience)
                                .build())
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(patience).build())
                .setRetryStrategy(new DefaultHttpRequestRetryStrategy(1, TimeValue.ofMilliseconds(500)))
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("media-archiver")
                .build();
    }

    /** Tells, without waiting for it, that the command has begun. */
    public void begun() {
        Secret ping = settings.ping();
        if (ping != null) {
            startPing = Thread.ofVirtual()
                    .name("start-ping")
                    .start(() -> send("The start ping", new HttpGet(under(ping.reveal(), "start"))));
        }
    }

    /**
     * Tells how the command ended, and waits until that is told or cannot be.
     *
     * @param text a few lines for whoever looks at the ping
     */
    public void ended(RunMetrics metrics, String text) {
        Path file = settings.metricsFile();
        if (file != null) {
            write(file, metrics.text());
        }
        URI pushgateway = settings.pushgateway();
        if (pushgateway != null) {
            HttpPut push = new HttpPut(under(
                    pushgateway.toString(),
                    "metrics/job/media-archiver/" + RunMetrics.JOB_LABEL + "/" + metrics.job()));
            push.setEntity(new ByteArrayEntity(metrics.text(), METRICS));
            send("The metrics", push);
        }
        Secret ping = settings.ping();
        if (ping != null) {
            awaitStartPing();
            HttpPost end = new HttpPost(under(ping.reveal(), Integer.toString(metrics.exitCode())));
            end.setEntity(new StringEntity(
                    text.substring(0, Math.min(MOST_TEXT, text.length())),
                    ContentType.TEXT_PLAIN.withCharset(StandardCharsets.UTF_8)));
            send("The end ping", end);
        }
    }

    private static URI under(String base, String path) {
        return URI.create(base.endsWith("/") ? base + path : base + "/" + path);
    }

    /** The start must not arrive behind the end. */
    private void awaitStartPing() {
        Thread start = startPing;
        if (start == null) {
            return;
        }
        boolean interrupted = false;
        while (start.isAlive()) {
            try {
                start.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The URL is a secret but for its host. */
    private void send(String what, HttpUriRequestBase request) {
        String host =
                request.getAuthority() == null ? "" : request.getAuthority().toString();
        try {
            int status = http.executeOpen(null, request, null).getCode();
            if (status >= 300) {
                log.warn("{} was refused by {} with {}. The run does not depend on it.", what, host, status);
            }
        } catch (IOException e) {
            log.warn(
                    "{} did not reach {} ({}). The run does not depend on it.",
                    what,
                    host,
                    TransportFailure.of(e).word());
        } finally {
            // What an answer says beyond its status is not read, however long it is.
            request.cancel();
        }
    }

    /** A collector that reads at this moment finds the old file or the new one, whole. */
    private static void write(Path file, byte[] text) {
        try {
            Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), "." + file.getFileName(), ".tmp");
            try {
                Files.write(draft, text);
                if (Files.getFileStore(draft).supportsFileAttributeView("posix")) {
                    // The collector is another user.
                    Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
                }
                Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            log.warn("The metrics could not be written to {} ({}).", file, e.toString());
        }
    }

    @Override
    public void close() {
        http.close(CloseMode.GRACEFUL);
    }
}
