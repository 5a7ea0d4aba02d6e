package org.mediaarchiver.manifest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mediaarchiver.domain.ManifestRow;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Rows of a manifest, read from one of 10,000. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Rows {
    private static final int ROWS = 10_000;
    private static final String ROW =
            "20261123T020000Z-7f3a9c,2,task-%1$07d,video,stored,,1,media,media/task-%1$07d/video.mp4,,10962918,"
                    + "38df1219484984446d18a96baaf755fa696bb6347964204bee051bd920860311,video/mp4,etag,"
                    + "SHA256:FULL_OBJECT:ON8SGUhJhERtGKlrqvdV+mlrtjR5ZCBL7gUb2SCGAxE=,https://cdn.example.com/task-%1$07d.mp4,"
                    + "0c0e26e82e02cfc7082bd6753be3ba02209afc68718af9c36b5ff731c37f047b,200,2026-11-23T02:00:07.500Z,"
                    + "2026-11-23T02:00:07.750Z,put_checksum,%n";

    private final byte[] manifest = IntStream.range(0, ROWS)
            .mapToObj(ROW::formatted)
            .collect(Collectors.joining("", Column.HEADER + "\n", ""))
            .getBytes(StandardCharsets.US_ASCII);
    private final ManifestRow row = first();

    private ManifestRow first() {
        try (ManifestReader reader = new ManifestReader(new ByteArrayInputStream(manifest))) {
            return reader.read();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long read() throws IOException {
        try (ManifestReader reader = new ManifestReader(new ByteArrayInputStream(manifest))) {
            while (reader.read() != null) {
                // Each is whole and right, or there is an exception.
            }
            return reader.line();
        }
    }

    @Benchmark
    public String writeCsv() {
        return Column.line(row);
    }

    @Benchmark
    public String writeJson() {
        return Json.line(Column.cells(row));
    }
}
