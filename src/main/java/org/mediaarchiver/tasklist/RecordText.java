package org.mediaarchiver.tasklist;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.tasklist.PhysicalLines.Line;

/**
 * Feeds a CSV parser one physical line at a time and remembers those of the record at hand.
 *
 * <p>A parser that asks for no more than it needs has then seen exactly the lines of its record. So the record's first line is
 * known, and where the record turns out to be malformed the lines after its first can be read once more as records of their own:
 * a stray quote costs its own line and not all lines up to the next quote.
 */
final class RecordText extends Reader {
    /** Longest record in characters. */
    static final int LIMIT = PhysicalLines.LIMIT;

    /** How much may be read again over a whole file, in characters: many stray quotes, but no endless rereading. */
    private static final long REREAD_LIMIT = 16L * LIMIT;

    private final String name;
    private final PhysicalLines lines;
    private final List<Line> record = new ArrayList<>();
    private final Deque<Line> again = new ArrayDeque<>();
    private String text = "";
    private int position;
    private int size;
    private long reread;
    private boolean ended;

    RecordText(String name, PhysicalLines lines) {
        this.name = name;
        this.lines = lines;
    }

    /** Begins a record: blank lines and comments up to its first line are passed over. */
    void startRecord() {
        record.clear();
        size = 0;
        ended = false;
    }

    Line firstLine() {
        return record.getFirst();
    }

    Line lastLine() {
        return record.getLast();
    }

    /** Tells whether the file ended before the record at hand was complete, or before there was one. */
    boolean ended() {
        return ended;
    }

    /**
     * Gives up the record at hand: the next one begins on the line after its first.
     *
     * @throws StopException if too much of the file had to be read again already
     */
    void giveUpRecord() {
        reread += size;
        if (reread > REREAD_LIMIT) {
            throw new StopException("The quotes in the input " + name + " do not pair up, at line "
                    + firstLine().number() + " and many before it. Export it again as CSV.");
        }
        for (Line line : record.reversed().subList(0, record.size() - 1)) {
            again.addFirst(line);
        }
        text = "";
        position = 0;
    }

    /** Returns how many physical lines have been read. */
    long lines() {
        return lines.count();
    }

    @Override
    public int read(char[] target, int offset, int length) {
        if (position == text.length() && !advance()) {
            return -1;
        }
        int count = Math.min(length, text.length() - position);
        text.getChars(position, position + count, target, offset);
        position += count;
        return count;
    }

    private boolean advance() {
        Line line = record.isEmpty() ? firstOfRecord() : nextLine();
        if (line == null) {
            ended = true;
            return false;
        }
        record.add(line);
        text = line.text() + '\n';
        position = 0;
        size += text.length();
        if (size > LIMIT + 1) {
            throw new StopException(
                    "The record that begins at line " + firstLine().number() + " of the input " + name
                            + " is longer than 1 MiB. Check that its quotes are closed.");
        }
        return true;
    }

    private @Nullable Line firstOfRecord() {
        Line line = nextLine();
        while (line != null && (line.text().isBlank() || line.text().startsWith("#"))) {
            line = nextLine();
        }
        return line;
    }

    private @Nullable Line nextLine() {
        Line line = again.poll();
        return line != null ? line : lines.next();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
