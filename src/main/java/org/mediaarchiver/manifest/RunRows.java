package org.mediaarchiver.manifest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Status;

/**
 * Reads a run's rows once, from the first to the last, and holds against them what follows from them: {@code manifest.jsonl},
 * {@code SHA256SUMS}, {@code rejects.csv} and the counts of {@code run.json}.
 *
 * <p>It does not stop at the first fault. Where a line of the manifest cannot be read, sums, rejects and counts are not judged,
 * since they cannot be right. Memory does not grow with the run.
 */
public final class RunRows {
    private final Path dir;
    private final @Nullable RunRecord record;
    private final Sink sink;
    private final RunCounts.Sum sum = new RunCounts.Sum();
    private boolean complete = true;

    /** Takes what is found. */
    public interface Sink {
        /** Takes the next row that could be read, and its line. */
        void row(ManifestRow row, long line);

        /** Takes a line of the manifest that could not be read. */
        void malformed(MalformedManifestException fault);

        /** Takes what does not follow from the rows, with its line; 0 where that is not known. */
        void fault(RunFile file, long line, String what);
    }

    /**
     * @param dir where the files are, {@code manifest.csv} at least
     * @param record what {@code run.json} says, null where it cannot be read; then its counts are not judged
     */
    public RunRows(Path dir, @Nullable RunRecord record, Sink sink) {
        this.dir = dir;
        this.record = record;
        this.sink = sink;
    }

    /**
     * Reads all.
     *
     * @throws IOException if the disk cannot be read
     */
    public void check() throws IOException {
        try (ManifestReader manifest = new ManifestReader(open(RunFile.MANIFEST_CSV));
                Lines jsonl = new Lines(RunFile.MANIFEST_JSONL);
                Lines sums = new Lines(RunFile.SHA256SUMS);
                Lines rejects = new Lines(RunFile.REJECTS_CSV)) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            Rejects expected = new Rejects(text);
            while (true) {
                try {
                    ManifestRow row = manifest.read();
                    if (row == null) {
                        break;
                    }
                    sink.row(row, manifest.line());
                    sum.add(row);
                    jsonl.compare(Json.line(manifest.cells()));
                    if (row.status() == Status.STORED) {
                        sums.follow(RunFiles.sum(row));
                    }
                    expected.row(row);
                    if (text.size() > 0) {
                        rejects.follow(text);
                    }
                } catch (MalformedManifestException e) {
                    complete = false;
                    sink.malformed(e);
                    if (e.kind() != MalformedManifestException.Kind.HEADER) {
                        jsonl.skip();
                    }
                }
            }
            expected.endOfRows();
            rejects.follow(text);
            jsonl.end();
            if (complete) {
                sums.end();
                rejectedLines(rejects);
                rejects.end();
                if (record != null) {
                    counts(record.counts());
                }
            }
        }
    }

    private InputStream open(RunFile file) throws IOException {
        return Files.newInputStream(dir.resolve(file.fileName()));
    }

    /** What no row tells of stands behind the failed tasks, by line. */
    private void rejectedLines(Lines rejects) throws IOException {
        if (rejects.isWrong()) {
            return;
        }
        long count = 0;
        long last = 0;
        for (String text = rejects.next(); text != null; text = rejects.next()) {
            count++;
            long line = rejectedLine(text);
            if (line <= last) {
                rejects.wrong("not a rejected line of the input, or out of order");
                return;
            }
            last = line;
        }
        if (record == null) {
            return;
        }
        Long rejected = record.rejected();
        if (count != (rejected == null ? 0 : rejected)) {
            sink.fault(
                    RunFile.REJECTS_CSV,
                    0,
                    "it has %d rejected lines where run.json counts %d"
                            .formatted(count, rejected == null ? 0 : rejected));
        }
    }

    /** Returns the number of the rejected line, 0 where the text is none. */
    private static long rejectedLine(String text) {
        String[] cells = text.split(",", -1);
        if (cells.length != 4 || cells[2].isEmpty()) {
            return 0;
        }
        for (String cell : cells) {
            if (Csv.fault(cell) != null) {
                return 0;
            }
        }
        return cells[1].matches("[1-9][0-9]{0,17}") ? Long.parseLong(cells[1]) : 0;
    }

    private void counts(RunCounts told) {
        RunCounts counted = sum.counts();
        List<String> wrong = new ArrayList<>();
        differ(wrong, "tasks", told.tasks(), counted.tasks());
        differ(wrong, "rows", told.rows(), counted.rows());
        differ(wrong, "status", told.status(), counted.status());
        differ(wrong, "reason", told.reason(), counted.reason());
        differ(wrong, "stored_bytes", told.storedBytes(), counted.storedBytes());
        differ(wrong, "new_bytes", told.newBytes(), counted.newBytes());
        wrong.forEach(each -> sink.fault(RunFile.RUN_JSON, 0, each));
    }

    private static void differ(List<String> wrong, String name, Object told, Object counted) {
        if (!told.equals(counted)) {
            wrong.add("counts." + name + " says " + told + " where the rows make " + counted);
        }
    }

    /** The lines of a file, held one after the other against what they should be; a file that is not there has none. */
    private final class Lines implements AutoCloseable {
        private static final int LONGEST = 64 * 1024;

        private final RunFile file;
        private final @Nullable ByteLines lines;
        private long line;
        private @Nullable String wrong;
        private long wrongLine;

        Lines(RunFile file) throws IOException {
            this.file = file;
            this.lines = Files.isRegularFile(dir.resolve(file.fileName())) ? new ByteLines(open(file), LONGEST) : null;
        }

        boolean isWrong() {
            return wrong != null;
        }

        /** Holds the next line against the expected one, and goes on whatever it is. */
        void compare(String expected) throws IOException {
            String actual = next();
            if (actual == null && !isWrong()) {
                wrong("the file ends before this line");
            } else if (actual != null && !actual.equals(expected)) {
                sink.fault(file, line, "not what the manifest's row says");
            }
        }

        void skip() throws IOException {
            next();
        }

        /** Holds the next line against the expected one; after one that is wrong the others are not looked at. */
        void follow(String expected) throws IOException {
            if (complete && !isWrong()) {
                String actual = next();
                if (actual == null) {
                    wrong("the file ends before this line");
                } else if (!actual.equals(expected)) {
                    wrong("not what the manifest's rows say");
                }
            }
        }

        /** Holds the next lines against those in the buffer, which is emptied. */
        void follow(ByteArrayOutputStream expected) throws IOException {
            for (String text :
                    expected.toString(StandardCharsets.US_ASCII).lines().toList()) {
                follow(text);
            }
            expected.reset();
        }

        /** Tells what is wrong with the file as a whole, now that all rows are known. */
        void end() throws IOException {
            if (!isWrong() && next() != null) {
                wrong("there is no row for this line");
            }
            if (wrong != null) {
                sink.fault(file, wrongLine, wrong);
            }
        }

        void wrong(String what) {
            wrong = what;
            wrongLine = line;
        }

        /** Returns the next line without its end, or null at the end of the file. */
        @Nullable
        String next() throws IOException {
            line++;
            if (lines == null) {
                return null;
            }
            String text = lines.next();
            // A last line without its end is not what was written.
            return text != null && lines.isCut() ? text + " (cut)" : text;
        }

        @Override
        public void close() throws IOException {
            if (lines != null) {
                lines.close();
            }
        }
    }
}
