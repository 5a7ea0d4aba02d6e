package org.mediaarchiver.media;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.StopException;

/**
 * Takes the bytes of one download: in memory as long as they are few, then in a file.
 *
 * <p>Whatever is not given away with {@link #finish} is deleted by {@link #close}. A disk that takes no more bytes is no fault of
 * the task: every method throws {@link StopException} for it.
 */
final class SpoolWriter implements AutoCloseable {
    private final Path path;
    private final long memoryThreshold;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable FileOutputStream file;

    /**
     * @param path where bytes go that are too many for memory; a file that is there is overwritten
     * @param memoryThreshold how many bytes may stay in memory
     */
    SpoolWriter(Path path, long memoryThreshold) {
        this.path = path;
        this.memoryThreshold = memoryThreshold;
    }

    void write(byte[] buffer, int offset, int length) {
        try {
            if (file == null && memory.size() + length <= memoryThreshold) {
                memory.write(buffer, offset, length);
                return;
            }
            if (file == null) {
                // Not Files.newOutputStream: an interrupt would close its channel, and look like a broken disk.
                file = new FileOutputStream(path.toFile());
                memory.writeTo(file);
                memory.reset();
            }
            file.write(buffer, offset, length);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Forgets all bytes, to take those of another beginning. */
    void restart() {
        memory.reset();
        close();
    }

    /** Gives the bytes away; whoever receives them deletes the file. */
    Body finish() {
        FileOutputStream finished = file;
        if (finished == null) {
            return new Body.Bytes(memory.toByteArray());
        }
        try {
            finished.close();
        } catch (IOException e) {
            throw unusable(e);
        }
        file = null;
        return new Body.File(path);
    }

    /** Deletes what was not given away. */
    @Override
    public void close() {
        FileOutputStream unfinished = file;
        file = null;
        if (unfinished != null) {
            try (unfinished) {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                throw unusable(e);
            }
        }
    }

    private StopException unusable(IOException e) {
        return unusable(path, e);
    }

    static StopException unusable(Path path, IOException e) {
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
