package org.mediaarchiver.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.InstantSource;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.StoredObject.Content;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;

/** Looks at an object as closely as can be. */
final class FullRead {
    private FullRead() {}

    /**
     * Returns the object as its bytes and its head tell of it.
     *
     * @throws IOException if it cannot be read to its end
     */
    static StoredObject of(ObjectStore store, ObjectHead head, String contentType, InstantSource clock)
            throws IOException {
        MessageDigest digest = Sha256.newDigest();
        long size;
        try (InputStream bytes = new DigestInputStream(store.open(head.key()), digest)) {
            size = bytes.transferTo(OutputStream.nullOutputStream());
        }
        return new StoredObject(
                store.bucket(),
                head.key(),
                head.versionId(),
                new Content(size, Sha256.ofDigest(digest.digest()), contentType),
                head.etag(),
                head.storeChecksum(),
                clock.instant(),
                VerifyMethod.FULL_READ);
    }
}
