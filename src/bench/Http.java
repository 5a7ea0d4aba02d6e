import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** As little of an HTTP/1.1 server as the stand-ins need: a thread for each connection, files sent by the kernel, bodies read past. */
final class Http implements AutoCloseable {
    interface Handler {
        Answer answer(Request request) throws IOException, InterruptedException;
    }

    record Request(
            String method, String path, Map<String, String> query, Map<String, String> headers, Connection connection) {
        /** Passes the body on, without the framing of signed chunks, and returns its length. */
        long body(WritableByteChannel to) throws IOException {
            return connection.body(headers, to);
        }
    }

    /** What is answered: bytes, or so many bytes of a file from an offset on. */
    record Answer(int status, Map<String, String> headers, byte[] bytes, FileChannel file, long from, long length) {
        static Answer of(int status, String text) {
            return of(status, text.getBytes(StandardCharsets.UTF_8));
        }

        static Answer of(int status, byte[] bytes) {
            return new Answer(status, new LinkedHashMap<>(), bytes, null, 0, bytes.length);
        }

        static Answer of(int status, FileChannel file, long from, long length) {
            return new Answer(status, new LinkedHashMap<>(), new byte[0], file, from, length);
        }

        Answer with(String header, String value) {
            headers.put(header, value);
            return this;
        }
    }

    private final ServerSocketChannel server;
    private final Handler handler;

    Http(Handler handler) throws IOException {
        this.handler = handler;
        this.server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0), 1024);
        Thread.ofPlatform().daemon().start(this::accept);
    }

    URI url() throws IOException {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                Thread.ofPlatform().daemon().start(() -> serve(channel));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            Connection connection = new Connection(channel);
            Request request = connection.next();
            while (request != null) {
                Answer answer = handler.answer(request);
                connection.skipBody(request.headers);
                connection.send(answer, request.method.equals("HEAD"));
                request = connection.next();
            }
        } catch (IOException e) {
            // Whoever is measured closes connections when it likes.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocateDirect(256 * 1024).limit(0);
        private boolean bodyRead;

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        private boolean fill() throws IOException {
            in.clear();
            int read = channel.read(in);
            in.flip();
            return read > 0;
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                if (!in.hasRemaining() && !fill()) {
                    return null;
                }
                char c = (char) (in.get() & 0xff);
                if (c == '\n') {
                    return line.toString();
                }
                if (c != '\r') {
                    line.append(c);
                }
            }
        }

        private Request next() throws IOException {
            String first = line();
            if (first == null) {
                return null;
            }
            Map<String, String> headers = new HashMap<>();
            for (String line = line(); line != null && !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
            String[] words = first.split(" ");
            int mark = words[1].indexOf('?');
            Map<String, String> query = new HashMap<>();
            if (mark >= 0) {
                for (String pair : words[1].substring(mark + 1).split("&")) {
                    int is = pair.indexOf('=');
                    query.put(is < 0 ? pair : pair.substring(0, is), is < 0 ? "" : decoded(pair.substring(is + 1)));
                }
            }
            bodyRead = false;
            return new Request(
                    words[0], decoded(mark < 0 ? words[1] : words[1].substring(0, mark)), query, headers, this);
        }

        private static String decoded(String text) {
            return text.indexOf('%') < 0 && text.indexOf('+') < 0
                    ? text
                    : URLDecoder.decode(text, StandardCharsets.UTF_8);
        }

        private long body(Map<String, String> headers, WritableByteChannel to) throws IOException {
            bodyRead = true;
            if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
                channel.write(ByteBuffer.wrap("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            }
            boolean chunks = headers.getOrDefault("transfer-encoding", "").equals("chunked");
            boolean signed = headers.getOrDefault("x-amz-content-sha256", "").startsWith("STREAMING-");
            if (!chunks && !signed) {
                return pass(Long.parseLong(headers.getOrDefault("content-length", "0")), to);
            }
            if (chunks && signed) {
                throw new IOException("chunks in chunks");
            }
            long bytes = 0;
            while (true) {
                String line = line();
                long size = Long.parseLong(line.split(";")[0].trim(), 16);
                bytes += pass(size, to);
                if (size == 0) {
                    for (String trailer = line(); trailer != null && !trailer.isEmpty(); ) {
                        trailer = line();
                    }
                    return bytes;
                }
                line();
            }
        }

        private void skipBody(Map<String, String> headers) throws IOException {
            boolean hasBody = headers.containsKey("transfer-encoding")
                    || Long.parseLong(headers.getOrDefault("content-length", "0")) > 0;
            if (!bodyRead && hasBody) {
                body(headers, null);
            }
        }

        private long pass(long bytes, WritableByteChannel to) throws IOException {
            long left = bytes;
            while (left > 0) {
                if (!in.hasRemaining() && !fill()) {
                    throw new EOFException();
                }
                int now = (int) Math.min(left, in.remaining());
                if (to != null) {
                    ByteBuffer part = in.slice(in.position(), now);
                    while (part.hasRemaining()) {
                        to.write(part);
                    }
                }
                in.position(in.position() + now);
                left -= now;
            }
            return bytes;
        }

        private void send(Answer answer, boolean headOnly) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status + " -\r\n");
            answer.headers.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            if (answer.status != 204) {
                head.append("Content-Length: ").append(answer.length).append("\r\n");
            }
            byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
            boolean small = answer.file == null && !headOnly;
            ByteBuffer out = ByteBuffer.allocate(bytes.length + (small ? answer.bytes.length : 0))
                    .put(bytes);
            out = (small ? out.put(answer.bytes) : out).flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            if (answer.file != null && !headOnly) {
                long at = answer.from;
                long end = answer.from + answer.length;
                while (at < end) {
                    at += answer.file.transferTo(at, end - at, channel);
                }
            }
        }
    }
}
