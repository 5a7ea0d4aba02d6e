package org.mediaarchiver.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.faults.RawServer;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.HaltPoint;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;
import org.mediaarchiver.testing.SampleSource;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;
import tools.jackson.databind.JsonNode;

/** One installation of the program: its home, its bucket, its task service, and the environment that names them. */
final class Site implements AutoCloseable {
    static final String TOKEN = Secrets.TOKEN;
    private static final String DATABASE = "SPRING_DATASOURCE_URL";

    static final Path SAMPLE_DATA = Path.of("sample-data").toAbsolutePath();

    private final Path directory;
    private final S3Server store;
    private final @Nullable SampleSource source;
    private final Map<String, String> environment = new HashMap<>();
    private final Set<String> damage = new HashSet<>();
    private Left left = Left.NOTHING;

    /** What there may be in the bucket at the end that no manifest tells of. */
    enum Left {
        NOTHING,
        /** What a run has stored that the test does not finish. */
        OBJECTS_OF_AN_UNFINISHED_RUN
    }

    private Site(Path directory, URI taskService, @Nullable SampleSource source) {
        this.directory = directory;
        this.store = S3Server.start("archive", directory.resolve("store"), 0);
        this.source = source;
        environment.putAll(ArchiverProcess.environment(home(), taskService, TOKEN, store));
    }

    /** Opens a site whose task service and media host answer from {@code sample-data}. */
    static Site withSampleData(Path directory) {
        return with(new SampleSource(SAMPLE_DATA, TOKEN), directory);
    }

    /** Opens a site whose task service and media host answer from a test's own tasks. */
    static Site with(SourceData tasks, Path directory) {
        return with(new SampleSource(tasks.directory(), TOKEN), directory);
    }

    /** Opens a site whose task service and media host are a test's own affair. */
    static Site with(RawServer source, Path directory) {
        return new Site(directory, URI.create(source.url()), null);
    }

    private static Site with(SampleSource source, Path directory) {
        return new Site(directory, source.baseUrl(), source);
    }

    /** Keeps the tables there from now on. */
    Site on(LedgerDatabase.Kind database) {
        switch (database) {
            case HSQLDB -> set(DATABASE, "");
            case POSTGRESQL -> set(DATABASE, PostgresServer.newDatabase());
        }
        set("SPRING_DATASOURCE_USERNAME", environment.containsKey(DATABASE) ? PostgresServer.USER : "");
        return this;
    }

    /** Keeps the tables in this database from now on. */
    Site on(String database, String user, String password) {
        set("SPRING_DATASOURCE_URL", database);
        set("SPRING_DATASOURCE_USERNAME", user);
        set("SPRING_DATASOURCE_PASSWORD", password);
        return this;
    }

    /** Starts the program on another machine: with a home of its own, and all else the same. */
    ArchiverProcess startElsewhere(String home, String... arguments) throws IOException {
        Map<String, String> there = new HashMap<>(environment);
        there.put("ARCHIVER_HOME", elsewhere(home).toString());
        return ArchiverProcess.start(directory, there, List.of(arguments));
    }

    Path elsewhere(String home) {
        return directory.resolve(home);
    }

    Path home() {
        return directory.resolve("home");
    }

    S3Server store() {
        return store;
    }

    SampleSource source() {
        return requireNonNull(source);
    }

    /** Sets a variable for the processes that are started from now on; an empty value takes it away. */
    void set(String variable, String value) {
        environment.put(variable, value);
        environment.values().removeIf(String::isEmpty);
    }

    /** Writes an input with a header and these ids, and returns its path. */
    String input(String name, List<String> ids) throws IOException {
        return file(name, "task_id\n" + String.join("\n", ids) + "\n");
    }

    /** Writes a file, and returns its path. */
    String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    /** Returns the manifest rows that are committed, by the run that has them. */
    Map<String, List<ManifestRow>> committedRows() throws IOException {
        String postgres = environment.get(DATABASE);
        return postgres == null ? CommittedRows.ofHome(home()) : CommittedRows.ofPostgres(postgres);
    }

    /** Starts the program, and halts it where it comes to this place. */
    ArchiverProcess startToHaltAt(HaltPoint place, String... arguments) throws IOException {
        return ArchiverProcess.startToHaltAt(place, directory, environment, List.of(arguments));
    }

    ArchiverProcess start(String... arguments) throws IOException {
        return ArchiverProcess.start(directory, environment, List.of(arguments));
    }

    /** Starts one of the scripts in {@code jobs}. */
    ArchiverProcess startScript(String script, String... arguments) throws IOException {
        return ArchiverProcess.startScript(
                directory, environment, Path.of("jobs", script).toAbsolutePath(), List.of(arguments));
    }

    /** Runs the program where the system allows it few open files and connections. */
    Ended runWithOpenFiles(int openFiles, String... arguments) throws IOException, InterruptedException {
        try (ArchiverProcess process =
                ArchiverProcess.startWithOpenFiles(openFiles, directory, environment, List.of(arguments))) {
            return process.await();
        }
    }

