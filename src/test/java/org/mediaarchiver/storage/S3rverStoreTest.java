package org.mediaarchiver.storage;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract on s3rver, which says 200 to whatever it is sent, overwrites what is there, and keeps halves. */
@Tag("servers")
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HTTP_PROBED_VERSIONED")
class S3rverStoreTest extends S3StoreContract {
    @Override
    StoreServer server() {
        return StoreServer.named("TEST_S3RVER");
    }

    @Override
    String name() {
        return "s3rver";
    }

    @Override
    boolean standsRivals() {
        return false;
    }

    @Override
    boolean listsInOrder() {
        return false;
    }

    @Override
    boolean listsUploads() {
        return false;
    }

    @Override
    boolean keepsHalves() {
        return true;
    }
}
