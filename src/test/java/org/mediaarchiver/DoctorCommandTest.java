package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.batch.Home;
import org.mediaarchiver.testing.DocumentedChecks;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;
import org.mediaarchiver.testing.SampleSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an operator and a script are told before there is a run. */
class DoctorCommandTest {
    private static final String TOKEN = "planted-token-4c1f";
    private static final Pattern LINE = Pattern.compile("(ok|note|fault|untried) +([a-z0-9.-]+) +\\S.*");
    private static final Map<String, String> PROPERTIES = new HashMap<>();

    @SuppressWarnings("NullAway.Init")
    private static S3Server store;

    @SuppressWarnings("NullAway.Init")
    private static SampleSource source;

    private final PrintStream systemOut = System.out;
    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeAll
    static void open() {
        store = S3Server.start("archive");
        source = new SampleSource(Path.of("sample-data"), TOKEN);
        PROPERTIES.put("aws.accessKeyId", store.accessKey());
        PROPERTIES.put("aws.secretAccessKey", store.secretKey());
        PROPERTIES.put("archiver.task-service.token", TOKEN);
        PROPERTIES.forEach(System::setProperty);
    }

    @AfterAll
    static void close() {
        PROPERTIES.keySet().forEach(System::clearProperty);
        source.close();
        store.close();
    }

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(systemOut);
        System.setErr(systemErr);
        assertThat(out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8))
                .doesNotContain(TOKEN, store.secretKey(), "\tat ");
    }

    private Path home() {
        return folder.resolve("home");
    }

    /** Runs a command for the home that is named, and returns its exit code. */
    private int run(Path home, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--archiver.home=" + home);
        all.add("--archiver.storage.endpoint=" + store.endpoint());
        if (all.stream().noneMatch(argument -> argument.startsWith("--archiver.storage.bucket"))) {
            all.add("--archiver.storage.bucket=" + store.bucket());
        }
        if (all.stream().noneMatch(argument -> argument.startsWith("--archiver.task-service.base-url"))) {
            all.add("--archiver.task-service.base-url=" + source.baseUrl());
        }
        // What the server has to say of a request that it does not know.
        all.add("--logging.level.org.gaul.s3proxy=off");
        out.reset();
        return MediaArchiver.run(all);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Returns the line of a check. */
    private String line(String name) {
        return out().lines()
                .filter(line -> line.matches("\\w+ +" + Pattern.quote(name) + " .*"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line for " + name + " in " + out()));
    }

    @Test
    void everythingIsTriedAndNothingIsMadeWhereNoRunHasBeen() {
        assertThat(run(home(), "doctor")).isZero();

        List<String> lines = out().lines().toList();
        assertThat(lines.getLast()).startsWith("A run can begin.");
        assertThat(lines.subList(0, lines.size() - 1))
                .hasSizeGreaterThan(15)
                .allSatisfy(line -> assertThat(line).matches(LINE));
        assertThat(out()).doesNotContain("fault");
        assertThat(line("java")).startsWith("ok").contains("Java 25");
        assertThat(line("home")).startsWith("ok").contains("the first run makes it");
        assertThat(line("database")).startsWith("ok").contains("the first run makes it");
        assertThat(line("service.token")).startsWith("ok").contains("task_not_exist");
        assertThat(line("bucket.create")).startsWith("ok");
        assertThat(home()).doesNotExist();
        assertThat(store.client().listObjectsV2(r -> r.bucket(store.bucket())).contents())
                .isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void aHomeThatIsInUseIsLookedAtAndLeftAsItIs() throws Exception {
        assertThat(run(home(), "runs")).isZero();

        assertThat(run(home(), "doctor")).isZero();

        assertThat(line("home.lock")).startsWith("ok");
        assertThat(line("database")).startsWith("ok").contains("its tables are those of this version");
        try (Stream<Path> files = Files.list(home())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("audits", "db", "inputs", "lock", "runs", "spool");
        }
        Home.open(home(), InstantSource.system()).close();

        makeTheTablesThoseOfANewerVersion();

        assertThat(run(home(), "doctor")).isEqualTo(10);
        assertThat(line("database")).startsWith("fault").contains("newer version");
    }

    private void makeTheTablesThoseOfANewerVersion() throws SQLException {
        try (Connection database = DriverManager.getConnection(
                        "jdbc:hsqldb:file:" + home().resolve("db/archiver") + ";shutdown=true", "SA", "");
                Statement statement = database.createStatement()) {
            statement.execute(
                    "insert into \"flyway_schema_history\" values (99, '99', 'newer', 'SQL', 'V99__newer.sql', 0,"
                            + " 'SA', current_timestamp, 1, true)");
        }
    }

    @Test
    void besideARunThatIsAtWorkAllElseIsTried() {
        try (Home held = Home.open(home(), InstantSource.system())) {
            assertThat(run(held.path(), "doctor")).isZero();

            assertThat(line("home.lock"))
                    .startsWith("note")
                    .contains("process " + ProcessHandle.current().pid());
            assertThat(line("database")).startsWith("untried");
            assertThat(line("bucket.create")).startsWith("ok");
        }
    }

    @Test
    void aDatabaseThatMachinesShareIsTriedWithoutAHome() {
        assertThat(run(home(), "doctor", "--spring.datasource.url=jdbc:postgresql://127.0.0.1:1/archive"))
                .isEqualTo(10);

        assertThat(line("database"))
                .startsWith("fault")
                .contains("The database does not answer", "spring.datasource.url");

        String url = PostgresServer.newDatabase();
        assertThat(run(
                        home(),
                        "doctor",
                        "--spring.datasource.url=" + url,
                        "--spring.datasource.username=" + PostgresServer.USER))
                .isZero();
        assertThat(line("database")).startsWith("ok").contains("the first run makes them");

        System.setProperty("spring.datasource.password", TOKEN);
        try {
            assertThat(run(
                            home(),
                            "doctor",
                            "--spring.datasource.url=" + url,
                            "--spring.datasource.username=" + PostgresServer.newUser("another")))
                    .isEqualTo(10);
        } finally {
            System.clearProperty("spring.datasource.password");
        }
        assertThat(line("database")).startsWith("fault").contains("The database refuses its service");
        assertThat(home()).doesNotExist();
    }

    @Test
    void aHomeThatCannotBeMadeIsAFault() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThat(run(file.resolve("home"), "doctor")).isEqualTo(10);

        assertThat(line("home")).startsWith("fault").contains("archiver.home");
        assertThat(line("database")).startsWith("untried");
    }

    @Test
    void theWrongTokenAndBucketAreBothToldWithTheirCures() {
        source.accept("another-token");
        try {
            assertThat(run(home(), "doctor", "--archiver.storage.bucket=no-such-bucket"))
                    .isEqualTo(10);
        } finally {
            source.accept(TOKEN);
        }

        assertThat(line("service.token")).startsWith("fault").contains("401", "archiver.task-service.token");
        assertThat(line("bucket.list")).startsWith("fault").contains("NoSuchBucket", "archiver.storage.bucket");
        assertThat(out().lines().toList().getLast()).startsWith("2 faults to mend");
    }

    @Test
    void aTokenFileThatEveryUserCanReadIsANote() throws Exception {
        Path file = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        System.clearProperty("archiver.task-service.token");
        try {
            assertThat(run(home(), "doctor", "--archiver.task-service.token-file=" + file))
                    .isZero();
            assertThat(line("service.token-file")).startsWith("note").contains(file.toString());

            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
            assertThat(run(home(), "doctor", "--archiver.task-service.token-file=" + file))
                    .isZero();
            assertThat(line("service.token-file")).startsWith("ok");
        } finally {
            System.setProperty("archiver.task-service.token", TOKEN);
        }
    }

    @Test
    void aScriptGetsOneDocument() throws Exception {
        assertThat(run(home(), "doctor", "--json")).isZero();

        JsonNode sound = JsonMapper.shared().readTree(out());
        assertThat(sound.get("format").asString()).isEqualTo("media-archiver-doctor/1");
        assertThat(sound.get("result").asString()).isEqualTo("ok");
        assertThat(names(sound))
                .doesNotHaveDuplicates()
                .contains("java", "service.token", "bucket.create")
                .isSubsetOf(DocumentedChecks.names());

        assertThat(run(home(), "doctor", "--json", "--archiver.task-service.base-url=http://127.0.0.1:1"))
                .isEqualTo(10);

        JsonNode faulty = JsonMapper.shared().readTree(out());
        assertThat(faulty.get("result").asString()).isEqualTo("fault");
        assertThat(faulty.get("checks"))
                .anySatisfy(check -> assertThat(check.toString())
                        .contains("\"name\":\"service.connection\"", "\"result\":\"fault\""));
    }

    private static List<String> names(JsonNode report) {
        return report.get("checks").values().stream()
                .map(check -> check.get("name").asString())
                .toList();
    }

    @Test
    void aFaultyConfigurationIsToldAtOnceAndNothingIsTried() {
        int asked = source.requests().size();

        assertThat(run(home(), "doctor", "--archiver.concurrency=0", "--archiver.no-such-key=1"))
                .isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("archiver.concurrency", "archiver.no-such-key");
        assertThat(out()).isEmpty();
        assertThat(source.requests()).hasSize(asked);
    }
}
