package org.mediaarchiver.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Rfc3339;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.manifest.MalformedManifestException.Kind;

/**
 * Reads {@code manifest.csv} row by row, and believes nothing: only a file that this program would have written, byte for byte, is
 * read to its end.
 *
 * <p>Memory does not grow with the file. Not safe for use by several threads.
 */
public final class ManifestReader implements Closeable {
    /** A row holds at most a key and a URL of some 3,000 characters; what is longer is no row. */
    private static final int LONGEST_LINE = 16 * 1024;

    private final ByteLines lines;
    private long line;
    private String previous = "";
    private @Nullable RunId run;
    private String[] cells = {};

    /** Reads from {@code in}, which {@link #close} closes. */
    public ManifestReader(InputStream in) {
        this.lines = new ByteLines(in, LONGEST_LINE);
    }

    /**
     * Returns the next row, or null after the last.
     *
     * <p>After a line that is wrong it may be called again, and goes on with the line after that; rows come in order even then.
     *
     * @throws MalformedManifestException if header, form, words, order or uniqueness of rows are not those of a manifest, or the
     *     file ends within a line
     * @throws IOException if the bytes cannot be read
     */
    public @Nullable ManifestRow read() throws IOException {
        if (line == 0 && !Column.HEADER.equals(nextLine())) {
            throw fault(Kind.HEADER, "not the header of a manifest");
        }
        String next = nextLine();
        if (next == null) {
            return null;
        }
        ManifestRow row = parse(next);
        String key = row.sortKey();
        int order = key.compareTo(previous);
        if (order == 0) {
            throw fault(Kind.DUPLICATE, "a second row for " + key);
        }
        if (order < 0) {
            throw fault(Kind.ORDER, key + " stands after " + previous);
        }
        previous = key;
        return row;
    }

    /** Returns what stands in the cells of the row that was read last, as {@link Column#cells} does. */
    String[] cells() {
        return cells;
    }

    /** Returns the line that was read last, the header being 1. */
    public long line() {
        return line;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    private ManifestRow parse(String csv) throws MalformedManifestException {
        String[] texts = csv.split(",", -1);
        if (texts.length != Column.ALL.size()) {
            throw fault(Kind.FORM, "a row has " + Column.ALL.size() + " cells and not " + texts.length);
        }
        for (int i = 0; i < Column.ALL.size(); i++) {
            String fault = Csv.fault(texts[i]);
            if (fault != null) {
                throw fault(Kind.FORM, "column " + Column.ALL.get(i).title() + " " + fault);
            }
        }
        ManifestRow row = new Cells(texts).row();
        // Whatever has two spellings (007, another time zone) is written in one of them.
        if (!Arrays.equals(Column.cells(row), texts)) {
            throw fault(Kind.VALUE, "a value is not spelled as a manifest spells it");
        }
        cells = texts;
        return row;
    }

    /** Returns the next line without its end, or null at the end of the file. */
    private @Nullable String nextLine() throws IOException {
        line++;
        String next = lines.next();
        if (next != null && next.length() > LONGEST_LINE) {
            throw fault(Kind.FORM, "longer than any row");
        }
        if (next != null && lines.isCut()) {
            throw fault(Kind.CUT, "the file ends within a line");
        }
        return next;
    }

    /** To parse the same time a million times is a good part of what rows cost. */
    private RunId runId(String text) {
        RunId known = run;
        if (known == null || !known.value().equals(text)) {
            known = new RunId(text);
            run = known;
        }
        return known;
    }

    private MalformedManifestException fault(Kind kind, String what) {
        return new MalformedManifestException(kind, line, what);
    }

    /** The cells of one line, each read as its column's type where it is not empty. */
    private final class Cells {
        private final String[] texts;

        Cells(String[] texts) {
            this.texts = texts;
        }

        ManifestRow row() throws MalformedManifestException {
            RunId runId = required(Column.RUN_ID, ManifestReader.this::runId);
            Long inputLine = optional(Column.INPUT_LINE, Long::valueOf);
            TaskId taskId = required(Column.TASK_ID, TaskId::new);
            Role role = required(Column.ROLE, word -> Role.valueOf(upperCase(word)));
            Status status = required(Column.STATUS, word -> Status.valueOf(upperCase(word)));
            Reason reason = optional(Column.REASON, Reason::valueOf);
            int attempts = required(Column.ATTEMPTS, Integer::valueOf);
            Long sizeBytes = optional(Column.SIZE_BYTES, Long::valueOf);
            Sha256 sha256 = optional(Column.SHA256, Sha256::new);
            Sha256 sourceUrlSha256 = optional(Column.SOURCE_URL_SHA256, Sha256::new);
            Instant fetchedAt = optional(Column.FETCHED_AT, Rfc3339::parse);
            Instant storedAt = optional(Column.STORED_AT, Rfc3339::parse);
            VerifyMethod verifyMethod = optional(Column.VERIFY_METHOD, word -> VerifyMethod.valueOf(upperCase(word)));
            try {
                return new ManifestRow(
                        runId,
                        inputLine,
                        taskId,
                        role,
                        status,
                        reason,
                        attempts,
                        text(Column.BUCKET),
                        text(Column.KEY),
                        text(Column.VERSION_ID),
                        sizeBytes,
                        sha256,
                        text(Column.CONTENT_TYPE),
                        text(Column.ETAG),
                        text(Column.STORE_CHECKSUM),
                        text(Column.SOURCE_URL),
                        sourceUrlSha256,
                        text(Column.WORK_STATUS),
                        fetchedAt,
                        storedAt,
                        verifyMethod,
                        text(Column.ERROR_DETAIL));
            } catch (IllegalArgumentException e) {
                throw fault(Kind.VALUE, String.valueOf(e.getMessage()));
            }
        }

        private @Nullable String text(Column column) {
            String text = column.in(texts);
            return text.isEmpty() ? null : text;
        }

        private <T> T required(Column column, Parser<T> parser) throws MalformedManifestException {
            T value = optional(column, parser);
            if (value == null) {
                throw fault(Kind.VALUE, "column " + column.title() + " is empty");
            }
            return value;
        }

        private <T> @Nullable T optional(Column column, Parser<T> parser) throws MalformedManifestException {
            String cell = text(column);
            if (cell == null) {
                return null;
            }
            try {
                return parser.parse(cell);
            } catch (IllegalArgumentException | DateTimeException e) {
                throw fault(Kind.VALUE, "column " + column.title() + " cannot hold " + cell);
            }
        }

        private static String upperCase(String word) {
            return word.toUpperCase(Locale.ROOT);
        }
    }

    /** Reads one cell; says with an exception that it cannot. */
    private interface Parser<T> {
        T parse(String cell);
    }
}
