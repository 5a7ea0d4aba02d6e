package org.mediaarchiver.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to {@link PostgresServer} on which the answer to a COMMIT can be lost, and at whose end nobody may be for a while.
 *
 * <p>The server has carried out that COMMIT by then, and whoever sent it sees the connection break.
 */
public final class PostgresRelay implements AutoCloseable {
    private static final int COMMAND_COMPLETE = 'C';
    private static final String COMMIT = "COMMIT\0";

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger commitsToPass = new AtomicInteger(Integer.MAX_VALUE);
    private final AtomicInteger connectionsToRefuse = new AtomicInteger();

    /** Listens on a free port. */
    public PostgresRelay() {
        try {
            listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Returns the URL at which a database of the server is reached through the relay. */
    public String url(String database) {
        String name = database.substring(database.lastIndexOf('/') + 1);
        return "jdbc:postgresql://127.0.0.1:" + listener.getLocalPort() + "/" + name
                + "?sslmode=disable&gssEncMode=disable";
    }

    /** Loses the answer to one COMMIT: the next one, once so many others have been answered. */
    public void loseAnswerAfter(int commits) {
        commitsToPass.set(commits);
    }

    /** Loses no answer from now on, and returns whether one was lost. */
    public boolean loseNone() {
        return commitsToPass.getAndSet(Integer.MAX_VALUE) < 0;
    }

    /** Breaks every connection, and refuses new ones: so many of them. */
    public void goAwayFor(int connections) {
        connectionsToRefuse.set(connections);
        try {
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells whether the next connection is refused. */
    public boolean isAway() {
        return connectionsToRefuse.get() > 0;
    }

    /** Refuses no connection from now on. */
    public void comeBack() {
        connectionsToRefuse.set(0);
    }

    private boolean isToBeRefused() {
        return connectionsToRefuse.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    }

    private boolean isToBeLost(int type, byte[] body) {
        return type == COMMAND_COMPLETE
                && new String(body, StandardCharsets.US_ASCII).equals(COMMIT)
                && commitsToPass.get() < Integer.MAX_VALUE
                && commitsToPass.getAndDecrement() == 0;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                if (isToBeRefused()) {
                    client.close();
                } else {
                    Thread.ofVirtual().start(() -> relay(client));
                }
            }
        } catch (IOException closed) {
            return;
        }
    }

    private void relay(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), PostgresServer.port())) {
            open.add(client);
            open.add(server);
            Thread.ofVirtual().start(() -> questions(client, server));
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            answers(new DataInputStream(server.getInputStream()), client.getOutputStream());
        } catch (IOException gone) {
            return;
        } finally {
            open.remove(client);
        }
    }

    private static void questions(Socket client, Socket server) {
        try (server) {
            client.getInputStream().transferTo(server.getOutputStream());
        } catch (IOException gone) {
            return;
        }
    }

    /** Each message is a type, the length of what follows with its own four bytes, and that. */
    private void answers(DataInputStream from, OutputStream to) throws IOException {
        while (true) {
            int type = from.readByte();
            int length = from.readInt();
            byte[] body = from.readNBytes(length - Integer.BYTES);
            if (isToBeLost(type, body)) {
                return;
            }
            ByteBuffer message = ByteBuffer.allocate(1 + length);
            to.write(message.put((byte) type).putInt(length).put(body).array());
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
