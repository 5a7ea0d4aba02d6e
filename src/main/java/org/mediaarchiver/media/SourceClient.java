package org.mediaarchiver.media;

import java.io.IOException;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpHead;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.http.AddressGuard;

/**
 * The HTTP client of downloads: it asks, follows redirects through the guard, and hands out the answer unread.
 *
 * <p>It is nobody's: it holds no credential and no cookie, names no referrer, and connects directly, since behind a proxy the guard
 * would judge the wrong address. Retries are the caller's, who alone knows how far the file has come.
 */
final class SourceClient implements AutoCloseable {
    private static final int MOST_REDIRECTS = 5;

    private final AddressGuard guard;
    private final CloseableHttpClient http;

    SourceClient(DownloadSettings settings, AddressGuard guard, DnsResolver resolver) {
        this.guard = guard;
        Timeout connect = Timeout.of(settings.connectTimeout());
        Timeout idle = Timeout.of(settings.idleTimeout());
        this.http = HttpClientBuilder.create()
                .setConnectionManager(new DirectConnections()
                        .setDnsResolver(resolver)
                        .setMaxConnTotal(settings.connections())
                        // Media of all tasks usually come from one host.
                        .setMaxConnPerRoute(settings.connections())
                        .setDefaultSocketConfig(
                                SocketConfig.custom().setSoTimeout(idle).build())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(connect)
                                .setSocketTimeout(idle)
                                .build())
                        .setDefaultTlsConfig(
                                TlsConfig.custom().setHandshakeTimeout(connect).build())
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                                .http1Config(Http1Config.custom()
                                        .setMaxLineLength(16 * 1024)
                                        .setMaxHeaderCount(200)
                                        .build())
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(Timeout.of(settings.deadline()))
                        .setResponseTimeout(idle)
                        .setProtocolUpgradeEnabled(false)
                        .setAuthenticationEnabled(false)
                        .build())
                .setRoutePlanner(new DefaultRoutePlanner(null))
                .setUserAgent("media-archiver")
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .build();
    }

    /** What asking for a URL came to. */
    sealed interface Answer {
        /**
         * An answer that is no redirect, its body unread.
         *
         * @param request to cancel when the answer is done with: closing the body instead would read it to its end
         */
        record Opened(HttpUriRequestBase request, ClassicHttpResponse response) implements Answer {
            /** Returns a header's value, or null where it did not come. */
            @Nullable
            String header(String name) {
                Header header = response.getFirstHeader(name);
                return header == null ? null : header.getValue();
            }
        }

        /** A redirect leads where downloads may not go, or nowhere. */
        record Blocked(Detail detail) implements Answer {}
    }

    /**
     * A file of which the beginning is there.
     *
     * @param from how many bytes are there
     * @param etag the strong entity tag of the file that they are from
     */
    record Rest(long from, String etag) {}

    /**
     * Asks for a file, or the rest of one.
     *
     * @param uri a URL that the guard allows
     * @param rest what to ask for, null for the whole file
     * @param watch which cancels each request that takes too long
     * @throws IOException if there is no answer
     */
    Answer open(URI uri, @Nullable Rest rest, Watchdog.Watch watch) throws IOException {
        return follow(uri, watch, next -> get(next, rest));
    }

    /**
     * Asks what there is to say about a file, without its bytes.
     *
     * @param uri a URL that the guard allows
     * @param watch which cancels each request that takes too long
     * @throws IOException if there is no answer
     */
    Answer head(URI uri, Watchdog.Watch watch) throws IOException {
        return follow(uri, watch, next -> new HttpHead(URI.create(next.toASCIIString())));
    }

    private Answer follow(URI uri, Watchdog.Watch watch, Function<URI, HttpUriRequestBase> requestFor)
            throws IOException {
        Set<String> visited = new HashSet<>();
        URI next = uri;
        while (true) {
            if (!visited.add(next.toASCIIString())) {
                return new Answer.Blocked(new Detail("redirects lead in a circle"));
            }
            if (visited.size() > MOST_REDIRECTS + 1) {
                return new Answer.Blocked(new Detail("more than " + MOST_REDIRECTS + " redirects"));
            }
            HttpUriRequestBase request = requestFor.apply(next);
            request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
            watch.begin(request);
            ClassicHttpResponse response = http.executeOpen(null, request, HttpClientContext.create());
            Answer.Opened opened = new Answer.Opened(request, response);
            String location = isRedirect(response.getCode()) ? opened.header(HttpHeaders.LOCATION) : null;
            if (location == null) {
                return opened;
            }
            request.cancel();
            switch (guard.checkRedirect(next, location)) {
                case AddressGuard.Verdict.Allowed allowed -> next = allowed.uri();
                case AddressGuard.Verdict.Invalid invalid -> {
                    return new Answer.Blocked(invalid.detail());
                }
                case AddressGuard.Verdict.Blocked blocked -> {
                    return new Answer.Blocked(blocked.detail());
                }
            }
        }
    }

    private static HttpGet get(URI uri, @Nullable Rest rest) {
        HttpGet request = new HttpGet(URI.create(uri.toASCIIString()));
        if (rest != null) {
            request.setHeader(HttpHeaders.RANGE, "bytes=" + rest.from() + "-");
            request.setHeader(HttpHeaders.IF_RANGE, rest.etag());
        }
        return request;
    }

    private static boolean isRedirect(int status) {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    @Override
    public void close() throws IOException {
        http.close();
    }

    /** Connections that ignore the JVM's SOCKS settings, which plain sockets follow unasked. */
    private static final class DirectConnections extends PoolingHttpClientConnectionManagerBuilder {
        @Override
        protected HttpClientConnectionOperator createConnectionOperator(
                SchemePortResolver ports, DnsResolver resolver, TlsSocketStrategy tls) {
            return new DefaultHttpClientConnectionOperator(
                    proxy -> new Socket(Proxy.NO_PROXY),
                    ports,
                    resolver,
                    RegistryBuilder.<TlsSocketStrategy>create()
                            .register(URIScheme.HTTPS.id, tls)
                            .build());
        }
    }
}
