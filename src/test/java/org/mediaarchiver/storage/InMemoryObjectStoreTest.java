package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class InMemoryObjectStoreTest extends ObjectStoreContract {
    private final InMemoryObjectStore store = new InMemoryObjectStore("bucket", InstantSource.system());

    @Override
    ObjectStore store() {
        return store;
    }

    /** S3Proxy sorts by UTF-16 instead, so this is no part of the contract that is tried on it. */
    @Test
    void aListingIsInTheOrderOfUtf8BeyondTheBasicPlaneToo() {
        for (String key : List.of("\uff5e", "\ud83c\udfac")) {
            store.create(object(key, key.getBytes(UTF_8)));
        }

        assertThat(store.list("").map(ObjectStore.ObjectHead::key)).containsExactly("\uff5e", "\ud83c\udfac");
    }

    @Nested
    class WithVersions extends ObjectStoreContract {
        private final InMemoryObjectStore versioned =
                InMemoryObjectStore.withVersions("bucket", InstantSource.system());

        @Override
        ObjectStore store() {
            return versioned;
        }

        @Override
        boolean keepsVersions() {
            return true;
        }
    }

    @AfterEach
    void close() {
        store.close();
    }
}
