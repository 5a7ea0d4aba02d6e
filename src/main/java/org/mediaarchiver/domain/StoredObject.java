package org.mediaarchiver.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An object in the bucket, as it was verified.
 *
 * @param bucket the bucket's name
 * @param key the whole key, prefix included
 * @param versionId the store's version, where the bucket keeps versions
 * @param content size, digest and type of its bytes
 * @param etag the store's entity tag without quotes, where it gave one
 * @param storeChecksum the store's own checksum as {@code ALG:TYPE:base64}, where it gave one
 * @param storedAt when the store confirmed it
 * @param verifiedBy how it is known to be the bytes that were sent
 */
public record StoredObject(
        String bucket,
        String key,
        @Nullable String versionId,
        Content content,
        @Nullable String etag,
        @Nullable String storeChecksum,
        Instant storedAt,
        VerifyMethod verifiedBy) {

    /**
     * What is known of bytes once they have all been seen.
     *
     * @param size in bytes
     * @param sha256 their digest
     * @param contentType told by the bytes
     */
    public record Content(long size, Sha256 sha256, String contentType) {}
}
