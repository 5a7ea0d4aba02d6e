package org.mediaarchiver.tasklist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Lines of a list of tasks, read from a file of 100,000. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@OperationsPerInvocation(ListLines.LINES)
public class ListLines {
    static final int LINES = 100_000;

    private Path file;

    @Setup
    public void write() throws IOException {
        List<String> ids =
                IntStream.range(0, LINES).mapToObj("task-%07d"::formatted).toList();
        file = Files.write(
                Files.createTempFile("tasks", ".csv"),
                Stream.concat(Stream.of("task_id"), ids.stream()).toList());
    }

    @TearDown
    public void delete() throws IOException {
        Files.delete(file);
    }

    @Benchmark
    public long read() {
        try (TaskListReader list = TaskListReader.open(file, "tasks.csv", "task_id")) {
            long read = 0;
            while (list.next() != null) {
                read++;
            }
            if (read != LINES) {
                throw new IllegalStateException(read + " lines were read");
            }
            return read;
        }
    }
}
