package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.archive.ScriptedSite;
import org.mediaarchiver.testing.PostgresRelay;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;

/** A database that goes away in the middle of a run, when the first of its chunks is committed, and sooner or later is back. */
@Timeout(120)
class DatabaseOutageTest {
    private static final List<String> TASKS =
            IntStream.range(0, 16).mapToObj("clip%02d"::formatted).toList();
    private static final List<String> COMMITTED = TASKS.subList(0, 8);
    private static final String IN_FLIGHT = TASKS.get(12);

    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final S3Server store = S3Server.start("media");
    private final ScriptedSite site = new ScriptedSite();
    private final PostgresRelay relay = new PostgresRelay();
    private final String database = PostgresServer.newDatabase();
    private final Map<String, String> properties = Map.of(
            "aws.accessKeyId", store.accessKey(),
            "aws.secretAccessKey", store.secretKey(),
            "archiver.task-service.token", "token");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void begin() throws IOException {
        properties.forEach(System::setProperty);
        site.file("/v.mp4", Files.readAllBytes(Path.of("sample-data/media/harbour.mp4")));
        TASKS.forEach(task -> site.done(task, "/v.mp4", null));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void end() {
        System.setErr(systemErr);
        properties.keySet().forEach(System::clearProperty);
        relay.close();
        site.close();
        store.close();
    }

    @Test
    void oneThatIsBackSoonCostsTheRunNothingButTime() throws Exception {
        goesAwayFor(8);

        assertThat(archive()).as(err()).isZero();

        assertThat(relay.isAway()).isFalse();
        assertOneRunHasEverythingOnce();
    }

    @Test
    void oneThatStaysAwayStopsTheRunAndTheSameCommandGoesOnWithIt() throws Exception {
        goesAwayFor(Integer.MAX_VALUE);

        assertThat(archive("--archiver.database-patience=1s", "--spring.datasource.hikari.connection-timeout=1000"))
                .as(err())
                .isEqualTo(10);

        List<String> lines = err().lines().toList();
        assertThat(lines.get(lines.size() - 2)).contains("The database went away; run ", "waits for that up to 1 s");
        assertThat(lines.getLast())
                .startsWith("The database does not answer (")
                .contains(
                        "See that it runs and that spring.datasource.url is right, and run the same command again to go on.")
                .doesNotContain("Hikari");
        assertThat(err()).doesNotContain("\tat ");
        assertThat(folder.resolve("home/runs")).as("what is published").isEmptyDirectory();

        relay.comeBack();
        err.reset();
        assertThat(archive()).as(err()).isZero();

        assertThat(err()).contains("is unfinished and goes on");
        assertOneRunHasEverythingOnce();
    }

    private void goesAwayFor(int connections) {
        AtomicBoolean isOver = new AtomicBoolean();
        site.before("/avatar/task/" + IN_FLIGHT, () -> {
            if (!isOver.getAndSet(true)) {
                awaitCommitted();
                relay.goAwayFor(connections);
            }
        });
    }

    private void awaitCommitted() {
        try (Connection direct = PostgresServer.connect(database);
                PreparedStatement done =
                        direct.prepareStatement("SELECT COUNT(*) FROM run_task WHERE state = 'DONE'")) {
            long count = 0;
            while (count < COMMITTED.size()) {
                try (ResultSet row = done.executeQuery()) {
                    row.next();
                    count = row.getLong(1);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private int archive(String... more) throws IOException {
        Path list = Files.write(
                folder.resolve("tasks.csv"),
                Stream.concat(Stream.of("task_id"), TASKS.stream()).toList());
        List<String> command = new ArrayList<>(List.of(
                "archive",
                list.toString(),
                "--progress=none",
                "--archiver.home=" + folder.resolve("home"),
                "--archiver.concurrency=1",
                "--archiver.task-service.base-url=" + site.url(),
                "--archiver.task-service.requests-per-second=0",
                "--archiver.media.allow-http=true",
                "--archiver.media.allow-private-addresses=true",
                "--archiver.storage.endpoint=" + store.endpoint(),
                "--archiver.storage.bucket=" + store.bucket(),
                "--spring.datasource.url=" + relay.url(database),
                "--spring.datasource.username=" + PostgresServer.USER));
        command.addAll(List.of(more));
        return MediaArchiver.run(command);
    }

    private void assertOneRunHasEverythingOnce() throws IOException {
        List<Path> runs;
        try (Stream<Path> folders = Files.list(folder.resolve("home/runs"))) {
            runs = folders.toList();
        }
        assertThat(runs).hasSize(1);
        List<String> rows = Files.readAllLines(runs.getFirst().resolve("manifest.csv"));
        assertThat(rows).hasSize(1 + 3 * TASKS.size());
        for (String task : TASKS) {
            assertThat(rows)
                    .as(task)
                    .filteredOn(row -> row.contains("," + task + ","))
                    .hasSize(3);
            assertThat(rows)
                    .as(task)
                    .filteredOn(row -> row.contains("," + task + ",video,stored,"))
                    .hasSize(1);
        }
        assertThat(store.puts().stream().filter(key -> key.startsWith("media/")))
                .as("objects stored")
                .hasSize(2 * TASKS.size())
                .doesNotHaveDuplicates();
        for (String task : COMMITTED) {
            assertThat(site.requests())
                    .as("questions about what was committed")
                    .containsOnlyOnce("/avatar/task/" + task);
        }
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
