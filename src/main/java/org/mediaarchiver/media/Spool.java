package org.mediaarchiver.media;

import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Sha256;

/**
 * Downloaded bytes on their way to the store.
 *
 * @param body the bytes, valid until {@link #close}
 * @param size in bytes
 * @param sha256 of the bytes
 */
public record Spool(Body body, long size, Sha256 sha256) implements AutoCloseable {
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
