package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.batch.DatabaseFaults;
import org.mediaarchiver.testing.PostgresServer;
import org.springframework.dao.DataAccessResourceFailureException;

/** A database that cannot be used when a command begins: exit code 10, and one line that says what to do. */
class DatabaseFaultsTest {
    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setErr(systemErr);
    }

    @Test
    void aServerThatIsDown() throws Exception {
        assertStopped(
                onPostgres("jdbc:postgresql://127.0.0.1:" + closedPort() + "/archive"),
                "The database does not answer (Connection to 127.0.0.1:",
                "spring.datasource.url",
                "run the same command again");
    }

    /** The pool gives up before the driver does, and knows no more than that. */
    @Test
    void aServerThatTakesConnectionsAndSaysNothing() {
        assertThat(DatabaseFaults.sentence(new DataAccessResourceFailureException(
                        "no connection", new SQLTransientConnectionException("request timed out after 30000ms"))))
                .hasValueSatisfying(sentence -> assertThat(sentence)
                        .contains(
                                "The database does not answer (request timed out after", "run the same command again"));
    }

    @Test
    void aServerOfANameThatNobodyKnows() {
        assertStopped(
                onPostgres("jdbc:postgresql://nowhere.invalid/archive"),
                "The database does not answer (",
                "nowhere.invalid");
    }

    @Test
    void aDatabaseThatDoesNotExist() {
        assertStopped(
                onPostgres(PostgresServer.newDatabase() + "x"), "The database refuses its service (", "does not exist");
    }

    @Test
    void aUserWhoMayNotMakeTables() {
        String database = PostgresServer.newDatabase();
        String user = PostgresServer.newUser("planted-password");
        System.setProperty("spring.datasource.password", "planted-password");
        try {
            assertStopped(
                    runs("--spring.datasource.url=" + database, "--spring.datasource.username=" + user),
                    "The database refuses its service (ERROR: permission denied",
                    "Its user must be able to create");
        } finally {
            System.clearProperty("spring.datasource.password");
        }
    }

    @Test
    void aWrongPasswordIsNotShown() {
        String user = PostgresServer.newUser("planted-password");
        String database = PostgresServer.newDatabase(user);
        System.setProperty("spring.datasource.password", "planted-mistake");
        try {
            assertStopped(
                    runs("--spring.datasource.url=" + database, "--spring.datasource.username=" + user),
                    "password authentication failed");
            assertThat(err()).doesNotContain("planted-mistake");
        } finally {
            System.clearProperty("spring.datasource.password");
        }
    }

    @Test
    void aPasswordMayBeInTheFileThatPostgresqlsOwnToolsKnow() throws Exception {
        String user = PostgresServer.newUser("planted-password");
        String database = PostgresServer.newDatabase(user);
        Path passwords = Files.writeString(folder.resolve("pgpass"), "*:*:*:" + user + ":planted-password\n");
        Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-------"));
        System.setProperty("org.postgresql.pgpassfile", passwords.toString());
        try {
            assertThat(runs("--spring.datasource.url=" + database, "--spring.datasource.username=" + user))
                    .as(err())
                    .isZero();
        } finally {
            System.clearProperty("org.postgresql.pgpassfile");
        }
    }

    @Test
    void aDatabaseOfAnotherProgramIsLeftAlone() throws Exception {
        String database = PostgresServer.newDatabase();
        try (Connection other = DriverManager.getConnection(database, PostgresServer.USER, "")) {
            other.createStatement().execute("CREATE TABLE theirs (id INTEGER)");
        }

        assertStopped(onPostgres(database), "holds tables of another program", "currentSchema");

        assertThat(onPostgres(database + "?currentSchema=media_archiver"))
                .as(err())
                .isZero();
    }

    @Test
    void aStandbyThatMayOnlyBeRead() {
        assertStopped(
                onPostgres(PostgresServer.newDatabase() + "?options=-c%20default_transaction_read_only=on"),
                "The database refuses its service (",
                "read-only");
    }

    @Test
    void filesThatAreNoDatabase() throws Exception {
        assertThat(runs()).isZero();
        Files.writeString(home().resolve("db").resolve("archiver.script"), "once upon a time\n");

        assertStopped(runs(), "The database files in the home cannot be used (", "ledger rebuild");
    }

    @Test
    void filesThatAreCut() throws Exception {
        assertThat(runs()).isZero();
        Path script = home().resolve("db").resolve("archiver.script");
        byte[] whole = Files.readAllBytes(script);
        Files.write(script, Arrays.copyOf(whole, whole.length / 2));

        assertStopped(runs(), "The database files in the home cannot be used (");
    }

    @Test
    void filesThatAreMarkedReadOnly() throws Exception {
        assertThat(runs()).isZero();
        Path properties = home().resolve("db").resolve("archiver.properties");
        Files.writeString(properties, Files.readString(properties) + "readonly=true\n");

        assertStopped(runs(), "The database files in the home cannot be used (", "read only");
    }

    @Test
    void filesThatCannotBeOpened() throws Exception {
        Files.createDirectories(home().resolve("db").resolve("archiver.script"));

        assertStopped(runs(), "The database files in the home cannot be used (", "archiver.script");
    }

    private void assertStopped(int code, String... words) {
        assertThat(code).as(err()).isEqualTo(10);
        assertThat(err().lines()).as("lines that an operator reads").hasSize(1);
        assertThat(err()).contains(words).doesNotContain("\tat ");
    }

    private Path home() {
        return folder.resolve("home");
    }

    private int onPostgres(String url) {
        return runs("--spring.datasource.url=" + url, "--spring.datasource.username=" + PostgresServer.USER);
    }

    private int runs(String... options) {
        List<String> command = new ArrayList<>(List.of("runs", "--archiver.home=" + home()));
        command.addAll(List.of(options));
        return MediaArchiver.run(command);
    }

    /** Nothing listens on the port of a server that was just closed. */
    private static int closedPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
