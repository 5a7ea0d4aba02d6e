package org.mediaarchiver.domain;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Bytes that can be read as often as a retry needs. */
public sealed interface Body {
    /**
     * Reads the bytes from their beginning.
     *
     * @throws IOException if they are in a file that cannot be read
     */
    InputStream open() throws IOException;

    /** Bytes in a file that does not change as long as the body is used. */
    record File(Path path) implements Body {
        @Override
        public InputStream open() throws IOException {
            return Files.newInputStream(path);
        }
    }

    /** Bytes in memory, which nobody changes. */
    record Bytes(byte[] bytes) implements Body {
        @Override
        public InputStream open() {
            return new ByteArrayInputStream(bytes);
        }
    }

    /**
     * Bytes in memory, in pieces that nobody changes as long as the body is used.
     *
     * @param size in bytes; what the last piece has beyond it does not count
     */
    record Pieces(List<byte[]> pieces, long size) implements Body {
        @Override
        public InputStream open() {
            List<InputStream> streams = new ArrayList<>();
            long left = size;
            for (byte[] piece : pieces) {
                int length = (int) Math.min(left, piece.length);
                streams.add(new ByteArrayInputStream(piece, 0, length));
                left -= length;
            }
            return new SequenceInputStream(Collections.enumeration(streams));
        }
    }
}
