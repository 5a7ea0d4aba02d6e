package org.mediaarchiver.media;

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
 */
public record Spool(Body body, long size, Sha256 sha256) implements AutoCloseable {
    /**
     * Frees the space; closing twice is harmless.
     *
     * @throws StopException if the file cannot be deleted, since spool files that stay fill the disk
     */
    @Override
    public void close() {
        if (body instanceof Body.File file) {
            try {
                SpoolWriter.delete(file.path());
            } catch (IOException e) {
                throw new StopException(
                        "The spool file " + file.path()
                                + " cannot be deleted. Make its directory writable, and run again.",
                        e);
            }
        }
    }
}
