package org.mediaarchiver.storage;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The contract on OpenStack Swift, which looks whether a key is free before it completes an upload, and not when.
 *
 * <p>Where it keeps versions it also keeps halves of objects.
 */
@Tag("servers")
@ParameterizedClass
@EnumSource
class SwiftStoreTest extends S3StoreContract {
    @Override
    StoreServer server() {
        return StoreServer.named("TEST_SWIFT");
    }

    @Override
    String name() {
        return "Swift";
    }

    @Override
    boolean completesOnlyOnce() {
        return false;
    }

    /** It keeps the name of a version with the object, in an attribute of which file systems bound the size. */
    @Override
    int longestKey() {
        return keepsVersions() ? 300 : 1024;
    }

    @Override
    boolean keepsHalves() {
        return keepsVersions();
    }
}
