package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server that answers as it is told, in turn, and keeps what it was asked.
 *
 * <p>Answers are scripted for each method; the last one of a method is repeated.
 */
final class ScriptedS3 implements AutoCloseable {
    /** Does to one request what a store might do. */
    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange, byte[] body) throws IOException;
    }

    record Asked(String method, String target, Map<String, List<String>> headers, byte[] body) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Deque<Answer>> script = new LinkedHashMap<>();
    private final List<Asked> asked = new ArrayList<>();

    ScriptedS3() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    synchronized ScriptedS3 on(String method, Answer... answers) {
        script.computeIfAbsent(method, m -> new ArrayDeque<>()).addAll(List.of(answers));
        return this;
    }

    /** Returns the methods of all requests so far, in order. */
    synchronized List<String> methods() {
        return asked.stream().map(Asked::method).toList();
    }

    synchronized List<Asked> asked(String method) {
        return asked.stream().filter(a -> a.method().equals(method)).toList();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            next(exchange, body).to(exchange, body);
        }
    }

    private synchronized Answer next(HttpExchange exchange, byte[] body) {
        String method = exchange.getRequestMethod();
        asked.add(
                new Asked(method, exchange.getRequestURI().toString(), Map.copyOf(exchange.getRequestHeaders()), body));
        Deque<Answer> answers = script.getOrDefault(method, new ArrayDeque<>());
        if (answers.isEmpty()) {
            return status(599);
        }
        return answers.size() == 1 ? answers.getFirst() : answers.removeFirst();
    }

    static Answer status(int status, String... headers) {
        return (exchange, body) -> {
            addHeaders(exchange, headers);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Answer error(int status, String code) {
        return content(
                status,
                "<?xml version=\"1.0\"?><Error><Code>" + code
                        + "</Code><Message>secret of the store</Message></Error>");
    }

    static Answer content(int status, String content, String... headers) {
        return (exchange, body) -> {
            addHeaders(exchange, headers);
            byte[] bytes = content.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        };
    }

    /** A HEAD's answer: the length of an object that is not sent. */
    static Answer head(long length, String... headers) {
        return (exchange, body) -> {
            addHeaders(exchange, headers);
            exchange.getResponseHeaders().add("Content-Length", Long.toString(length));
            exchange.sendResponseHeaders(200, -1);
        };
    }

    /** The connection ends without an answer, after the whole request was received. */
    static Answer hangUp() {
        return (exchange, body) -> {};
    }

    /** An answer that is cut short. */
    static Answer cut(String content) {
        return (exchange, body) -> {
            byte[] bytes = content.getBytes(UTF_8);
            exchange.sendResponseHeaders(200, bytes.length * 2L);
            exchange.getResponseBody().write(bytes);
            exchange.getResponseBody().flush();
            // Closing the exchange half way breaks the connection.
        };
    }

    private static void addHeaders(HttpExchange exchange, String... headers) {
        for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
