package org.mediaarchiver.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** TLS before a server that speaks plain HTTP, as a proxy is before many stores; its certificate is {@link SelfSigned}. */
public final class TlsRelay implements AutoCloseable {
    private final URI server;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /** Listens on a free port and passes bytes on to a server and back, as they are. */
    public TlsRelay(URI server) {
        this.server = server;
        try {
            listener = SelfSigned.server()
                    .getServerSocketFactory()
                    .createServerSocket(0, 256, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Returns the URL at which the server is reached through TLS. */
    public URI endpoint() {
        return URI.create("https://127.0.0.1:" + listener.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> relay(client));
            }
        } catch (IOException closed) {
            return;
        }
    }

    private void relay(Socket client) {
        open.add(client);
        try {
            Socket behind = new Socket(server.getHost(), server.getPort());
            open.add(behind);
            Thread.ofVirtual().start(() -> copy(client, behind));
            copy(behind, client);
            end(behind);
        } catch (IOException e) {
            // The server cannot be reached: the client sees its connection end.
            return;
        } finally {
            end(client);
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException gone) {
            return;
        }
    }

    /** Ends where one of the two has gone, which the other is told. */
    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException gone) {
            return;
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
