package org.mediaarchiver.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A program in a JVM of its own, whose heap could not hold what the program is not to keep. */
public final class SmallHeap {
    private static final long LIMIT_MINUTES = 10;

    private SmallHeap() {}

    /**
     * Runs a program of the tests to its end.
     *
     * @param megabytes the most that its heap may have
     * @param program has a main method
     * @param folder its argument
     * @return all that it wrote
     * @throws IOException if it fails, or does not end within ten minutes
     */
    public static String run(int megabytes, Class<?> program, Path folder) throws IOException, InterruptedException {
        Path said = Files.createTempFile(folder, "said", ".txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + megabytes + "m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended;
        try {
            ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
        } finally {
            process.destroyForcibly().onExit().join();
        }
        if (!ended || process.exitValue() != 0) {
            throw new IOException(program.getSimpleName() + " failed; it said: " + Files.readString(said));
        }
        return Files.readString(said).strip();
    }
}
