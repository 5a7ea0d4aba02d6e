package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.testing.S3Server;

/** The contract on S3Proxy, which keeps no versions, and looks at If-Match and then writes, which another may do in between. */
@ParameterizedClass
@EnumSource(names = {"HTTP", "HTTPS_PROBED"})
class S3ProxyStoreTest extends S3StoreContract {
    @SuppressWarnings("NullAway.Init")
    private static S3Server proxy;

    @BeforeAll
    static void start() {
        proxy = S3Server.start("contract");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Override
    StoreServer server() {
        return StoreServer.of(proxy);
    }

    @Override
    String name() {
        return "S3Proxy";
    }

    @Override
    boolean replacesOnlyOnce() {
        return false;
    }

    @Test
    void aWrongSecretStopsTheRunAndIsNotTold() {
        try (S3ObjectStore wrong = new StoreServer(proxy.endpoint(), proxy.accessKey(), "planted").open("contract")) {
            assertThatThrownBy(() -> wrong.requireUsable("media/"))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("credentials are wrong")
                    .hasMessageNotContaining("planted");
        }
    }
}
