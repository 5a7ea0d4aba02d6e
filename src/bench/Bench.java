import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures the packaged program against local stand-ins, and beside it what a user might take instead.
 *
 * <p>Started by {@code src/bench/run}, which says how. What a workload has measured replaces its section of
 * {@code src/docs/performance.md}.
 */
final class Bench {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Path BENCH = ROOT.resolve("src/bench");
    private static final Path PAGE = ROOT.resolve("src/docs/performance.md");
    private static final String LAUNCHER = ROOT.resolve("jobs/media-archiver").toString();
    private static final long VIDEO = 10_962_918;
    private static final long PREVIEW = 274_486;
    private static final int PLACES = 16;
    private static final String SMALL_HEAP = "-Xmx256m -XX:+UseSerialGC";

    private final Path directory;
    private final StandIns standIns;
    private final Map<String, Long> options;
    private int logs;

    private Bench(Path directory, StandIns standIns, Map<String, Long> options) {
        this.directory = directory;
        this.standIns = standIns;
        this.options = options;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Set<String> workloads = new LinkedHashSet<>();
        Map<String, Long> options = new HashMap<>();
        for (String argument : arguments) {
            if (argument.contains("=")) {
                String[] option = argument.split("=");
                options.put(option[0], Long.parseLong(option[1]));
            } else {
                workloads.add(argument);
            }
        }
        if (workloads.isEmpty()) {
            workloads.addAll(List.of("start", "bulk", "uneven", "many", "large", "wide", "parts"));
        }
        Path directory = Files.createTempDirectory("media-archiver-bench-");
        try (StandIns standIns = new StandIns(directory)) {
            Bench bench = new Bench(directory, standIns, options);
            bench.warmUp();
            for (String workload : workloads) {
                bench.measure(workload);
            }
        } finally {
            delete(directory);
        }
        System.exit(0);
    }

    /** The launcher makes its cache at the second start. */
    private void warmUp() throws IOException, InterruptedException {
        Path tasks = tasks(1);
        for (int start = 0; start < 2; start++) {
            standIns.begin(StandIns.Behaviour.immediate(2_048, 2_048));
            standIns.emptyBucket();
            expect(0, ours(newHome(), Map.of(), "archive", tasks.toString()));
        }
    }

    private void measure(String workload) throws IOException, InterruptedException {
        switch (workload) {
            case "start" -> start();
            case "bulk" -> bulk();
            case "uneven" -> uneven();
            case "many" -> many();
            case "large" -> large();
            case "wide" -> wide();
            case "parts" -> parts();
            default -> throw new IllegalArgumentException("no workload is called " + workload);
        }
    }

    private long option(String name, long otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    // The workloads.

    /** How long until something happens. */
    private void start() throws IOException, InterruptedException {
        long rounds = option("rounds", 5);
        Path tasks = tasks(1);
        standIns.begin(StandIns.Behaviour.immediate(2_048, 2_048));
        List<Measured> helps = new ArrayList<>();
        List<Measured> runs = new ArrayList<>();
        List<Double> first = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            helps.add(ours(directory, Map.of(), "--help"));
            standIns.begin(StandIns.Behaviour.immediate(2_048, 2_048));
            standIns.emptyBucket();
            Measured run = ours(newHome(), Map.of(), "archive", tasks.toString());
            runs.add(run);
            first.add((standIns.firstRequest.get() - run.startedNanos()) / 1e9);
        }
        Table table = new Table("", "wall s", "CPU s", "peak MiB");
        table.add("`--help`", helps);
        table.add("one task, from an empty home to the end", runs);
        table.row("the same, from the start to the first question", text(median(first)), "", "");
        publish("start", rounds + " rounds.", table);
    }

