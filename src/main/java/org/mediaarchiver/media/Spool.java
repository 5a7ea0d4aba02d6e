package org.mediaarchiver.media;

import java.io.Closeable;
import java.io.IOException;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;

/**
 * Downloaded bytes on their way to the store.
 *
 * @param body the bytes, valid until {@link #close}
 * @param size in bytes
 * @param sha256 of the bytes
 * @param space what is freed with the spool, and may be closed twice
 */
public record Spool(Body body, long size, Sha256 sha256, Closeable space) implements AutoCloseable {
    /**
     * Frees the space; closing twice is harmless.
     *
     * @throws StopException if the file cannot be deleted, since spool files that stay fill the disk
     */
    @Override
    public void close() {
        try {
            space.close();
        } catch (IOException e) {
            throw new StopException(
                    "A spool file cannot be deleted: " + e.getMessage()
                            + ". Make its directory writable, and run again.",
                    e);
        }
    }
}
