package org.mediaarchiver.storage;

import org.jspecify.annotations.Nullable;

/**
 * What a store said when it had taken an object.
 *
 * @param etag as it was given, quotes included
 * @param versionId null where the bucket keeps no versions
 * @param vouched the SHA-256 of the whole object that the store vouches for, null where it does not
 * @param ofParts what a HEAD would tell of an object that was sent in these parts, null where it was sent as a whole
 */
record Receipt(
        @Nullable String etag,
        @Nullable String versionId,
        @Nullable StoreChecksum vouched,
        @Nullable StoreChecksum ofParts) {}
