package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mediaarchiver.storage.ScriptedS3.content;
import static org.mediaarchiver.storage.ScriptedS3.error;
import static org.mediaarchiver.storage.ScriptedS3.hangUp;
import static org.mediaarchiver.storage.ScriptedS3.head;
import static org.mediaarchiver.storage.ScriptedS3.status;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.storage.ObjectStore.ObjectVersion;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** What is sent to replace an object and to find its versions, and what becomes of it where the store does not answer as it should. */
class S3ReplacementTest {
    private static final String KEY = "media/t1/video.mp4";
    private static final byte[] BYTES = "moving pictures".getBytes(UTF_8);
    private static final ObjectHead SEEN = new ObjectHead(KEY, 7, null, "video/mp4", "bad", null, null);

    private ScriptedS3 s3;
    private S3ObjectStore store;

    @BeforeEach
    void start() throws IOException {
        s3 = new ScriptedS3();
        S3Settings settings = new S3Settings(
                "bucket",
                s3.endpoint(),
                "us-east-1",
                S3Settings.Addressing.PATH,
                S3Settings.Placement.AS_THE_BUCKET_SAYS,
                new S3Settings.Transfer(
                        6_000_000,
                        5_242_880,
                        4,
                        3,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        1_000_000));
        store = new S3ObjectStore(
                settings,
                InstantSource.fixed(Instant.parse("2026-11-23T02:00:00Z")),
                StaticCredentialsProvider.create(AwsBasicCredentials.create("key-id", "secret")));
        store.relyOn(new StoreCapabilities(Map.of(Feature.MATCH_KEPT, Answer.YES)));
    }

    @AfterEach
    void stop() {
        store.close();
        s3.close();
    }

    private Creation replace() throws InterruptedException {
        return store.replace(ObjectStoreContract.object(KEY, BYTES), SEEN);
    }

    private static ScriptedS3.Answer headOf(byte[] bytes, String etag) {
        return head(
                bytes.length,
                "ETag",
                '"' + etag + '"',
                "x-amz-checksum-sha256",
                Sha256.of(bytes).base64(),
                "x-amz-meta-task-id",
                "t1",
                "x-amz-meta-run-id",
                "20261123T020000Z-7f3a9c",
                "x-amz-meta-sha256",
                Sha256.of(bytes).hex());
    }

    @Test
    void aReplacementIsBoundToTheObjectThatWasSeen() throws Exception {
        s3.on("PUT", status(200, "ETag", "\"good\"")).on("HEAD", headOf(BYTES, "good"));

        assertThat(replace())
                .isInstanceOfSatisfying(
                        Creation.Created.class,
                        created -> assertThat(created.object().etag()).isEqualTo("good"));

        assertThat(s3.asked("PUT").getFirst().headers())
                .containsEntry("If-match", List.of("\"bad\""))
                .containsEntry("X-amz-checksum-sha256", List.of(Sha256.of(BYTES).base64()))
                .doesNotContainKey("If-none-match");
        assertThat(s3.methods()).containsExactly("PUT", "HEAD");
    }

