package org.mediaarchiver.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.jspecify.annotations.Nullable;

/** A way to a real S3 server on which chosen requests meet what can happen to them; all others pass untouched. */
public final class FaultyStore implements AutoCloseable {
    /** What the connection itself needs, and the two sides of a proxy have of their own. */
    private static final Set<String> OF_THE_CONNECTION = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    static {
        OF_THE_CONNECTION.addAll(
                List.of("Connection", "Content-Length", "Transfer-Encoding", "Expect", "Keep-Alive", "Date"));
    }

    /** What happens to a request. */
    public sealed interface Fault {
        /** It is answered with an error, and the store never sees it. */
        record Refused(int status, String code) implements Fault {}

        /** So it is where it has a header that the store is not to know. */
        record HeaderRefused(String header, int status, String code) implements Fault {}

        /** The connection breaks before the store has seen it. */
        record RequestLost() implements Fault {}

        /** The store carries it out, and the connection breaks before that is told. */
        record AnswerLost() implements Fault {}

        /** Nothing comes back, and the store never sees it. */
        record Unanswered() implements Fault {}

        /** The store carries it out, and nothing comes back. */
        record AnswerWithheld() implements Fault {}

        /** One bit of what is sent arrives as another. */
        record BodyDamaged() implements Fault {}

        /** Something else happens before the store sees it, or before a further fault. */
        record Preceded(Runnable by, @Nullable Fault then) implements Fault {
            public Preceded(Runnable by) {
                this(by, null);
            }
        }

        /** The store carries it out, and one header of the answer is another, or missing. */
        record HeaderChanged(String name, @Nullable String value) implements Fault {}

        /** The store carries it out, and it is answered with an error. */
        record AnswerReplaced(int status, String code) implements Fault {}
    }

    private record Rule(Predicate<String> requests, Fault fault, AtomicInteger times) {}

    private final HttpHost store;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Rule> rules = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final CloseableHttpClient client = HttpClients.custom()
            .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnPerRoute(50)
                    .build())
            .disableContentCompression()
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .build();

    public FaultyStore(URI store) {
        this.store = new HttpHost(store.getHost(), store.getPort());
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /**
     * Lets a fault happen.
     *
     * @param requests to what: a regular expression on {@code METHOD target}
     * @param times how often, {@link Integer#MAX_VALUE} for always
     */
    public synchronized void on(String requests, int times, Fault fault) {
        rules.add(new Rule(request -> request.matches(requests), fault, new AtomicInteger(times)));
    }

    /** Returns the requests so far, as {@code METHOD target}, in the order in which they came. */
    public synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    private synchronized @Nullable Fault next(HttpExchange exchange) {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        requests.add(request);
        return rules.stream()
                .filter(rule -> rule.requests().test(request) && rule.times().get() > 0)
                .findFirst()
                .map(rule -> {
                    rule.times().decrementAndGet();
                    return rule.fault();
                })
                .orElse(null);
    }

    private void handle(HttpExchange exchange) throws IOException {
        // Closed without an answer, an exchange breaks its connection.
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            happen(exchange, body, next(exchange));
        }
    }

    private void happen(HttpExchange exchange, byte[] body, @Nullable Fault fault) throws IOException {
        switch (fault) {
            case null -> answer(exchange, forwarded(exchange, body));
            case Fault.Refused refused -> refuse(exchange, refused.status(), refused.code());
            case Fault.HeaderRefused refused -> {
                boolean met = exchange.getRequestHeaders().containsKey(refused.header());
                happen(exchange, body, met ? new Fault.Refused(refused.status(), refused.code()) : null);
            }
            case Fault.RequestLost ignored -> exchange.close();
            case Fault.AnswerLost ignored -> forwarded(exchange, body);
            case Fault.Unanswered ignored -> awaitTheEnd();
            case Fault.AnswerWithheld ignored -> {
                forwarded(exchange, body);
                awaitTheEnd();
            }
            case Fault.BodyDamaged ignored -> {
                body[body.length / 2] ^= 1;
                answer(exchange, forwarded(exchange, body));
            }
            case Fault.Preceded preceded -> {
                preceded.by().run();
                happen(exchange, body, preceded.then());
            }
            case Fault.HeaderChanged changed -> {
                Answer answer = forwarded(exchange, body);
                if (changed.value() == null) {
                    answer.headers().remove(changed.name());
                } else {
                    answer.headers().set(changed.name(), changed.value());
                }
                boolean length = changed.name().equals("Content-Length");
                answer(
                        exchange,
                        length
                                ? new Answer(answer.status(), answer.headers(), changed.value(), answer.body())
                                : answer);
            }
            case Fault.AnswerReplaced replaced -> {
                forwarded(exchange, body);
                refuse(exchange, replaced.status(), replaced.code());
            }
        }
    }

    private void awaitTheEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Answer(
            int status, Headers headers, @Nullable String length, byte[] body) {}

    private Answer forwarded(HttpExchange exchange, byte[] body) throws IOException {
        ClassicRequestBuilder request = ClassicRequestBuilder.create(exchange.getRequestMethod())
                .setUri(URI.create("http://" + store.toHostString() + exchange.getRequestURI()))
                .setEntity(body.length == 0 ? null : new ByteArrayEntity(body, null));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!OF_THE_CONNECTION.contains(name)) {
                values.forEach(value -> request.addHeader(name, value));
            }
        });
        return client.execute(store, request.build(), FaultyStore::answer);
    }

    private static Answer answer(ClassicHttpResponse response) throws IOException {
        Headers headers = new Headers();
        for (Header header : response.getHeaders()) {
            if (!OF_THE_CONNECTION.contains(header.getName())) {
                headers.add(header.getName(), header.getValue());
            }
        }
        HttpEntity entity = response.getEntity();
        Header length = response.getFirstHeader("Content-Length");
        return new Answer(
                response.getCode(),
                headers,
                length == null ? null : length.getValue(),
                entity == null ? new byte[0] : EntityUtils.toByteArray(entity));
    }

    private static void answer(HttpExchange exchange, Answer answer) throws IOException {
        exchange.getResponseHeaders().putAll(answer.headers());
        if (answer.body().length == 0 && answer.length() != null) {
            exchange.getResponseHeaders().set("Content-Length", answer.length());
        }
        exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        exchange.getResponseBody().write(answer.body());
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        byte[] body = ("<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>").getBytes(UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.close();
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
