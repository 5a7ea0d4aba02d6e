package org.mediaarchiver.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.mediaarchiver.domain.Sha256;

/**
 * Task service and media host in one local HTTP server, answering from the files of {@code sample-data}.
 *
 * <ul>
 *   <li>{@code GET /avatar/task/{id}} needs the token and answers with {@code answers/{id}.json}, {@code {{media}}} replaced by
 *       {@link #mediaUrl}; an id without such a file does not exist, 400 {@code task_not_exist}.
 *   <li>{@code /media/{path}} answers with {@code media/{path}}, GET and HEAD, with length, strong entity tag and single ranges. The
 *       content type goes by the file name's ending, whatever the bytes are. A request that carries a token is refused with 400,
 *       since a media host must never see one.
 * </ul>
 *
 * <p>Safe for use by several threads.
 */
public final class SampleSource implements AutoCloseable {
    private static final String TASKS = "/avatar/task/";
    private static final String MEDIA = "/media/";

    private final Path answers;
    private final Path media;
    private volatile String authorization;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Hold> holds = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    /**
     * Starts the server on a free port of the loopback address.
     *
     * @param sampleData the directory with {@code answers} and {@code media}
     * @param token what a question for a task must carry
     * @throws UncheckedIOException if no port can be had
     */
    public SampleSource(Path sampleData, String token) {
        answers = sampleData.resolve("answers");
        media = sampleData.resolve("media");
        authorization = "Bearer " + token;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Returns the base URL of the task service, without a slash at its end. */
    public URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Returns the URL under which the media lie, without a slash at its end. */
    public String mediaUrl() {
        return baseUrl() + "/media";
    }

    /** Returns method and path, as in {@code GET /avatar/task/done}, of the requests so far in the order in which they came. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Accepts no other token from now on. */
    public void accept(String token) {
        authorization = "Bearer " + token;
    }

    /**
     * Keeps requests waiting for their answers, from now on until the hold is released.
     *
     * @param request which of them, as {@link #requests} tells them
     */
    public Hold hold(Predicate<String> request) {
        Hold hold = new Hold(request);
        holds.add(hold);
        return hold;
    }

    /** Requests that wait for their answers. */
    public static final class Hold {
        private static final long LIMIT_SECONDS = 120;

        private final Predicate<String> request;
        private final Semaphore arrived = new Semaphore(0);
        private final CountDownLatch released = new CountDownLatch(1);

        Hold(Predicate<String> request) {
            this.request = request;
        }

        /**
         * Waits until so many more requests are held.
         *
         * @throws IllegalStateException if they do not come within two minutes, as long as a process may take
         */
        public void await(int requests) throws InterruptedException {
            if (!arrived.tryAcquire(requests, LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "of " + requests + " requests " + arrived.availablePermits() + " have come");
            }
        }

        /** Lets all of them go on, and holds no other. */
        public void release() {
            released.countDown();
        }

        void pass(String line) throws InterruptedException {
            if (released.getCount() > 0 && request.test(line)) {
                arrived.release();
                released.await();
            }
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            String path = exchange.getRequestURI().getPath();
            String line = method + " " + path;
            requests.add(line);
            for (Hold hold : holds) {
                hold.pass(line);
            }
            if (path.startsWith(MEDIA)) {
                answerMedia(exchange, path.substring(MEDIA.length()));
            } else if (path.startsWith(TASKS) && method.equals("GET")) {
                answerTask(exchange, path.substring(TASKS.length()));
            } else {
                answer(exchange, 404, "application/json", error("Invalid URL (" + method + ")", ""));
            }
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException("the server is closing").initCause(e);
        }
    }

    private void answerTask(HttpExchange exchange, String id) throws IOException {
        if (!authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, "application/json", error("invalid token", ""));
            return;
        }
        Optional<Path> file = fileIn(answers, id + ".json");
        if (file.isEmpty()) {
            answer(exchange, 400, "application/json", error("task not exist", "task_not_exist"));
            return;
        }
        String body = Files.readString(file.get()).replace("{{media}}", mediaUrl());
        answer(exchange, 200, "application/json; charset=utf-8", body.getBytes(UTF_8));
    }

    private void answerMedia(HttpExchange exchange, String name) throws IOException {
        if (exchange.getRequestHeaders().containsKey("Authorization")) {
            answer(exchange, 400, "text/plain", "a media host wants no token".getBytes(UTF_8));
            return;
        }
        Optional<Path> file = fileIn(media, name);
        if (file.isEmpty()) {
            answer(exchange, 404, "text/html", "<html><body>404 Not Found</body></html>".getBytes(UTF_8));
            return;
        }
        byte[] bytes = Files.readAllBytes(file.get());
        String etag = '"' + Sha256.of(bytes).hex().substring(0, 32) + '"';
        Headers headers = exchange.getResponseHeaders();
        headers.set("ETag", etag);
        headers.set("Accept-Ranges", "bytes");
        String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
        String asked = ifRange == null || ifRange.equals(etag)
                ? exchange.getRequestHeaders().getFirst("Range")
                : null;
        Optional<ByteRange> range = ByteRange.parse(asked, bytes.length);
        if (range.isEmpty()) {
            answer(exchange, 200, contentType(name), bytes);
        } else if (range.get().isWithin(bytes.length)) {
            int first = range.get().first();
            headers.set("Content-Range", "bytes " + first + "-" + range.get().last() + "/" + bytes.length);
            answer(exchange, 206, contentType(name), bytes, first, range.get().length());
        } else {
            headers.set("Content-Range", "bytes */" + bytes.length);
            answer(exchange, 416, "text/plain", new byte[0]);
        }
    }

    /** Names that lead out of the directory name no file. */
    private static Optional<Path> fileIn(Path directory, String name) {
        Path file = directory.resolve(name).normalize();
        return file.startsWith(directory.normalize()) && Files.isRegularFile(file)
                ? Optional.of(file)
                : Optional.empty();
    }

    private static String contentType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "mp4" -> "video/mp4";
            case "webp" -> "image/webp";
            case "jpg" -> "image/jpeg";
            default -> "application/octet-stream";
        };
    }

    private static byte[] error(String message, String code) {
        return """
                {"error":{"message":"%s (request id: 20261123020000sample)","type":"sample_error","code":"%s"}}""".formatted(message, code).getBytes(UTF_8);
    }

    private static void answer(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        answer(exchange, status, contentType, body, 0, body.length);
    }

    private static void answer(
            HttpExchange exchange, int status, String contentType, byte[] body, int first, int length)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
        if (length > 0) {
            exchange.getResponseBody().write(body, first, length);
        }
    }

    @Override
    public void close() {
        holds.forEach(Hold::release);
        server.stop(0);
        threads.close();
    }
}
