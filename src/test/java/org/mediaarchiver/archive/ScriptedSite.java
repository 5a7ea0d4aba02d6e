package org.mediaarchiver.archive;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Task service and media host in one local server: each path gives the answers that a test wrote for it, one after the other, and
 * the last one for ever; a path that has none is an unknown task or a file that is gone.
 */
public final class ScriptedSite implements AutoCloseable {
    private static final Answer NO_TASK = new Answer(400, "{\"error\":{\"code\":\"task_not_exist\"}}");
    private static final Answer NO_FILE = new Answer(404, "gone");

    private final Map<String, Queue<Answer>> answers = new ConcurrentHashMap<>();
    private final Map<String, Runnable> actions = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    /** What a path answers. */
    public record Answer(int status, byte[] body) {
        public Answer(int status, String body) {
            this(status, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    public ScriptedSite() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Writes the next answer about a task. */
    public ScriptedSite task(String id, int status, String body) {
        return answer("/avatar/task/" + id, new Answer(status, body));
    }

    /** Writes the next answer about a task: it is done, and its files are under these paths; null for no preview. */
    public ScriptedSite done(String id, String video, @org.jspecify.annotations.Nullable String preview) {
        return task(id, 200, doneBody(video, preview));
    }

    /** Returns the answer of a task that is done. */
    public String doneBody(String video, @org.jspecify.annotations.Nullable String preview) {
        String picture = preview == null ? "" : ",\"work_webp_path\":\"" + url() + preview + "\"";
        return "{\"web_work_status\":200,\"no_wm_work_video_path\":\"" + url() + video + "\"" + picture + "}";
    }

    /** Writes the next answer of the media host under a path, query included. */
    public ScriptedSite file(String path, byte[] bytes) {
        return answer(path, new Answer(200, bytes));
    }

    /** Writes the next answer of the media host under a path: this status, and nothing of use. */
    public ScriptedSite noFile(String path, int status) {
        return answer(path, new Answer(status, "no"));
    }

    private ScriptedSite answer(String path, Answer answer) {
        answers.computeIfAbsent(path, p -> new ArrayDeque<>()).add(answer);
        return this;
    }

    /** Does something before the next answers under a path are given. */
    public ScriptedSite before(String path, Runnable action) {
        actions.put(path, action);
        return this;
    }

    /** Returns the paths that were asked for, in order, queries included. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            requests.add(path);
            actions.getOrDefault(path, () -> {}).run();
            Answer answer = next(path);
            exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(answer.body().length));
                exchange.sendResponseHeaders(answer.status(), -1);
                return;
            }
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        }
    }

    private Answer next(String path) {
        Queue<Answer> script = answers.get(path);
        if (script == null) {
            return path.startsWith("/avatar/") ? NO_TASK : NO_FILE;
        }
        synchronized (script) {
            Answer next = script.element();
            if (script.size() > 1) {
                script.remove();
            }
            return next;
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
