package org.mediaarchiver.taskservice;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ServerSocketFactory;

/** An HTTP server on a free local port that answers as a script says, well or badly, and remembers what it was asked. */
final class ScriptedServer implements AutoCloseable {
    /** A request as it arrived, header names in lower case. */
    record Request(int number, long nanos, String method, String path, Map<String, String> headers) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }

        String taskId() {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    /** Says what the request of this number, from 1, is answered with. */
    interface Script {
        Answer answer(Request request);
    }

    /** Writes an answer; whoever wants the connection to stay open returns normally. */
    interface Answer {
        void write(Socket socket, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket listener;
    private final String scheme;
    private final Script script;
    private final List<Request> requests = new ArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;

    ScriptedServer(Script script) throws IOException {
        this("http", ServerSocketFactory.getDefault(), script);
    }

    ScriptedServer(String scheme, ServerSocketFactory factory, Script script) throws IOException {
        this.scheme = scheme;
        this.script = script;
        listener = factory.createServerSocket(0, 128, InetAddress.getLoopbackAddress());
        acceptor = Thread.ofVirtual().start(this::accept);
    }

    URI url() {
        return URI.create(scheme + "://localhost:" + listener.getLocalPort());
    }

    List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    static Answer json(int status, String body) {
        return answer(status, body.getBytes(UTF_8), "Content-Type: application/json");
    }

    static Answer answer(int status, byte[] body, String... headers) {
        return (socket, out) -> {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
            out.write(head.toString().getBytes(ISO_8859_1));
            out.write(body);
            out.flush();
        };
    }

    /** Writes this text and cuts the connection in good order. */
    static Answer cut(String text) {
        return (socket, out) -> {
            out.write(text.getBytes(ISO_8859_1));
            out.flush();
            socket.close();
        };
    }

    static Answer reset() {
        return (socket, out) -> {
            socket.setSoLinger(true, 0);
            socket.close();
        };
    }

    /** Writes this text and nothing more, until the client has gone. */
    static Answer stall(String text) {
        return (socket, out) -> {
            out.write(text.getBytes(ISO_8859_1));
            out.flush();
            waitUntilGone(socket);
        };
    }

    /** Writes a byte every few milliseconds until the client has gone. */
    static Answer trickle(String head, CountDownLatch gone) {
        return (socket, out) -> {
            out.write(head.getBytes(ISO_8859_1));
            try {
                while (true) {
                    out.write(' ');
                    out.flush();
                    LockSupport.parkNanos(10_000_000);
                }
            } finally {
                gone.countDown();
            }
        };
    }

    /** Writes without end, counting the bytes that could be written. */
    static Answer endless(AtomicLong written, CountDownLatch gone) {
        return (socket, out) -> {
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(ISO_8859_1));
            byte[] chunk = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(ISO_8859_1);
            try {
                while (true) {
                    out.write(chunk);
                    written.addAndGet(chunk.length);
                }
            } finally {
                gone.countDown();
            }
        };
    }

    private static void waitUntilGone(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        while (in.read() >= 0) {
            // What a client says after its request is of no interest.
        }
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
            OutputStream out = socket.getOutputStream();
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                String[] words = line.split(" ", 3);
                Map<String, String> headers = new TreeMap<>();
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    int colon = header.indexOf(':');
                    headers.put(
                            header.substring(0, colon).toLowerCase(Locale.ROOT),
                            header.substring(colon + 1).strip());
                }
                Request request;
                synchronized (requests) {
                    request = new Request(requests.size() + 1, System.nanoTime(), words[0], words[1], headers);
                    requests.add(request);
                }
                script.answer(request).write(socket, out);
                if (socket.isClosed()) {
                    return;
                }
            }
        } catch (IOException | InterruptedException e) {
            // The client has gone, which some scripts provoke; tests look at what the client says of it.
            return;
        } finally {
            sockets.remove(socket);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        boolean interrupted = false;
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
