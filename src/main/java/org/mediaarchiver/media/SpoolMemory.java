package org.mediaarchiver.media;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that all downloads share, in pieces that are used again: the collector would copy and clear gigabytes otherwise.
 *
 * <p>Safe for use by many threads.
 */
final class SpoolMemory {
    static final int PIECE_BYTES = 64 * 1024;

    private final long most;
    private final Deque<byte[]> free = new ArrayDeque<>();
    private long used;

    /** @param bytes that all pieces together may take up */
    SpoolMemory(long bytes) {
        this.most = bytes / PIECE_BYTES;
    }

    /** Returns a piece with any content, or null where all are used. */
    synchronized byte @Nullable [] take() {
        if (used == most) {
            return null;
        }
        used++;
        byte[] piece = free.poll();
        return piece == null ? new byte[PIECE_BYTES] : piece;
    }

    /** Takes pieces back; the list is empty afterwards, so that none comes back twice. */
    synchronized void giveBack(List<byte[]> pieces) {
        used -= pieces.size();
        free.addAll(pieces);
        pieces.clear();
        if (used == 0) {
            // Whoever comes after the downloads may need it.
            free.clear();
        }
    }
}
