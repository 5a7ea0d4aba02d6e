package org.mediaarchiver.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.mediaarchiver.domain.Sha256;
import org.springframework.util.FileSystemUtils;

/**
 * The packaged jar, unpacked by its own tool, with a cache of what a JVM makes of its classes: a start costs half as much.
 *
 * <p>The cache comes from a run on the sample data. It is made once for each jar and JDK, and stays under {@code target}.
 */
final class UnpackedProgram {
    private static final Path JAR = ArchiverProcess.JAR;
    private static final Path HERE = Path.of("target", "unpacked-program").toAbsolutePath();
    private static final Path LOG = HERE.resolve("training.txt");
    private static final String TOKEN = "training-token";
    private static final long LIMIT_SECONDS = 300;

    /** A process of seconds is not worth an optimizing compiler, nor a collector with threads of its own. */
    private static final List<String> FLAGS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m");

    private UnpackedProgram() {}

    /** Made by whoever asks first. */
    private static final class Cached {
        static final List<String> COMMAND = make();
    }

    /** Returns how the program is started, up to its own arguments. */
    static List<String> command() {
        return Cached.COMMAND;
    }

    /**
     * Returns how it is started under an agent, up to the arguments of the class that starts it.
     *
     * @param agent a jar, behind the class path of which the cache was made
     * @param mainClass in that jar, attaches the agent to its own process
     */
    static List<String> commandUnder(Path agent, String mainClass) {
        List<String> command = new ArrayList<>(command());
        // In place of -jar and the jar.
        command.subList(command.size() - 2, command.size()).clear();
        command.addAll(List.of(
                "-XX:+EnableDynamicAgentLoading",
                "-Djdk.attach.allowAttachSelf=true",
                // Ten seconds are few where many processes start.
                "-Dsun.tools.attach.attachTimeout=" + TimeUnit.SECONDS.toMillis(LIMIT_SECONDS),
                "-cp",
                program() + File.pathSeparator + agent,
                mainClass));
        return command;
    }

    /** Returns how it is started as it was packed. */
    static List<String> packed() {
        return List.of(javaExecutable(), "-jar", JAR.toString());
    }

    private static List<String> make() {
        Path whatItIsOf = HERE.resolve("made-of.txt");
        String cache = HERE.resolve("media-archiver.aot").toString();
        try (FileChannel channel = FileChannel.open(
                        HERE.resolveSibling("unpacked-program.lock"),
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
                var _ = channel.lock()) {
            String wanted = Sha256.of(Files.readAllBytes(JAR)) + " " + Runtime.version();
            if (!Files.exists(whatItIsOf) || !Files.readString(whatItIsOf).equals(wanted)) {
                FileSystemUtils.deleteRecursively(HERE);
                Files.createDirectories(HERE);
                unpack();
                train(java("-XX:AOTCacheOutput=" + cache));
                tryOut(java("-XX:AOTCache=" + cache, "-XX:AOTMode=on"));
                Files.writeString(whatItIsOf, wanted);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return java("-XX:AOTCache=" + cache);
    }

    private static void unpack() throws IOException {
        List<String> command = List.of(
                javaExecutable(),
                "-Djarmode=tools",
                "-jar",
                JAR.toString(),
                "extract",
                "--force",
                "--destination",
                HERE.toString());
        requireEnd(0, new ProcessBuilder(command));
    }

    private static void train(List<String> command) throws IOException {
        try (SampleSource source = new SampleSource(Path.of("sample-data"), TOKEN);
                S3Server store = S3Server.start("training")) {
            Path home = HERE.resolve("training-home");
            List<String> run = new ArrayList<>(command);
            run.addAll(List.of("archive", Path.of("sample-data", "tasks.csv").toString()));
            ProcessBuilder builder = new ProcessBuilder(run);
            builder.environment().putAll(ArchiverProcess.environment(home, source.baseUrl(), TOKEN, store));
            // 3: some of the sample tasks fail.
            requireEnd(3, builder);
            FileSystemUtils.deleteRecursively(home);
        }
    }

    /** A JVM that is not told so goes on without a cache that it cannot use. */
    private static void tryOut(List<String> command) throws IOException {
        List<String> version = new ArrayList<>(command);
        version.add("--version");
        requireEnd(0, new ProcessBuilder(version));
    }

    private static void requireEnd(int exitCode, ProcessBuilder builder) throws IOException {
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
                .start();
        try {
            boolean hasEnded = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (!hasEnded || process.exitValue() != exitCode) {
                throw new IOException(String.join(" ", builder.command()) + " did not end with " + exitCode
                        + "; it said: " + Files.readString(LOG));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> java(String... options) {
        List<String> command = new ArrayList<>();
        command.add(javaExecutable());
        command.addAll(FLAGS);
        command.addAll(List.of(options));
        command.addAll(List.of("-jar", program()));
        return command;
    }

    private static String program() {
        return HERE.resolve(JAR.getFileName()).toString();
    }

    private static String javaExecutable() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
