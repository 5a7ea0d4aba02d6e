package org.mediaarchiver.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.StopException;

/**
 * Makes the files of one run in a local directory.
 *
 * <p>They are a pure function of what it is given: made twice, by this process or the next, they are the same bytes. A file that is
 * there already is made once more and compared; it is never changed. Rows are read anew for each file and never held, so memory does
 * not grow with the run. Not safe for use by several threads.
 */
public final class RunFiles {
    private final ResultFolder directory;
    private final Path dir;
    private final RunFacts facts;
    private final Supplier<Stream<ManifestRow>> rows;
    private final Supplier<Stream<RejectedLine>> rejectedLines;
    private final Bucket bucket;
    private final Map<RunFile, Optional<LocalRunFile>> written = new EnumMap<>(RunFile.class);
    private @Nullable RunCounts counts;

    /**
     * @param dir of this run alone; made where it is missing
     * @param rows the run's rows by {@link ManifestRow#sortKey}; asked for several times, each stream is closed after use
     * @param rejectedLines the run's rejected lines by line; asked for as often as need be, each stream is closed after use
     * @param bucket where the rows' objects are; asked for a few previews
     */
    public RunFiles(
            Path dir,
            RunFacts facts,
            Supplier<Stream<ManifestRow>> rows,
            Supplier<Stream<RejectedLine>> rejectedLines,
            Bucket bucket) {
        this.directory = new ResultFolder(dir);
        this.dir = dir;
        this.facts = facts;
        this.rows = rows;
        this.rejectedLines = rejectedLines;
        this.bucket = bucket;
    }

    /** Gives the bytes of stored objects. */
    public interface Bucket {
        /**
         * Opens an object.
         *
         * @param key the whole key
         * @throws java.nio.file.NoSuchFileException if there is no object under the key
         * @throws java.nio.file.AccessDeniedException if the store does not give out this object
         * @throws IOException if the store does not answer
         */
        InputStream open(String key) throws IOException;
    }

    /**
     * Makes a file, and before it those that it tells of and that this object has not made yet.
     *
     * @return the file, forced to disk and read back; nothing where the run has no such file
     * @throws StopException if a file that is there holds other bytes, or the disk or the store cannot be used
     * @throws IllegalStateException if rows are out of order, or a value cannot be a CSV cell
     */
    public Optional<LocalRunFile> write(RunFile file) {
        Optional<LocalRunFile> known = written.get(file);
        if (known == null) {
            known = make(file);
            written.put(file, known);
        }
        return known;
    }

    private Optional<LocalRunFile> make(RunFile file) {
        try {
            if (file == RunFile.SHA256SUMS && counts().stored() == 0) {
                directory.leaveOut(file.fileName());
                return Optional.empty();
            }
            return Optional.of(
                    switch (file) {
                        case MANIFEST_CSV -> place(file, this::manifestCsv, this::count);
                        case MANIFEST_JSONL ->
                            place(file, out -> eachRow(row -> writeLine(out, Json.line(Column.cells(row)))));
                        case REJECTS_CSV -> place(file, this::rejectsCsv);
                        case SHA256SUMS -> place(file, this::sums);
                        case REPORT_HTML -> place(file, this::report);
                        case DATAPACKAGE_JSON ->
                            place(
                                    file,
                                    DataPackage.bytes(facts, made(RunFile.MANIFEST_CSV), made(RunFile.REJECTS_CSV)));
                        case RUN_JSON -> place(file, RunJson.bytes(facts, counts(), allBefore(file)));
                        case RUN_JSON_SHA256 -> place(file, RunMark.bytes(made(RunFile.RUN_JSON)));
                    });
        } catch (IOException e) {
            throw new StopException(
                    dir.resolve(file.fileName()) + " cannot be made: " + cause(e)
                            + ". Mend the disk or make room on it, and run again to go on.",
                    e);
        }
    }

    private LocalRunFile place(RunFile file, ResultFolder.Content content) throws IOException {
        return place(file, content, in -> {});
    }

    private LocalRunFile place(RunFile file, ResultFolder.Content content, ResultFolder.Check check)
            throws IOException {
        ResultFolder.Placed placed = directory.place(file.fileName(), file.contentType(), content, check);
        return new LocalRunFile(file, placed.path(), placed.content());
    }

    private LocalRunFile place(RunFile file, byte[] bytes) throws IOException {
        return place(file, out -> out.write(bytes));
    }

    private LocalRunFile made(RunFile file) {
        return write(file).orElseThrow();
    }

    /** Counts are those of the manifest as it was read back. */
    private RunCounts counts() {
        made(RunFile.MANIFEST_CSV);
        return Objects.requireNonNull(counts);
    }

    @SuppressWarnings("resource") // Whoever opened the stream closes it.
    private void count(InputStream in) throws IOException {
        counts = RunCounts.of(new ManifestReader(in));
    }

    private List<LocalRunFile> allBefore(RunFile last) {
        List<LocalRunFile> files = new ArrayList<>();
        for (RunFile file : RunFile.values()) {
            if (file.compareTo(last) < 0) {
                write(file).ifPresent(files::add);
            }
        }
        return files;
    }

    private void manifestCsv(OutputStream out) throws IOException {
        writeLine(out, Column.HEADER);
        eachRow(row -> writeLine(out, Column.line(row)));
    }

    private void rejectsCsv(OutputStream out) throws IOException {
        Rejects rejects = new Rejects(out);
        eachRow(rejects::row);
        rejects.endOfRows();
        try (Stream<RejectedLine> lines = rejectedLines.get()) {
            for (Iterator<RejectedLine> all = lines.iterator(); all.hasNext(); ) {
                rejects.line(all.next());
            }
        }
    }

    private void report(OutputStream out) throws IOException {
        RunOverview overview = new RunOverview(facts);
        eachRow(overview::add);
        overview.end();
        try (Stream<RejectedLine> lines = rejectedLines.get()) {
            new RunReport(facts, overview, bucket, out).write(lines.iterator());
        }
    }

    /** Names are whole keys: {@code sha256sum -c} is run where the bucket was copied to. */
    private void sums(OutputStream out) throws IOException {
        eachRow(row -> {
            if (row.status() == Status.STORED) {
                writeLine(out, sum(row));
            }
        });
    }

    static String sum(ManifestRow row) {
        return row.sha256() + "  " + row.key();
    }

    private void eachRow(RowSink sink) throws IOException {
        try (Stream<ManifestRow> stream = rows.get()) {
            String previous = "";
            for (Iterator<ManifestRow> all = stream.iterator(); all.hasNext(); ) {
                ManifestRow row = all.next();
                String key = row.sortKey();
                if (key.compareTo(previous) <= 0) {
                    throw new IllegalStateException("row " + key + " comes after " + previous);
                }
                previous = key;
                sink.take(row);
            }
        }
    }

    private static void writeLine(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** The path is told already; what is left is why. */
    private static String cause(IOException e) {
        String reason = e instanceof FileSystemException failed ? failed.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    /** Takes one row after the other. */
    private interface RowSink {
        void take(ManifestRow row) throws IOException;
    }
}