    /** Many videos, and nothing to wait for. */
    private void bulk() throws IOException, InterruptedException {
        long count = option("tasks", 2_000);
        long rounds = option("rounds", 3);
        Path tasks = tasks(count);
        double gigabytes = count * (VIDEO + PREVIEW) / 1e9;
        Map<String, List<Measured>> all = new LinkedHashMap<>();
        String us = "media-archiver";
        Path home = null;
        for (int round = 0; round < rounds; round++) {
            standIns.emptyBucket();
            standIns.begin(StandIns.Behaviour.immediate(VIDEO, PREVIEW));
            peer(all, "boto3, which checks nothing", "peer_boto3.py", tasks, Map.of());
            standIns.emptyBucket();
            peer(all, "rclone, which checks nothing", "peer_rclone.sh", tasks, Map.of());
            standIns.emptyBucket();
            peer(all, "rclone, then read back and hashed", "peer_rclone.sh", tasks, Map.of("VERIFY", "1"));
            standIns.emptyBucket();
            home = newHome();
            add(all, us, expect(0, ours(home, Map.of(), "archive", tasks.toString())));
        }
        publish(
                "bulk",
                "%,d tasks of %.2f and %.2f MB, %.1f GB in all, %d in flight, %d rounds in turn."
                        .formatted(count, VIDEO / 1e6, PREVIEW / 1e6, gigabytes, PLACES, rounds),
                compared(all, us, gigabytes));
        auditByReading(home, tasks, rounds, gigabytes);
    }

    private void auditByReading(Path home, Path tasks, long rounds, double gigabytes)
            throws IOException, InterruptedException {
        Map<String, List<Measured>> all = new LinkedHashMap<>();
        String us = "`audit --all --mode read`";
        standIns.begin(StandIns.Behaviour.immediate(VIDEO, PREVIEW));
        for (int round = 0; round < rounds; round++) {
            peer(all, "rclone, read back and hashed", "peer_rclone_read.sh", tasks, Map.of());
            add(all, us, expect(0, ours(home, Map.of("JAVA_OPTS", SMALL_HEAP), "audit", "--all", "--mode", "read")));
        }
        publish(
                "audit-read",
                "%.1f GB, heap 256 MB, %d rounds in turn.".formatted(gigabytes, rounds),
                compared(all, us, gigabytes));
    }

    /** Everyone beside us. */
    private static Table compared(Map<String, List<Measured>> all, String us, double gigabytes) {
        Table table = new Table("", "wall s", "CPU s", "CPU s/GB", "peak MiB", "our wall : theirs", "our CPU : theirs");
        double wall = median(all.get(us), Measured::wallSeconds);
        double cpu = median(all.get(us), Measured::cpuSeconds);
        all.forEach((who, runs) -> table.row(
                who,
                spread(runs, Measured::wallSeconds),
                spread(runs, Measured::cpuSeconds),
                text(median(runs, Measured::cpuSeconds) / gigabytes),
                spread(runs, Measured::peakMegabytes),
                text(wall / median(runs, Measured::wallSeconds)),
                text(cpu / median(runs, Measured::cpuSeconds))));
        return table;
    }

