import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One process, from its start to its end, with what it started itself.
 *
 * @param wallSeconds from before it was started until it had ended
 * @param cpuSeconds user and system time of it and of its children that ended before it
 * @param peakMegabytes the most memory of the process alone that was resident at any time, in MiB; 0 where it ended too soon to be seen
 */
record Measured(double wallSeconds, double cpuSeconds, double peakMegabytes, int exitCode, long startedNanos) {
    /** The kernel counts the time of processes in hundredths of a second. */
    private static final double TICKS = 100;

    static Measured run(List<String> command, Map<String, String> environment, Path directory, Path log)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        Map<String, String> given = new HashMap<>(environment);
        given.putIfAbsent("PATH", System.getenv("PATH"));
        builder.environment().clear();
        builder.environment().putAll(given);
        double before = childrensSeconds();
        long started = System.nanoTime();
        Process process = builder.start();
        double peak = 0;
        while (!process.waitFor(50, TimeUnit.MILLISECONDS)) {
            peak = Math.max(peak, peak(process.pid()));
        }
        double wall = (System.nanoTime() - started) / 1e9;
        return new Measured(wall, childrensSeconds() - before, peak, process.exitValue(), started);
    }

    /** Returns what this process's children that were waited for have used, see proc_pid_stat(5): fields 16 and 17. */
    private static double childrensSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) / TICKS;
    }

    private static double peak(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
                }
            }
        } catch (IOException e) {
            // It has ended.
        }
        return 0;
    }
}
