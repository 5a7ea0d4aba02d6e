package org.mediaarchiver.storage;

import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;

/**
 * What a store said when it had taken an object.
 *
 * @param etag as it was given, quotes included
 * @param vouched the digest of the whole object that the store vouches for, null where it does not
 * @param ofParts what a HEAD would tell of an object that was sent in these parts, null where it was sent as a whole
 */
record Receipt(
        @Nullable String etag,
        @Nullable Sha256 vouched,
        @Nullable StoreChecksum ofParts) {}
