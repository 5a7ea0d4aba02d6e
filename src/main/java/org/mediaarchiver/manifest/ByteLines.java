package org.mediaarchiver.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file, each byte as one character. Of a line that is too long only the beginning is kept, so memory grows with
 * nothing that a file holds.
 */
final class ByteLines implements Closeable {
    private final InputStream in;
    private final int longest;
    private final byte[] buffer = new byte[64 * 1024];
    private final StringBuilder text = new StringBuilder();
    private int position;
    private int filled;
    private boolean isCut;

    /**
     * @param in closed by {@link #close}
     * @param longest a line with more characters than this is returned with some more than this
     */
    ByteLines(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /** Returns the next line without its end, or null at the end of the file. */
    @Nullable
    String next() throws IOException {
        text.setLength(0);
        while (true) {
            if (position == filled) {
                position = 0;
                filled = Math.max(0, in.read(buffer));
                if (filled == 0) {
                    isCut = !text.isEmpty();
                    return isCut ? text.toString() : null;
                }
            }
            int end = position;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            String part = new String(buffer, position, end - position, StandardCharsets.ISO_8859_1);
            boolean isEnded = end < filled;
            position = isEnded ? end + 1 : end;
            if (isEnded && text.isEmpty()) {
                return part;
            }
            if (text.length() <= longest) {
                text.append(part);
            }
            if (isEnded) {
                return text.toString();
            }
        }
    }

    /** Tells whether the file ended within the line that was returned last. */
    boolean isCut() {
        return isCut;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
