package org.mediaarchiver.storage;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The contract on S3Mock, which looks at conditions and then writes, which others may do in between.
 *
 * <p>Over TLS it takes the name of an algorithm for the promise of a trailer, and refuses parts.
 */
@ParameterizedClass
@EnumSource(names = {"HTTP", "HTTP_PROBED_VERSIONED"})
class S3MockStoreTest extends S3StoreContract {
    @Override
    StoreServer server() {
        return StoreServer.s3Mock();
    }

    @Override
    String name() {
        return "S3Mock";
    }

    @Override
    boolean replacesOnlyOnce() {
        return false;
    }

    @Override
    boolean standsRivals() {
        return false;
    }

    @Override
    boolean abortsUploadsAlone() {
        return false;
    }
}
