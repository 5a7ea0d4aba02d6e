package org.mediaarchiver.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL server on a free port of this machine, one for all tests of a JVM; it ends with the JVM.
 *
 * <p>Its databases sort text by a language's rules unless a column says otherwise, as those of most installations do.
 */
public final class PostgresServer {
    /** Who may do everything, without a password. */
    public static final String USER = "postgres";

    /** Its members are asked for their passwords, everybody else for none. */
    private static final String ASKED = "asked";

    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static final AtomicInteger USERS = new AtomicInteger();

    private PostgresServer() {}

    private static final class Running {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                EmbeddedPostgres server = builder()
                        .setDataDirectoryCustomizer(Running::askForPasswords)
                        .start();
                execute(server.getPort(), "CREATE ROLE " + ASKED);
                return server;
            } catch (IOException e) {
                throw new UncheckedIOException("no PostgreSQL server", e);
            }
        }

        private static void askForPasswords(File dataDirectory) {
            Path rules = dataDirectory.toPath().resolve("pg_hba.conf");
            try {
                Files.writeString(
                        rules, "host all +" + ASKED + " 127.0.0.1/32 scram-sha-256\n" + Files.readString(rules));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Makes a database that no other test has, and returns its URL. */
    public static String newDatabase() {
        return newDatabase(USER);
    }

    /** Makes a database that no other test has, and returns its URL. */
    public static String newDatabase(String owner) {
        String name = "test" + DATABASES.incrementAndGet();
        execute(
                port(),
                "CREATE DATABASE " + name + " OWNER " + owner
                        + " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
        return url(port(), name);
    }

    /** Makes a user who has no right in any database and is asked for this password, and returns its name. */
    public static String newUser(String password) {
        String name = "user" + USERS.incrementAndGet();
        execute(port(), "CREATE ROLE " + name + " LOGIN PASSWORD '" + password + "' IN ROLE " + ASKED);
        return name;
    }

    /** Returns the port that the server listens on, at the loopback address. */
    public static int port() {
        return Running.SERVER.getPort();
    }

    private static EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(
                        Path.of("target", "postgres").toAbsolutePath().toFile())
                .setServerConfig("unix_socket_directories", "");
    }

    /** A server that one test has to itself, and may stop and start again; it begins started. */
    public static final class Own implements AutoCloseable {
        private final Path data;
        private final int port;
        private EmbeddedPostgres running;

        /** @param folder for its files */
        public Own(Path folder) {
            data = folder.resolve("data");
            running = start(data, 0);
            port = running.getPort();
        }

        private static EmbeddedPostgres start(Path data, int port) {
            try {
                return builder()
                        .setDataDirectory(data)
                        .setCleanDataDirectory(false)
                        .setPort(port)
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException("no PostgreSQL server", e);
            }
        }

        /** Returns the URL of its one database. */
        public String url() {
            return PostgresServer.url(port, "postgres");
        }

        /** Stops it as an administrator does: all sessions are ended. */
        public void stop() throws IOException {
            running.close();
        }

        /** Starts it again, where it was. */
        public void start() {
            running = start(data, port);
        }

        @Override
        public void close() throws IOException {
            running.close();
        }
    }

    /** Opens a session of a user who may do everything. */
    public static Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(database, USER, "");
    }

    private static String url(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    private static void execute(int port, String sql) {
        try (Connection connection = connect(url(port, "postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
