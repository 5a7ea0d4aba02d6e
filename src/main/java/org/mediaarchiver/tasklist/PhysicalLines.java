package org.mediaarchiver.tasklist;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;

/**
 * The lines of a text file, numbered as an editor numbers them; ended by LF, CRLF or CR.
 *
 * <p>Lines are cut out of the bytes before these are decoded, so that a wrong encoding can be told with its line. Not safe for
 * use by several threads.
 */
final class PhysicalLines implements Closeable {
    /** Longest line in bytes: enough for any row of a sane table, and small enough to be held in memory. */
    static final int LIMIT = 1024 * 1024;

    private static final int BUFFER = 64 * 1024;
    private static final byte[] UTF8_BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final byte[] UTF16_BE_BOM = {(byte) 0xFE, (byte) 0xFF};
    private static final byte[] UTF16_LE_BOM = {(byte) 0xFF, (byte) 0xFE};

    /**
     * @param number the first line is 1
     * @param text without the line's end
     */
    record Line(long number, String text) {}

    private final String name;
    private final InputStream in;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int end;
    private byte[] line = new byte[256];
    private long number;

    private PhysicalLines(String name, InputStream in) {
        this.name = name;
        this.in = in;
    }

    /**
     * @param name of the file for people
     * @throws StopException if the file cannot be opened, or is not UTF-8 by its first bytes
     */
    static PhysicalLines open(Path file, String name) {
        if (Files.isDirectory(file)) {
            throw new StopException("The input " + name + " is a directory. Name a CSV file.");
        }
        InputStream raw;
        try {
            raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
        try {
            PhysicalLines lines = new PhysicalLines(name, unpacked(raw));
            lines.fill();
            lines.refuseUtf16();
            lines.skipByteOrderMark();
            return lines;
        } catch (IOException e) {
            throw closing(raw, unreadable(name, e));
        } catch (StopException e) {
            throw closing(raw, e);
        }
    }

    /**
     * Returns the next line, or null after the last one.
     *
     * @throws StopException if the file cannot be read further, or the line is too long or not UTF-8
     */
    @Nullable
    Line next() {
        int b = read();
        if (b < 0) {
            return null;
        }
        number++;
        int length = 0;
        while (b >= 0 && b != '\n' && b != '\r') {
            if (b == 0) {
                throw new StopException("The input " + name + " has a NUL byte in line " + number
                        + ": it is UTF-16 or no text at all. Save it as CSV in UTF-8.");
            }
            if (length == LIMIT) {
                throw new StopException("Line " + number + " of the input " + name
                        + " is longer than 1 MiB. Check that it is a CSV with one task a line.");
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, Math.min(2 * length, LIMIT));
            }
            line[length++] = (byte) b;
            b = read();
        }
        if (b == '\r' && peek() == '\n') {
            position++;
        }
        return new Line(number, decoded(length));
    }

    /** Returns how many lines have been read. */
    long count() {
        return number;
    }

    private String decoded(int length) {
        try {
            return decoder.decode(ByteBuffer.wrap(line, 0, length)).toString();
        } catch (CharacterCodingException e) {
            throw new StopException(
                    "Line " + number + " of the input " + name
                            + " is not UTF-8; Latin-1 and Windows-1252 are the usual cause. Save it as CSV in UTF-8.",
                    e);
        }
    }

    private int read() {
        int b = peek();
        if (b >= 0) {
            position++;
        }
        return b;
    }

    private int peek() {
        if (position == end) {
            fill();
        }
        return end < 0 ? -1 : buffer[position] & 0xff;
    }

    /** After the end of the file {@code end} is -1 and {@code position} 0: they are never equal again. */
    private void fill() {
        if (end < 0) {
            return;
        }
        try {
            position = 0;
            end = in.readNBytes(buffer, 0, BUFFER);
            if (end == 0) {
                end = -1;
            }
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private void refuseUtf16() {
        if (startsWith(UTF16_BE_BOM) || startsWith(UTF16_LE_BOM)) {
            throw new StopException("The input " + name + " is UTF-16. Save it as CSV in UTF-8.");
        }
    }

    private void skipByteOrderMark() {
        if (startsWith(UTF8_BOM)) {
            position = UTF8_BOM.length;
        }
    }

    private boolean startsWith(byte[] mark) {
        return end >= mark.length && Arrays.equals(buffer, 0, mark.length, mark, 0, mark.length);
    }

    private static InputStream unpacked(InputStream raw) throws IOException {
        raw.mark(2);
        byte[] magic = raw.readNBytes(2);
        raw.reset();
        boolean gzip = magic.length == 2 && magic[0] == 0x1f && (magic[1] & 0xff) == 0x8b;
        return gzip ? new GZIPInputStream(raw, BUFFER) : raw;
    }

    /** Says what the operating system's refusal means for whoever named the file. */
    static StopException unreadable(String name, IOException e) {
        String input = "The input " + name;
        return switch (e) {
            case NoSuchFileException missing -> new StopException(input + " does not exist. Check the path.", missing);
            case AccessDeniedException denied ->
                new StopException(
                        input + " may not be read by user " + System.getProperty("user.name")
                                + ". Give that user read permission.",
                        denied);
            case EOFException cut ->
                new StopException(input + " is a gzip file that was cut short. Copy it again from where it came.", cut);
            case ZipException damaged ->
                new StopException(input + " is a damaged gzip file. Copy it again from where it came.", damaged);
            default ->
                new StopException(
                        input + " could not be read to its end. Check the disk or share it lies on, then run again.",
                        e);
        };
    }

    private static StopException closing(InputStream raw, StopException failure) {
        try {
            raw.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
