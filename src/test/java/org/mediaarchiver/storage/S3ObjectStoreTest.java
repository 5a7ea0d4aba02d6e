package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** The contract on a real server over HTTP, and what only S3 has. */
class S3ObjectStoreTest extends ObjectStoreContract {
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");
    private static final String BUCKET = "contract";

    private static S3Server server;
    private static S3ObjectStore store;

    @BeforeAll
    static void start() {
        server = S3Server.start(BUCKET);
        store = new S3ObjectStore(settings(BUCKET, server.endpoint()), InstantSource.fixed(NOW), credentials());
        store.relyOn(new StoreCapabilities(Map.of(Feature.MATCH_KEPT, Answer.YES)));
    }

    @AfterAll
    static void stop() {
        store.close();
        server.close();
    }

    private static StaticCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(server.accessKey(), server.secretKey()));
    }

    private static S3Settings settings(String bucket, URI endpoint) {
        return new S3Settings(
                bucket,
                endpoint,
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
                        1_000_000));
    }

    @Override
    ObjectStore store() {
        return store;
    }

    @Test
    void aCreatedObjectIsVerifiedByTheChecksumOfItsHead() throws Exception {
        byte[] bytes = "checked".getBytes(UTF_8);

        StoredObject object = ((Creation.Created) store.create(object("checked/video.mp4", bytes))).object();

        assertThat(object.bucket()).isEqualTo(BUCKET);
        assertThat(object.storedAt()).isEqualTo(NOW);
        assertThat(object.storeChecksum())
                .isEqualTo("SHA256:FULL_OBJECT:" + Sha256.of(bytes).base64());
        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
    }

    @Test
    void aCreatedObjectCarriesItsTypeAndMetadata() throws Exception {
        byte[] bytes = "labelled".getBytes(UTF_8);
        store.create(object("labelled/video.mp4", bytes));

        HeadObjectResponse head =
                server.client().headObject(r -> r.bucket(BUCKET).key("labelled/video.mp4"));

        assertThat(head.contentType()).isEqualTo("video/mp4");
        assertThat(head.metadata())
                .containsEntry("task-id", "t1")
                .containsEntry("run-id", "20261123T020000Z-7f3a9c")
                .containsEntry("sha256", Sha256.of(bytes).hex());
    }

    @Test
    void aFileLargerThanTheThresholdIsSentInParts(@TempDir Path directory) throws Exception {
        byte[] bytes = new byte[11_000_000];
        new Random(4).nextBytes(bytes);
        Path file = Files.write(directory.resolve("large"), bytes);

        StoredObject object =
                ((Creation.Created) store.create(object("large/video.mp4", new Body.File(file), bytes))).object();

        assertThat(object.etag()).endsWith("-3");
        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
        assertThat(Sha256.of(read("large/video.mp4"))).isEqualTo(Sha256.of(bytes));
        assertThat(server.client().listMultipartUploads(r -> r.bucket(BUCKET)).uploads())
                .isEmpty();
        assertThat(store.create(object("large/video.mp4", new Body.File(file), bytes)))
                .isInstanceOf(Creation.Same.class);
    }

    @Test
    void aBucketThatIsNotThereStopsTheRunWithItsNameAndTheCure() {
        try (S3ObjectStore elsewhere = new S3ObjectStore(
                settings("no-such-bucket", server.endpoint()), InstantSource.fixed(NOW), credentials())) {
            assertThatThrownBy(() -> elsewhere.requireUsable("media/"))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("no-such-bucket", "NoSuchBucket", "archiver.storage.bucket");
        }
    }

    @Test
    void aWrongSecretStopsTheRunAndIsNotTold() {
        try (S3ObjectStore wrong = new S3ObjectStore(
                settings(BUCKET, server.endpoint()),
                InstantSource.fixed(NOW),
                StaticCredentialsProvider.create(AwsBasicCredentials.create(server.accessKey(), "planted")))) {
            assertThatThrownBy(() -> wrong.requireUsable("media/"))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("credentials are wrong")
                    .hasMessageNotContaining("planted");
        }
    }

    @Test
    void aBucketThatIsThereIsUsable() throws Exception {
        store.requireUsable("media/");
    }
}
