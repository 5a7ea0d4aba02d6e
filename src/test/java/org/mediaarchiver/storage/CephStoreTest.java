package org.mediaarchiver.storage;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract on Ceph's object gateway. */
@Tag("servers")
@ParameterizedClass
@EnumSource
class CephStoreTest extends S3StoreContract {
    @Override
    StoreServer server() {
        return StoreServer.named("TEST_CEPH");
    }

    @Override
    String name() {
        return "Ceph";
    }
}
