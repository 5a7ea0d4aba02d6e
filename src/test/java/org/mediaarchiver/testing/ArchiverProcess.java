package org.mediaarchiver.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The packaged program as a process of its own, as cron starts it.
 *
 * <p>Standard output and standard error go to files, so that a process which writes much never waits for its reader.
 */
public final class ArchiverProcess implements AutoCloseable {
    /** The program as it is given to users. */
    public static final Path JAR = Path.of("target", "media-archiver.jar").toAbsolutePath();

    private static final long LIMIT_SECONDS = 120;
    private static final Path NOTHING = Path.of("/dev/null");

    /** A build in the background ignores Ctrl-C, and so would every process that it starts; GNU's env undoes that. */
    private static final List<String> SIGNALS_AS_USUAL = signalsAsUsual(List.of("env", "--default-signal=INT"));

    private final Process process;
    private final Path out;
    private final Path err;

    private ArchiverProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * What a process ended with.
     *
     * @param out all that it wrote to standard output
     * @param err all that it wrote to standard error
     */
    public record Ended(int exitCode, String out, String err) {
        /** Tells whether the process was halted where it was to be, and did not end by itself. */
        public boolean isHalted() {
            return err.lines().anyMatch(line -> line.startsWith(HaltAgent.HALTED));
        }

        /** Returns the last line on standard output. */
        public String lastLine() {
            List<String> lines = out.lines().toList();
            return lines.isEmpty() ? "" : lines.getLast();
        }
    }

