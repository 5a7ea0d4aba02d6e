package org.mediaarchiver.media;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A media host that does to the wire whatever a test wants, one request a connection, and remembers what it was asked. */
final class ScriptedSource implements AutoCloseable {
    private final ServerSocket server;
    private final Script script;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    /** What the source does with a request; the connection is closed after it. */
    interface Script {
        void answer(Request request, Wire wire) throws IOException;
    }

    /**
     * A request as it came.
     *
     * @param number 1 for the first
     * @param headers by their names in lower case
     */
    record Request(int number, String target, Map<String, String> headers) {
        @Nullable
        String header(String name) {
            return headers.get(name);
        }

        /** Where the client wants to go on, 0 without a range. */
        int from() {
            String range = headers.get("range");
            return range == null ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        }
    }

    /** The connection, for writing. */
    record Wire(Socket socket, InputStream in, OutputStream out) {
        /** Sends a status line and headers. */
        Wire head(String status, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append("\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            return send(head.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        }

        Wire send(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
            return this;
        }

        /** Ends the connection as a crash does, once the client has had time to read what was sent. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Sends nothing more until the client gives up. */
        void stall() throws IOException {
            try {
                while (in.read() >= 0) {
                    // Nothing is expected of a client that waits.
                }
            } catch (SocketException e) {
                socket.close();
            }
        }
    }

    ScriptedSource(Script script) {
        this.script = script;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** A source that has one file and knows everything about it. */
    static ScriptedSource of(byte[] file) {
        return new ScriptedSource(serving(file, "\"v1\""));
    }

    /** Serves a file under a strong entity tag, whole or from an offset. */
    static Script serving(byte[] file, String etag) {
        return (request, wire) -> {
            int from = etag.equals(request.header("if-range")) ? request.from() : 0;
            wire.head(
                            from > 0 ? "206 Partial Content" : "200 OK",
                            "Content-Length: " + (file.length - from),
                            "Content-Range: bytes " + from + "-" + (file.length - 1) + "/" + file.length,
                            "Content-Type: application/octet-stream",
                            "ETag: " + etag)
                    .send(Arrays.copyOfRange(file, from, file.length));
        };
    }

    int port() {
        return server.getLocalPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> answer(socket));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void answer(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            String line = line(in);
            if (line.isEmpty()) {
                return;
            }
            String target = line.split(" ", -1)[1];
            Map<String, String> headers = new TreeMap<>();
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            Request request;
            synchronized (requests) {
                request = new Request(requests.size() + 1, target, headers);
                requests.add(request);
            }
            script.answer(request, new Wire(socket, in, socket.getOutputStream()));
            if (!socket.isClosed()) {
                socket.shutdownOutput();
            }
        } catch (SocketException e) {
            // The client hung up, as many tests want it to; what it received is asserted on its side.
            open.remove(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
