package org.mediaarchiver.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** A server on a free local port that answers one request a connection with whatever bytes a script says. */
public final class RawServer implements AutoCloseable {
    private final ServerSocket listener;
    private final Script script;
    private final List<Request> requests = new ArrayList<>();
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /** Answers a request; the connection ends with it. */
    public interface Script {
        void answer(Request request, Wire wire) throws IOException;
    }

    /**
     * A request as it came.
     *
     * @param path without query
     * @param query as it came, empty where there is none
     * @param count 1 for the first request for this path
     * @param headers by their names in lower case
     */
    public record Request(String path, String query, int count, long nanos, Map<String, String> headers) {
        /** Returns the last segment of the path. */
        public String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        /** Returns where the client wants to go on, 0 without a range under this tag. */
        public int from(String etag) {
            String range = headers.get("range");
            return range != null && etag.equals(headers.get("if-range"))
                    ? Integer.parseInt(range.substring("bytes=".length(), range.length() - 1))
                    : 0;
        }
    }

    /** The connection, for writing. */
    public record Wire(Socket socket, InputStream in, OutputStream out) {
        public Wire head(String status, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append("\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            return send(head.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1));
        }

        public Wire send(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
            return this;
        }

        public void whole(String status, byte[] body, String... headers) throws IOException {
            String[] all = new String[headers.length + 1];
            System.arraycopy(headers, 0, all, 0, headers.length);
            all[headers.length] = "Content-Length: " + body.length;
            head(status, all).send(body);
        }

        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Sends nothing more until the client has gone. */
        public void stall() throws IOException {
            socket.setSoTimeout(0);
            while (in.read() >= 0) {
                // A client that waits says nothing.
            }
        }

        /** Sends a byte about every 20 ms until the client has gone. */
        public void drip() throws IOException {
            socket.setSoTimeout(20);
            for (boolean gone = false; !gone; ) {
                send(new byte[] {0});
                gone = isGone();
            }
        }

        private boolean isGone() throws IOException {
            try {
                return in.read() < 0;
            } catch (java.net.SocketTimeoutException e) {
                return false;
            }
        }
    }

    public RawServer(Script script) throws IOException {
        this.script = script;
        listener = new ServerSocket(0, 256, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().start(this::accept);
    }

    public String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    public int port() {
        return listener.getLocalPort();
    }

    public List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    public List<Request> requests(String path) {
        return requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // The listener was closed.
            return;
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            String line = line(in);
            if (!line.startsWith("GET ")) {
                return;
            }
            String[] target = line.split(" ", 3)[1].split("\\?", 2);
            String path = target[0];
            Map<String, String> headers = new TreeMap<>();
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            Request request = new Request(
                    path,
                    target.length == 1 ? "" : target[1],
                    counts.merge(path, 1, Integer::sum),
                    System.nanoTime(),
                    headers);
            synchronized (requests) {
                requests.add(request);
            }
            script.answer(request, new Wire(socket, in, socket.getOutputStream()));
            if (!socket.isClosed()) {
                socket.shutdownOutput();
            }
        } catch (IOException e) {
            // The client has gone, as many scripts want it to; tests look at what the client makes of it.
            return;
        } finally {
            sockets.remove(socket);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
