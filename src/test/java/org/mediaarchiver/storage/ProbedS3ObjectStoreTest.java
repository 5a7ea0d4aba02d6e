package org.mediaarchiver.storage;

import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The contract on a real server that was probed first, so that objects are not looked up before they are created. */
class ProbedS3ObjectStoreTest extends ObjectStoreContract {
    private static S3Server server;
    private static S3ObjectStore store;

    @BeforeAll
    static void start() throws InterruptedException {
        server = S3Server.start("contract");
        store = new S3ObjectStore(
                new S3Settings(
                        "contract",
                        server.endpoint(),
                        server.region(),
                        S3Settings.Addressing.PATH,
                        S3Settings.Placement.AS_THE_BUCKET_SAYS,
                        new S3Settings.Transfer(
                                6_000_000,
                                5_242_880,
                                24,
                                2,
                                Duration.ofMillis(1),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10),
                                1_000_000)),
                InstantSource.system(),
                StaticCredentialsProvider.create(AwsBasicCredentials.create(server.accessKey(), server.secretKey())));
        store.relyOn(store.probe(""));
    }

    @AfterAll
    static void stop() {
        store.close();
        server.close();
    }

    @Override
    ObjectStore store() {
        return store;
    }
}
