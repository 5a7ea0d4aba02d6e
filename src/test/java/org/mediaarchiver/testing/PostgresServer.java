package org.mediaarchiver.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
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

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private PostgresServer() {}

    private static final class Running {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setOverrideWorkingDirectory(
                                Path.of("target", "postgres").toAbsolutePath().toFile())
                        .setServerConfig("unix_socket_directories", "")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException("no PostgreSQL server", e);
            }
        }
    }

    /** Makes a database that no other test has, and returns its URL. */
    public static String newDatabase() {
        String name = "test" + DATABASES.incrementAndGet();
        execute("CREATE DATABASE " + name
                + " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
        return url(port(), name);
    }

    /** Returns the port that the server listens on, at the loopback address. */
    public static int port() {
        return Running.SERVER.getPort();
    }

    private static String url(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    private static void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(url(port(), "postgres"), USER, "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