    /** Returns what tells the program to work with these servers, and with nothing that whoever runs the tests has. */
    public static Map<String, String> environment(Path home, URI taskService, String token, S3Server store) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ARCHIVER_HOME", home.toString());
        environment.put("ARCHIVER_TASKSERVICE_BASEURL", taskService.toString());
        environment.put("ARCHIVER_TASKSERVICE_TOKEN", token);
        environment.put("ARCHIVER_TASKSERVICE_REQUESTSPERSECOND", "0");
        environment.put("ARCHIVER_MEDIA_ALLOWHTTP", "true");
        environment.put("ARCHIVER_MEDIA_ALLOWPRIVATEADDRESSES", "true");
        environment.put("ARCHIVER_STORAGE_ENDPOINT", store.endpoint().toString());
        environment.put("ARCHIVER_STORAGE_BUCKET", store.bucket());
        environment.put("AWS_ACCESS_KEY_ID", store.accessKey());
        environment.put("AWS_SECRET_ACCESS_KEY", store.secretKey());
        environment.put("AWS_CONFIG_FILE", home.resolveSibling("no-config").toString());
        environment.put(
                "AWS_SHARED_CREDENTIALS_FILE",
                home.resolveSibling("no-credentials").toString());
        environment.put("AWS_EC2_METADATA_DISABLED", "true");
        return environment;
    }

    /** Starts the program with nothing on its standard input. */
    public static ArchiverProcess start(Path directory, Map<String, String> environment, List<String> arguments)
            throws IOException {
        return start(directory, environment, arguments, NOTHING);
    }

    /**
     * Starts the program.
     *
     * @param directory to work in
     * @param environment beside {@code PATH}, which is all that it is given else
     * @param input what is on its standard input
     */
    public static ArchiverProcess start(
            Path directory, Map<String, String> environment, List<String> arguments, Path input) throws IOException {
        return start(directory, environment, UnpackedProgram.command(), arguments, input);
    }

    /** Starts the program as users do, from its one jar and without the cache that makes it quick. */
    public static ArchiverProcess startPacked(Path directory, Map<String, String> environment, List<String> arguments)
            throws IOException {
        return start(directory, environment, UnpackedProgram.packed(), arguments, NOTHING);
    }

    /**
     * Starts the program as users do, where the system allows it few open files and connections.
     *
     * @param openFiles how many, those of the Java runtime among them
     */
    public static ArchiverProcess startWithOpenFiles(
            int openFiles, Path directory, Map<String, String> environment, List<String> arguments) throws IOException {
        List<String> program = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + openFiles + " && exec \"$@\"", "sh"));
        program.addAll(UnpackedProgram.packed());
        return start(directory, environment, program, arguments, NOTHING);
    }

    /** Starts the program, and halts it where it comes to this place; the place is then on standard error. */
    public static ArchiverProcess startToHaltAt(
            HaltPoint point, Path directory, Map<String, String> environment, List<String> arguments)
            throws IOException {
        Path agent = Files.createTempFile(directory, "agent", ".jar");
        HaltAgent.writeJar(agent);
        List<String> program = new ArrayList<>(UnpackedProgram.commandUnder(agent, HaltAgent.MAIN_CLASS));
        program.addAll(List.of(agent.toString(), point.format()));
        return start(directory, environment, program, arguments, NOTHING);
    }

    private static ArchiverProcess start(
            Path directory, Map<String, String> environment, List<String> program, List<String> arguments, Path input)
            throws IOException {
        List<String> command = new ArrayList<>(SIGNALS_AS_USUAL);
        command.addAll(program);
        command.addAll(arguments);
        Path out = Files.createTempFile(directory, "out", ".txt");
        Path err = Files.createTempFile(directory, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(input.toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        String path = builder.environment().get("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path == null ? "" : path);
        builder.environment().putAll(environment);
        return new ArchiverProcess(builder.start(), out, err);
    }

    /** Starts a script that starts the program in its own stead: the quick one, unless the environment names a jar. */
    public static ArchiverProcess startScript(
            Path directory, Map<String, String> environment, Path script, List<String> arguments) throws IOException {
        List<String> program = UnpackedProgram.command();
        Map<String, String> all = new HashMap<>(environment);
        all.put("MEDIA_ARCHIVER_JAVA", program.getFirst());
        if (!all.containsKey("MEDIA_ARCHIVER_JAR")) {
            all.put("JAVA_OPTS", String.join(" ", program.subList(1, program.size() - 2)));
            all.put("MEDIA_ARCHIVER_JAR", program.getLast());
        }
        return start(directory, all, List.of(script.toString()), arguments, NOTHING);
    }

    /** Runs the program to its end. */
    public static Ended run(Path directory, Map<String, String> environment, List<String> arguments)
            throws IOException, InterruptedException {
        try (ArchiverProcess started = start(directory, environment, arguments)) {
            return started.await();
        }
    }

    private static List<String> signalsAsUsual(List<String> prefix) {
        List<String> trial = new ArrayList<>(prefix);
        trial.add("true");
        try {
            int code = new ProcessBuilder(trial)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .onExit()
                    .join()
                    .exitValue();
            return code == 0 ? prefix : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Returns the number of the process. */
    public long pid() {
        return process.pid();
    }

    /** Sends the process a signal, {@code TERM} for example. */
    public void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill ended with " + code);
        }
    }

    /**
     * Waits until the program has written this to standard error.
     *
     * @throws IOException if it ends before, or has not done so within two minutes
     */
    public void awaitErr(String text) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!Files.readString(err).contains(text)) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() - deadline > 0) {
                throw new IOException("the program did not say '" + text + "'; it said: " + Files.readString(err));
            }
        }
    }

    /** Waits for the end; a process that does not end within two minutes is killed. */
    public Ended await() throws IOException, InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new IOException("the program did not end; it said: " + Files.readString(err));
        }
        return new Ended(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    /**
     * Waits until this is so.
     *
     * @return false where the process ended before
     */
    public boolean awaitUntil(BooleanSupplier moment) throws InterruptedException {
        while (!moment.getAsBoolean()) {
            if (process.waitFor(1, TimeUnit.MILLISECONDS)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Kills the process when this time has passed, and waits until it is gone.
     *
     * @return false where it had ended by itself before
     */
    public boolean killAfter(Duration time) throws InterruptedException {
        if (process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        close();
        return true;
    }

    /** Kills the process if it is still there, and waits until it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
