package org.mediaarchiver.taskservice;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Secret;

/**
 * Sends a request once and reads its answer: no retry, no redirect, no cookie, and no byte beyond the largest body. Thread-safe.
 *
 * <p>The HTTP client prints headers, the token among them, to whoever sets its loggers {@code org.apache.hc.client5.http.headers}
 * and {@code org.apache.hc.client5.http.wire} to DEBUG. The logging configuration has to pin both to OFF.
 */
final class Connection implements AutoCloseable {
    private final CloseableHttpClient http;
    private final Duration responseTimeout;

    Connection(TaskServiceSettings settings) {
        responseTimeout = settings.responseTimeout();
        http = HttpClientBuilder.create()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setMaxConnTotal(settings.connections())
                        .setMaxConnPerRoute(settings.connections())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                                .setSocketTimeout(Timeout.of(responseTimeout))
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.of(responseTimeout))
                        // Waiting for another task's connection is no failure of the service.
                        .setConnectionRequestTimeout(Timeout.ofDays(1))
                        .setAuthenticationEnabled(false)
                        .setProtocolUpgradeEnabled(false)
                        .build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .setUserAgent("media-archiver")
                .build();
    }

    /**
     * Sends one question.
     *
     * @param token null to ask as nobody in particular
     * @throws IOException if no whole answer came, or the thread is interrupted, which it then still is
     */
    Reply get(String url, @Nullable Secret token) throws IOException {
        HttpGet request = new HttpGet(url);
        if (token != null) {
            request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token.reveal());
        }
        request.setHeader(HttpHeaders.ACCEPT, "application/json");
        request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        request.setHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        try {
            ClassicHttpResponse response = http.executeOpen(null, request, null);
            return new Reply(
                    response.getCode(),
                    body(response.getEntity()),
                    header(response, "Retry-After"),
                    header(response, "X-Oneapi-Request-Id", "X-Request-Id"));
        } finally {
            // Drops the connection where something is left unread; to close the answer would read it to its end. Where
            // it was read
            // to its end the connection is back in the pool, and this does nothing.
            request.cancel();
        }
    }

    private byte @Nullable [] body(@Nullable HttpEntity entity) throws IOException {
        if (entity == null) {
            return new byte[0];
        }
        if (entity.getContentLength() > Reply.LARGEST_BODY) {
            return null;
        }
        long start = System.nanoTime();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        InputStream content = entity.getContent();
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            body.write(buffer, 0, n);
            if (body.size() > Reply.LARGEST_BODY) {
                return null;
            }
            if (System.nanoTime() - start > responseTimeout.toNanos()) {
                throw new SocketTimeoutException("the answer trickles");
            }
        }
        return body.toByteArray();
    }

    private static @Nullable String header(ClassicHttpResponse response, String... names) {
        for (String name : names) {
            Header header = response.getFirstHeader(name);
            if (header != null) {
                return header.getValue();
            }
        }
        return null;
    }

    @Override
    public void close() {
        http.close(CloseMode.GRACEFUL);
    }
}