    @Test
    void withoutProofThatTheConditionIsKeptNothingIsSent() throws Exception {
        store.relyOn(StoreCapabilities.UNKNOWN);

        assertThat(store.replaces()).isFalse();
        assertThat(replace()).isInstanceOfSatisfying(Creation.NotCreated.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.STORE_REFUSED);
            assertThat(refused.detail().text()).contains("If-Match", "nothing was overwritten");
        });
        assertThat(s3.methods()).isEmpty();
    }

    @Test
    void anObjectOfWhichNoTagIsKnownIsNotReplaced() throws Exception {
        ObjectHead untold = new ObjectHead(KEY, 7, null, null, null, null, null);

        assertThat(store.replace(ObjectStoreContract.object(KEY, BYTES), untold))
                .isInstanceOf(Creation.NotCreated.class);
        assertThat(s3.methods()).isEmpty();
    }

    @Test
    void aReplacementWhoseAnswerWasLostIsFoundByLooking() throws Exception {
        s3.on("PUT", hangUp()).on("HEAD", headOf(BYTES, "good"));

        assertThat(replace()).isInstanceOf(Creation.Created.class);
        assertThat(s3.methods()).containsExactly("PUT", "HEAD");
    }

    @Test
    void aReplacementThatDidNotArriveIsSentAgain() throws Exception {
        s3.on("PUT", error(503, "SlowDown"), status(200, "ETag", "\"good\""))
                .on("HEAD", headOf("damaged".getBytes(UTF_8), "bad"), headOf(BYTES, "good"));

        assertThat(replace()).isInstanceOf(Creation.Created.class);
        assertThat(s3.methods()).containsExactly("PUT", "HEAD", "PUT", "HEAD");
    }

    @Test
    void whatCameInBetweenStands() throws Exception {
        s3.on("PUT", error(412, "PreconditionFailed")).on("HEAD", headOf("another one".getBytes(UTF_8), "other"));

        assertThat(replace())
                .isInstanceOfSatisfying(
                        Creation.Different.class,
                        different -> assertThat(different.existing().etag()).isEqualTo("other"));
        assertThat(s3.methods()).containsExactly("PUT", "HEAD");
    }

    @Test
    void aStoreThatRefusesWhateverItIsToldIsNotAskedForEver() throws Exception {
        s3.on("PUT", error(412, "PreconditionFailed")).on("HEAD", headOf("damaged".getBytes(UTF_8), "bad"));

        assertThat(replace()).isInstanceOf(Creation.NotCreated.class);
        assertThat(s3.asked("PUT")).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void earlierVersionsAreThoseOfTheKeyAloneWithoutTheCurrentOneAndWithoutMarkers() throws Exception {
        s3.on(
                "GET",
                content(
                        200,
                        "<ListVersionsResult><IsTruncated>false</IsTruncated>"
                                + version(KEY, "v4", "true", 4)
                                + "<DeleteMarker><Key>" + KEY
                                + "</Key><VersionId>v3</VersionId><IsLatest>false</IsLatest></DeleteMarker>"
                                + version(KEY, "v2", "false", 15)
                                + version(KEY, "null", "false", 14)
                                + version(KEY + ".bak", "v9", "false", 15)
                                + "</ListVersionsResult>"));

        assertThat(store.earlierVersions(KEY))
                .containsExactly(new ObjectVersion(KEY, "v2", 15), new ObjectVersion(KEY, "null", 14));
        assertThat(s3.asked("GET").getFirst().target()).contains("versions", "prefix=media%2Ft1%2Fvideo.mp4");
    }

    private static String version(String key, String id, String latest, int size) {
        return "<Version><Key>" + key + "</Key><VersionId>" + id + "</VersionId><IsLatest>" + latest
                + "</IsLatest><Size>" + size + "</Size></Version>";
    }

    @Test
    void aStoreThatKnowsNoVersionsHasNone() throws Exception {
        s3.on("GET", error(501, "NotImplemented"));

        assertThat(store.earlierVersions(KEY)).isEmpty();
    }

    @Test
    void aMissingRightToListVersionsStopsNothing() {
        s3.on("GET", error(403, "AccessDenied"));

        assertThatThrownBy(() -> store.earlierVersions(KEY)).isInstanceOf(AccessDeniedException.class);
    }

    @Test
    void aStoreThatDoesNotAnswerTellsOfNoVersions() {
        s3.on("GET", error(503, "SlowDown"));

        assertThatThrownBy(() -> store.earlierVersions(KEY))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(AccessDeniedException.class);
    }

    @Test
    void aBucketThatIsNotThereStopsTheSearchForVersions() {
        s3.on("GET", error(404, "NoSuchBucket"));

        assertThatThrownBy(() -> store.earlierVersions(KEY)).isInstanceOf(StopException.class);
    }

    @Test
    void aVersionIsOpenedByItsId() throws Exception {
        s3.on("GET", content(200, "as it was"));

        try (InputStream bytes = store.open(new ObjectVersion(KEY, "v2", 9))) {
            assertThat(bytes.readAllBytes()).asString(UTF_8).isEqualTo("as it was");
        }
        assertThat(s3.asked("GET").getFirst().target()).isEqualTo("/bucket/" + KEY + "?versionId=v2");
    }

    @Test
    void aVersionThatIsGoneOrNotGivenOutStopsNothing() {
        s3.on("GET", error(404, "NoSuchVersion"), error(403, "AccessDenied"));
        ObjectVersion version = new ObjectVersion(KEY, "v2", 9);

        assertThatThrownBy(() -> store.open(version)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> store.open(version)).isInstanceOf(AccessDeniedException.class);
    }
}