    Ended run(String... arguments) throws IOException, InterruptedException {
        try (ArchiverProcess process = start(arguments)) {
            return process.await();
        }
    }

    /** Runs the program from its one jar, as users do. */
    Ended runPacked(String... arguments) throws IOException, InterruptedException {
        try (ArchiverProcess process = ArchiverProcess.startPacked(directory, environment, List.of(arguments))) {
            return process.await();
        }
    }

    /** Runs the program with a file on its standard input. */
    Ended runWithInput(String file, String... arguments) throws IOException, InterruptedException {
        try (ArchiverProcess process = startWithInput(Path.of(file), arguments)) {
            return process.await();
        }
    }

    /** Starts the program with a file or a pipe on its standard input. */
    ArchiverProcess startWithInput(Path file, String... arguments) throws IOException {
        return ArchiverProcess.start(directory, environment, List.of(arguments), file);
    }

    /** Returns the published runs, oldest first. */
    List<PublishedRun> runs() throws IOException {
        if (!Files.exists(home().resolve("runs"))) {
            return List.of();
        }
        List<PublishedRun> runs = new ArrayList<>();
        try (Stream<Path> folders = Files.list(home().resolve("runs"))) {
            for (Path folder : folders.sorted().toList()) {
                runs.add(PublishedRun.read(folder));
            }
        }
        // Ids tell the second in which a run began; the chain tells which came first.
        List<PublishedRun> chained = new ArrayList<>();
        String last = "";
        while (chained.size() < runs.size()) {
            String previous = last;
            PublishedRun next = runs.stream()
                    .filter(run -> previousOf(run).equals(previous))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no run follows " + previous));
            chained.add(next);
            last = next.id();
        }
        return chained;
    }

    /** Puts the files of all runs back into the home, as somebody does who has lost it. */
    void fetchRunFolders() throws IOException {
        for (Map.Entry<String, byte[]> object : objects().entrySet()) {
            String[] parts = object.getKey().split("/", -1);
            if (parts[0].equals("runs")) {
                Path folder = home().resolve("runs").resolve(parts[2]);
                Files.write(Files.createDirectories(folder).resolve(parts[3]), object.getValue());
            }
        }
    }

    PublishedRun lastRun() throws IOException {
        return runs().getLast();
    }

    private static String previousOf(PublishedRun run) {
        JsonNode previous = run.json().get("previous");
        return previous.isNull() ? "" : previous.get("run_id").asString();
    }

    /** Returns every object of the bucket by its key, read in full. */
    Map<String, byte[]> objects() {
        Map<String, byte[]> objects = new TreeMap<>();
        for (S3Object object : store.client()
                .listObjectsV2Paginator(r -> r.bucket(store.bucket()))
                .contents()) {
            objects.put(
                    object.key(),
                    store.client()
                            .getObjectAsBytes(r -> r.bucket(store.bucket()).key(object.key()))
                            .asByteArray());
        }
        return objects;
    }

    HeadObjectResponse head(String key) {
        return store.client().headObject(r -> r.bucket(store.bucket()).key(key));
    }

    /** Returns the requests to the task service, without the ones to the media host. */
    List<String> questions() {
        return source().requests().stream()
                .filter(line -> line.startsWith("GET /avatar/task/"))
                .toList();
    }

    /** Returns every file of the home, the logs of the processes, and the inputs. */
    List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(directory.resolve("store"))
                            && !file.startsWith(directory.resolve("source")))
                    .toList();
        }
    }

    /** Holds home and bucket against what is promised after any command that has left nothing to finish. */
    void assertNothingIsAmiss() throws IOException {
        Invariants.of(this).assertHold();
    }

    /** Holds what a process said against what an operator may be shown: sentences. */
    static void assertSaysNoTrace(Ended ended) {
        assertThat(ended.out() + ended.err())
                .doesNotContain("\tat ", "Caused by", "Exception in thread", "Please report it");
    }

    /** Names what the audit at the end is to find, each with its code and its key, since the test has done that damage. */
    void expectFindings(String... findings) {
        damage.addAll(List.of(findings));
    }

    /** Has the audit at the end pass over what a run has stored that the test does not finish. */
    void leaveRunUnfinished() {
        left = Left.OBJECTS_OF_AN_UNFINISHED_RUN;
    }

    /**
     * Ends all that runs, after an audit that reads every byte and finds nothing but the damage that the test has named.
     *
     * <p>A failure of the test itself is what is told of: this one is then suppressed.
     */
    @Override
    public void close() {
        try {
            new ClosingAudit(
                            store,
                            environment.getOrDefault("ARCHIVER_STORAGE_PREFIX", ""),
                            directory.resolve("home-of-the-last-audit"))
                    .assertFinds(damage, left);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("the last audit was interrupted", e);
        } finally {
            if (source != null) {
                source.close();
            }
            store.close();
        }
    }
}
