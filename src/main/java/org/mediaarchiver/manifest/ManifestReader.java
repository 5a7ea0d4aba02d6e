package org.mediaarchiver.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
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

    private final InputStream in;
    private final byte[] buffer = new byte[64 * 1024];
    private final StringBuilder text = new StringBuilder(1024);
    private int position;
    private int filled;
    private long line;
    private String previous = "";

    /** Reads from {@code in}, which {@link #close} closes. */
    public ManifestReader(InputStream in) {
        this.in = in;
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

    /** Returns the line that was read last, the header being 1. */
    public long line() {
        return line;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private ManifestRow parse(String csv) throws MalformedManifestException {
        String[] texts = csv.split(",", -1);
        Column[] columns = Column.values();
        if (texts.length != columns.length) {
            throw fault(Kind.FORM, "a row has " + columns.length + " cells and not " + texts.length);
        }
        Map<Column, String> cells = new EnumMap<>(Column.class);
        for (int i = 0; i < columns.length; i++) {
            String fault = Csv.fault(texts[i]);
            if (fault != null) {
                throw fault(Kind.FORM, "column " + columns[i].title() + " " + fault);
            }
            if (!texts[i].isEmpty()) {
                cells.put(columns[i], texts[i]);
            }
        }
        ManifestRow row = new Cells(cells).row();
        // Whatever has two spellings (007, another time zone) is written in one of them.
        if (!Column.line(row).equals(csv)) {
            throw fault(Kind.VALUE, "a value is not spelled as a manifest spells it");
        }
        return row;
    }

    /** Returns the next line without its end, or null at the end of the file. */
    private @Nullable String nextLine() throws IOException {
        line++;
        text.setLength(0);
        while (true) {
            if (position == filled) {
                position = 0;
                filled = Math.max(0, in.read(buffer));
                if (filled == 0) {
                    if (text.isEmpty()) {
                        return null;
                    }
                    throw fault(Kind.CUT, "the file ends within a line");
                }
            }
            int start = position;
            while (position < filled && buffer[position] != '\n') {
                position++;
            }
            text.append(new String(buffer, start, position - start, StandardCharsets.ISO_8859_1));
            if (text.length() > LONGEST_LINE) {
                throw fault(Kind.FORM, "longer than any row");
            }
            if (position < filled) {
                position++;
                return text.toString();
            }
        }
    }

    private MalformedManifestException fault(Kind kind, String what) {
        return new MalformedManifestException(kind, line, what);
    }

    /** The cells of one line that are not empty, each read as its column's type. */
    private final class Cells {
        private final Map<Column, String> cells;

        Cells(Map<Column, String> cells) {
            this.cells = cells;
        }

        ManifestRow row() throws MalformedManifestException {
            RunId runId = required(Column.RUN_ID, RunId::new);
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
            return cells.get(column);
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