    /** A service and a host that take their time, and now and then a lot of it. */
    private void uneven() throws IOException, InterruptedException {
        long count = option("tasks", 2_000);
        long rounds = option("rounds", 3);
        Path tasks = tasks(count);
        StandIns.Behaviour behaviour = new StandIns.Behaviour(
                200_000, 20_000, Duration.ofMillis(150), Duration.ofMillis(50), 50, Duration.ofSeconds(5));
        List<Measured> runs = new ArrayList<>();
        List<Double> spans = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            standIns.emptyBucket();
            standIns.begin(behaviour);
            runs.add(expect(0, ours(newHome(), Map.of(), "archive", tasks.toString())));
            spans.add((standIns.lastMedia.get() - standIns.firstRequest.get()) / 1e9);
        }
        double greedy = greedySeconds(count, behaviour);
        Table table = new Table("", "s", "of the greedy schedule");
        table.row("greedy schedule of %d places".formatted(PLACES), text(greedy), "1");
        table.row("from the first question to the last file", text(median(spans)), text(median(spans) / greedy));
        double wall = median(runs, Measured::wallSeconds);
        table.row("the whole process", text(wall), text(wall / greedy));
        publish(
                "uneven",
                "%,d tasks, 150 ms for an answer, 50 ms for a file, one video in 50 held for 5 s, %d in flight, %d rounds."
                        .formatted(count, PLACES, rounds),
                table);
    }

    /** Each place takes the next task as soon as it is free; transfers take no time. */
    private static double greedySeconds(long count, StandIns.Behaviour behaviour) {
        PriorityQueue<Double> free = new PriorityQueue<>();
        for (int place = 0; place < PLACES; place++) {
            free.add(0.0);
        }
        double end = 0;
        for (long task = 0; task < count; task++) {
            Duration takes = behaviour.api().plus(behaviour.video(task)).plus(behaviour.media());
            double done = free.remove() + takes.toNanos() / 1e9;
            free.add(done);
            end = Math.max(end, done);
        }
        return end;
    }

    /** Many tasks of tiny media, then the same list once more, and the audit by listing. */
    private void many() throws IOException, InterruptedException {
        long count = option("tasks", 1_000_000);
        Path tasks = tasks(count);
        Path home = newHome();
        standIns.emptyBucket();
        standIns.begin(StandIns.Behaviour.immediate(2_048, 2_048));
        Map<String, String> heap = Map.of("JAVA_OPTS", SMALL_HEAP);
        Measured fresh = expect(0, ours(home, heap, "archive", tasks.toString()));
        long tenth = Math.max(10_000, count / 10 / 10_000 * 10_000);
        Table table = new Table("", "wall s", "CPU s", "peak MiB", "");
        table.row(
                "all new",
                text(fresh.wallSeconds()),
                text(fresh.cpuSeconds()),
                text(fresh.peakMegabytes()),
                "first question after %.1f s".formatted((standIns.firstRequest.get() - fresh.startedNanos()) / 1e9)
                        // A tenth of fewer has nothing left once the program is warm.
                        + (count < 200_000
                                ? ""
                                : "; %.2f ms a task for the first tenth, %.2f ms for the last"
                                        .formatted(
                                                millisecondsATask(10_000, tenth),
                                                millisecondsATask(count - tenth + 10_000, count))));
        standIns.begin(StandIns.Behaviour.immediate(2_048, 2_048));
        Measured again = expect(0, ours(home, heap, "archive", tasks.toString()));
        table.row(
                "the same list again",
                text(again.wallSeconds()),
                text(again.cpuSeconds()),
                text(again.peakMegabytes()),
                "%d questions, %d requests to the store"
                        .formatted(standIns.questions.get(), standIns.storeRequests.get()));
        standIns.begin(StandIns.Behaviour.immediate(2_048, 2_048));
        Measured audit = expect(0, ours(home, heap, "audit", "--all", "--mode", "list"));
        table.row(
                "`audit --all --mode list`",
                text(audit.wallSeconds()),
                text(audit.cpuSeconds()),
                text(audit.peakMegabytes()),
                "%,.0f objects a CPU second".formatted(standIns.objects() / audit.cpuSeconds()));
        publish("many", "%,d tasks of 2 kB and 2 kB, %d in flight, heap 256 MB, once.".formatted(count, PLACES), table);
    }

    private double millisecondsATask(long from, long to) {
        Long start = standIns.questionTimes.get(from);
        Long end = standIns.questionTimes.get(to / 10_000 * 10_000);
        return start == null || end == null || to <= from ? Double.NaN : (end - start) / 1e6 / (to - from);
    }

    /** One file as large as S3 takes in one request. */
    private void large() throws IOException, InterruptedException {
        long bytes = option("bytes", 5_000_000_000L);
        one("large", 1, bytes, 1, "One task of %.1f GB, heap 256 MB.".formatted(bytes / 1e9));
    }

    /** More files at once than memory could hold. */
    private void wide() throws IOException, InterruptedException {
        long count = option("tasks", 256);
        long bytes = option("bytes", 200_000_000);
        one(
                "wide",
                count,
                bytes,
                count,
                "%d tasks of %.0f MB, all in flight at once, heap 256 MB.".formatted(count, bytes / 1e6));
    }

    private void one(String name, long count, long bytes, long concurrency, String what)
            throws IOException, InterruptedException {
        Path tasks = tasks(count);
        standIns.emptyBucket();
        standIns.begin(StandIns.Behaviour.immediate(bytes, 2_048));
        Map<String, String> environment =
                Map.of("JAVA_OPTS", SMALL_HEAP, "ARCHIVER_CONCURRENCY", String.valueOf(concurrency));
        Measured run = expect(0, ours(newHome(), environment, "archive", tasks.toString()));
        double gigabytes = count * bytes / 1e9;
        Table table = new Table("", "wall s", "CPU s", "CPU s/GB", "peak MiB");
        table.row(
                "media-archiver",
                text(run.wallSeconds()),
                text(run.cpuSeconds()),
                text(run.cpuSeconds() / gigabytes),
                text(run.peakMegabytes()));
        publish(name, what, table);
    }

    /** Pieces of the program by themselves. */
    private void parts() throws IOException, InterruptedException {
        Path results = directory.resolve("parts.csv");
        expect(
                0,
                run(
                        "parts",
                        List.of(
                                BENCH.resolve("parts/run").toString(),
                                "-f",
                                "1",
                                "-wi",
                                "3",
                                "-w",
                                "1",
                                "-i",
                                "5",
                                "-r",
                                "1",
                                "-rf",
                                "csv",
                                "-rff",
                                results.toString()),
                        Map.of("JAVA_HOME", System.getProperty("java.home"))));
        Table table = new Table("", "µs", "more or less");
        for (String line : Files.readAllLines(results)) {
            // Name, mode, threads, samples, score, error and unit.
            String[] cells = line.replace("\"", "").split(",");
            if (cells[1].equals("avgt")) {
                String[] name = cells[0].split("\\.");
                table.row(
                        "`%s.%s`".formatted(name[name.length - 2], name[name.length - 1]),
                        text(Double.parseDouble(cells[4])),
                        text(Double.parseDouble(cells[5])));
            }
        }
        publish("parts", "Times as JMH gives them, 5 iterations of a second after 3 to warm up.", table);
    }

    // Processes.

    private Measured ours(Path home, Map<String, String> more, String... arguments)
            throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HOME",
                directory.toString(),
                "ARCHIVER_HOME",
                home.toString(),
                "ARCHIVER_TASKSERVICE_BASEURL",
                standIns.sourceUrl().toString(),
                "ARCHIVER_TASKSERVICE_TOKEN",
                "bench",
                "ARCHIVER_TASKSERVICE_REQUESTSPERSECOND",
                "0",
                "ARCHIVER_MEDIA_ALLOWHTTP",
                "true",
                "ARCHIVER_MEDIA_ALLOWPRIVATEADDRESSES",
                "true",
                "ARCHIVER_STORAGE_ENDPOINT",
                standIns.storeUrl().toString(),
                "ARCHIVER_STORAGE_BUCKET",
                StandIns.BUCKET));
        environment.putAll(Map.of(
                "AWS_ACCESS_KEY_ID", "bench",
                "AWS_SECRET_ACCESS_KEY", "bench",
                "AWS_EC2_METADATA_DISABLED", "true",
                "JAVA_HOME", System.getProperty("java.home")));
        environment.putAll(more);
        List<String> command = new ArrayList<>(List.of(LAUNCHER));
        command.addAll(Arrays.asList(arguments));
        return run("media-archiver " + String.join(" ", arguments), command, environment);
    }

    private void peer(
            Map<String, List<Measured>> all, String name, String script, Path tasks, Map<String, String> environment)
            throws IOException, InterruptedException {
        String program = BENCH.resolve(script).toString();
        if (run(name, List.of(program, "--check"), Map.of()).exitCode() != 0) {
            System.out.println(name + " is not installed: left out.");
            return;
        }
        List<String> command = List.of(
                program,
                tasks.toString(),
                standIns.sourceUrl().toString(),
                standIns.storeUrl().toString(),
                String.valueOf(PLACES));
        add(all, name, expect(0, run(name, command, environment)));
    }

    private Path lastLog() {
        return directory.resolve("log-" + logs);
    }

    private Measured run(String name, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        logs++;
        Measured measured = Measured.run(command, environment, directory, lastLog());
        if (!command.contains("--check")) {
            System.out.printf(
                    Locale.ROOT,
                    "%-60s wall %7.2f s, CPU %7.2f s, peak %5.0f MiB, exit code %d%n",
                    name,
                    measured.wallSeconds(),
                    measured.cpuSeconds(),
                    measured.peakMegabytes(),
                    measured.exitCode());
        }
        return measured;
    }

    private Measured expect(int exitCode, Measured measured) throws IOException {
        if (measured.exitCode() != exitCode) {
            throw new IllegalStateException(
                    "it should have ended with " + exitCode + ":\n" + Files.readString(lastLog()));
        }
        return measured;
    }

    private static void add(Map<String, List<Measured>> all, String name, Measured measured) {
        all.computeIfAbsent(name, _ -> new ArrayList<>()).add(measured);
    }

    // Files.

    private Path tasks(long count) throws IOException {
        Path file = directory.resolve("tasks-" + count + ".csv");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("task_id\n");
            for (long task = 0; task < count; task++) {
                out.write("task-%07d\n".formatted(task));
            }
        }
        return file;
    }

    private Path newHome() {
        logs++;
        return directory.resolve("home-" + logs);
    }

    private static void delete(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    // Results.

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static double median(List<Measured> runs, ToDoubleFunction<Measured> of) {
        return median(runs.stream().mapToDouble(of).boxed().toList());
    }

    private static String text(double value) {
        return value >= 100
                ? "%,.0f".formatted(value)
                : value >= 10 ? "%.1f".formatted(value) : "%.2f".formatted(value);
    }

    /** The median, and where there are several runs the least and the most. */
    private static String spread(List<Measured> runs, ToDoubleFunction<Measured> of) {
        String median = text(median(runs, of));
        return runs.size() == 1
                ? median
                : "%s (%s to %s)"
                        .formatted(
                                median,
                                text(runs.stream().mapToDouble(of).min().orElseThrow()),
                                text(runs.stream().mapToDouble(of).max().orElseThrow()));
    }

    private static final class Table {
        private final StringBuilder text = new StringBuilder();

        Table(String... titles) {
            row(titles);
            text.append("|").append("---|".repeat(titles.length)).append('\n');
        }

        void row(String... cells) {
            text.append("| ").append(String.join(" | ", cells)).append(" |\n");
        }

        void add(String name, List<Measured> runs) {
            row(
                    name,
                    spread(runs, Measured::wallSeconds),
                    spread(runs, Measured::cpuSeconds),
                    spread(runs, Measured::peakMegabytes));
        }
    }

    /** Prints a table, and puts it into the page in place of what was there. */
    private static void publish(String name, String what, Table table) throws IOException {
        String section = "%s Measured on %s.%n%n%s".formatted(what, LocalDate.now(ZoneOffset.UTC), table.text);
        System.out.println("\n" + name + ": " + section);
        String begin = "<!-- measured: " + name + " -->\n";
        String end = "<!-- end -->";
        Matcher place = Pattern.compile(Pattern.quote(begin) + ".*?" + Pattern.quote(end), Pattern.DOTALL)
                .matcher(Files.readString(PAGE));
        if (!place.find()) {
            throw new IllegalStateException(PAGE + " has no place for " + name);
        }
        Files.writeString(PAGE, place.replaceFirst(Matcher.quoteReplacement(begin + "\n" + section + "\n" + end)));
    }
}
