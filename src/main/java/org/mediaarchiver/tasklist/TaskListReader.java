package org.mediaarchiver.tasklist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.tasklist.InputLine.Rejected;
import org.mediaarchiver.tasklist.InputLine.Task;
import org.mediaarchiver.tasklist.PhysicalLines.Line;

/**
 * Reads the input: a CSV, plain or gzip, with one task id a record.
 *
 * <p>CSV is that of RFC 4180 in UTF-8, with or without a byte order mark; lines end with LF, CRLF or CR. Blank lines, and lines
 * that begin with {@code #} outside of quotes, are passed over. Spaces round a cell do not count.
 *
 * <p>The first record is the header. The id column is the one that has the given name in any case; other columns, and cells
 * beyond the header's, do not matter. Only where the first record is a single cell that is <em>not</em> the column's name does
 * the file have no header: that record is data like all others, and ids are in the first cell.
 *
 * <p>Each record comes out as a {@link Task} or as {@link Rejected}, in the order of the file; none is dropped, and a task that
 * is named twice comes twice. A record with text after a closing quote, or with an id over several lines, is rejected, and
 * reading goes on with the line after its first: a forgotten quote cannot swallow the lines after it.
 *
 * <p>The file is streamed: memory does not grow with it. Not safe for use by several threads.
 */
public final class TaskListReader implements AutoCloseable {
    private static final int TEXT_LIMIT = 200;
    private static final int COLUMNS_TOLD = 10;
    private static final int COLUMN_NAME_TOLD = 40;

    /** An open quote at the end of the file must not be an exception without a line: it is found by what was read. */
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setIgnoreSurroundingSpaces(true)
            .setLenientEof(true)
            .get();

    private final String name;
    private final String column;
    private final RecordText text;
    private Iterator<CSVRecord> records;
    private int idColumn;
    private @Nullable InputLine first;

    private TaskListReader(String name, String column, PhysicalLines lines) {
        this.name = name;
        this.column = column.strip();
        this.text = new RecordText(name, lines);
        this.records = parse();
    }

    /**
     * Opens a file and reads its header.
     *
     * @param name of the file for people, in messages
     * @param column the name of the id column, in any case
     * @throws StopException if the file is not there or not readable, is not UTF-8, holds no record, or has no id column
     */
    public static TaskListReader open(Path file, String name, String column) {
        TaskListReader reader = new TaskListReader(name, column, PhysicalLines.open(file, name));
        try {
            reader.readHeader();
            return reader;
        } catch (StopException e) {
            try {
                reader.text.close();
            } catch (IOException unclosed) {
                e.addSuppressed(unclosed);
            }
            throw e;
        }
    }

    /**
     * Returns what the next record came to, or null after the last one.
     *
     * @throws StopException if the file cannot be read further, is not UTF-8, has a record of more than 1 MiB, or ends within
     *     quotes
     */
    public @Nullable InputLine next() {
        if (first != null) {
            InputLine line = first;
            first = null;
            return line;
        }
        CSVRecord record;
        try {
            record = nextRecord();
        } catch (UncheckedIOException e) {
            return malformed("text follows a closing quote (a quote within a cell is doubled)");
        }
        return record == null ? null : lineOf(record);
    }

    /** Returns how many physical lines have been read: all of them once {@link #next} has returned null. */
    public long lines() {
        return text.lines();
    }

    private void readHeader() {
        CSVRecord header;
        try {
            header = nextRecord();
        } catch (UncheckedIOException e) {
            throw new StopException(
                    "Line " + text.firstLine().number() + " of the input " + name
                            + " should be its header but has text after a closing quote. Correct the quotes.",
                    e);
        }
        if (header == null) {
            throw new StopException("The input " + name + " holds no line but blank ones and comments. "
                    + "Check that its export worked.");
        }
        List<String> names = header.stream().map(String::strip).toList();
        List<String> ids = names.stream().filter(column::equalsIgnoreCase).toList();
        if (ids.size() == 1) {
            idColumn = names.indexOf(ids.getFirst());
        } else if (ids.size() > 1) {
            throw new StopException("The input " + name + " has " + ids.size() + " columns named " + column
                    + ". Rename all but one, or name another with --column.");
        } else if (names.size() > 1 || isHeaderWithOtherDelimiter(names.getFirst())) {
            throw new StopException("The input " + name + " has no column " + column + "; line "
                    + text.firstLine().number() + " has " + told(names)
                    + ". Name the id column with --column, and separate columns by commas.");
        } else {
            first = lineOf(header);
        }
    }

    /** Spreadsheets write semicolons or tabs in some languages; each line would then be a single cell that is no id. */
    private boolean isHeaderWithOtherDelimiter(String cell) {
        List<String> names = List.of(cell.split("[;\t|]", -1));
        return names.size() > 1 && names.stream().map(String::strip).anyMatch(column::equalsIgnoreCase);
    }

    private static String told(List<String> names) {
        String told = names.stream()
                .limit(COLUMNS_TOLD)
                .map(name -> Text.cut(Text.percentEncoded(name), COLUMN_NAME_TOLD))
                .collect(Collectors.joining(", "));
        return names.size() > COLUMNS_TOLD ? told + " and " + (names.size() - COLUMNS_TOLD) + " more" : told;
    }

    /** @throws UncheckedIOException if the record is malformed; what else can go wrong is a {@link StopException} by now */
    private @Nullable CSVRecord nextRecord() {
        text.startRecord();
        if (!records.hasNext()) {
            return null;
        }
        CSVRecord record = records.next();
        if (text.ended()) {
            throw openQuote(record);
        }
        return record;
    }

    /** The cell that was still open is the last one, and begins as many lines before the end as it has line breaks. */
    private StopException openQuote(CSVRecord record) {
        long breaks =
                record.get(record.size() - 1).chars().filter(c -> c == '\n').count();
        long opened = text.lastLine().number() - breaks + 1;
        return new StopException("The input " + name + " ends within quotes that were opened in line " + opened
                + ". Close them, or export the file again: it may have been cut.");
    }

    private InputLine lineOf(CSVRecord record) {
        long line = text.firstLine().number();
        if (record.size() <= idColumn) {
            return rejected(line, "", "the row ends before the column " + column);
        }
        String cell = record.get(idColumn).strip();
        if (cell.isEmpty()) {
            return rejected(line, "", "the column " + column + " is empty");
        }
        if (cell.indexOf('\n') >= 0) {
            return malformed("the column " + column + " has a line break within quotes");
        }
        return TaskId.parse(cell)
                .<InputLine>map(id -> new Task(line, id))
                .orElseGet(
                        () -> rejected(
                                line,
                                cell,
                                "not a task id: it has 1 to 128 letters or digits or _ or - and begins with a letter or digit"));
    }

    /** Rejects the record's first line; the lines after it may hold good records that a stray quote had hidden. */
    private Rejected malformed(String detail) {
        Line line = text.firstLine();
        text.giveUpRecord();
        records = parse();
        return rejected(line.number(), line.text(), detail);
    }

    private static Rejected rejected(long line, String text, String detail) {
        String encoded = Text.percentEncoded(Text.cut(text, TEXT_LIMIT));
        // At the start of a line of rejects.csv it would be a comment to the run that reads the file again.
        String safe = encoded.startsWith("#") ? "%23" + encoded.substring(1) : encoded;
        return new Rejected(line, Text.cut(safe, TEXT_LIMIT), new Detail(detail));
    }

    private Iterator<CSVRecord> parse() {
        try {
            return CSVParser.parse(text, FORMAT).iterator();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            text.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
