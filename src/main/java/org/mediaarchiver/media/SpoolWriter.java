package org.mediaarchiver.media;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.OpenFiles;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;

/**
 * Takes the bytes of one download: in memory as long as they are few, then in a file.
 *
 * <p>Whatever is not given away with {@link #finish} is deleted by {@link #close}; what a killed process left is deleted unless
 * {@link #takeUp} is called first. A disk that takes no more bytes is no fault of the task: every method throws
 * {@link StopException} for it.
 */
final class SpoolWriter implements AutoCloseable {
    private final Path path;
    private final long memoryThreshold;
    private final SpoolMemory memory;
    private final List<byte[]> pieces = new ArrayList<>();
    private long inPieces;
    private @Nullable FileOutputStream file;
    private boolean finished;

    /**
     * @param path where bytes go that are too many for memory
     * @param memoryThreshold how many bytes may stay in memory
     * @param memory as much of it as is free
     */
    SpoolWriter(Path path, long memoryThreshold, SpoolMemory memory) {
        this.path = path;
        this.memoryThreshold = memoryThreshold;
        this.memory = memory;
    }

    /** Sees bytes that are in the file already. */
    interface Reader {
        void accept(byte[] buffer, int offset, int length);
    }

    /** Returns how far a killed process had come, or nothing where it left nothing of use. */
    Optional<Checkpoint> lastCheckpoint() {
        return Checkpoint.last(path);
    }

    /**
     * Reads back what a killed process left, to go on after it.
     *
     * @param length how many bytes to keep; what follows them is cut off
     * @return whether there are that many; where not, {@link #restart} is to follow
     */
    boolean takeUp(long length, byte[] buffer, Reader reader) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream left = new FileInputStream(path.toFile())) {
            for (long missing = length; missing > 0; ) {
                int count = left.read(buffer, 0, (int) Math.min(missing, buffer.length));
                if (count < 0) {
                    return false;
                }
                reader.accept(buffer, 0, count);
                missing -= count;
            }
            try (RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
                cut.setLength(length);
            }
            file = new FileOutputStream(path.toFile(), true);
            return true;
        } catch (IOException e) {
            // Whatever is the matter with this file, the download begins anew, and tells where that is impossible too.
            return false;
        }
    }

    /** Notes how far the file has come; bytes in memory are not worth it. */
    void note(Checkpoint checkpoint) {
        if (file != null) {
            try {
                checkpoint.append(path);
            } catch (IOException e) {
                throw unusable(e);
            }
        }
    }

    /** Takes no memory for a file that is announced to be too large for it. */
    void expect(long bytes) {
        try {
            if (file == null && inPieces == 0 && bytes > memoryThreshold) {
                file = openFile();
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    void write(byte[] buffer, int offset, int length) {
        try {
            if (file == null && isRoomFor(length)) {
                copy(buffer, offset, length);
                return;
            }
            if (file == null) {
                file = openFile();
                try (InputStream soFar = inMemory().open()) {
                    soFar.transferTo(file);
                }
                forgetPieces();
            }
            file.write(buffer, offset, length);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private boolean isRoomFor(int length) {
        if (inPieces + length > memoryThreshold) {
            return false;
        }
        while ((long) pieces.size() * SpoolMemory.PIECE_BYTES < inPieces + length) {
            byte[] piece = memory.take();
            if (piece == null) {
                return false;
            }
            pieces.add(piece);
        }
        return true;
    }

    private void copy(byte[] buffer, int offset, int length) {
        int copied = 0;
        while (copied < length) {
            int at = (int) (inPieces % SpoolMemory.PIECE_BYTES);
            int count = Math.min(length - copied, SpoolMemory.PIECE_BYTES - at);
            byte[] piece = pieces.get((int) (inPieces / SpoolMemory.PIECE_BYTES));
            System.arraycopy(buffer, offset + copied, piece, at, count);
            copied += count;
            inPieces += count;
        }
    }

    /** The last pieces may hold nothing, where there was no room for what they were taken for. */
    private Body.Pieces inMemory() {
        int filled = Math.ceilDiv((int) inPieces, SpoolMemory.PIECE_BYTES);
        return new Body.Pieces(List.copyOf(pieces.subList(0, filled)), inPieces);
    }

    private void forgetPieces() {
        memory.giveBack(pieces);
        inPieces = 0;
    }

    private FileOutputStream openFile() throws IOException {
        // Not Files.newOutputStream: an interrupt would close its channel, and look like a broken disk.
        return new FileOutputStream(path.toFile());
    }

    /** Forgets all bytes, to take those of another beginning. */
    void restart() {
        close();
    }

    /**
     * Gives the bytes away.
     *
     * @param sha256 of all of them
     */
    Spool finish(long size, Sha256 sha256) {
        FileOutputStream whole = file;
        finished = true;
        if (whole == null) {
            return new Spool(inMemory(), size, sha256, () -> memory.giveBack(pieces));
        }
        try {
            whole.close();
        } catch (IOException e) {
            finished = false;
            throw unusable(e);
        }
        return new Spool(new Body.File(path), size, sha256, () -> delete(path));
    }

    /** Deletes what was not given away. */
    @Override
    public void close() {
        if (finished) {
            return;
        }
        FileOutputStream unfinished = file;
        file = null;
        forgetPieces();
        try {
            if (unfinished != null) {
                unfinished.close();
            }
            delete(path);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Deletes a spool file and what is noted beside it. */
    static void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(Checkpoint.beside(path));
    }

    private StopException unusable(IOException e) {
        return unusable(path, e);
    }

    static StopException unusable(Path path, IOException e) {
        OpenFiles.requireNotExhausted(e);
        String message = e.getMessage() == null ? "" : e.getMessage().toLowerCase(Locale.ROOT);
        boolean full = message.contains("no space left") || message.contains("quota exceeded");
        return new StopException(
                full
                        ? "The disk is full: " + path
                                + " cannot be written. Free space there, or move archiver.home to a larger"
                                + " disk, and run again."
                        : "The spool " + path + " cannot be written. Make its directory writable, and run again.",
                e);
    }
}
