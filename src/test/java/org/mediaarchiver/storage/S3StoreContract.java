package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.faults.FaultyStore;
import org.mediaarchiver.faults.FaultyStore.Fault;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.mediaarchiver.testing.TlsRelay;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** The contract on a real S3 server, reached in each of several ways, and what only S3 has. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class S3StoreContract extends ObjectStoreContract {
    /** How a bucket is reached, and what is known of it. */
    enum Way {
        HTTP,
        HTTP_PROBED,
        HTTP_PROBED_VERSIONED,
        HTTPS,
        HTTPS_PROBED
    }

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private Way way;

    @SuppressWarnings("NullAway.Init")
    private StoreServer plain;

    @SuppressWarnings("NullAway.Init")
    private StoreServer reached;

    private @Nullable TlsRelay relay;

    @SuppressWarnings("NullAway.Init")
    private S3Client client;

    @SuppressWarnings("NullAway.Init")
    private String bucket;

    @SuppressWarnings("NullAway.Init")
    private StoreCapabilities found;

    @SuppressWarnings("NullAway.Init")
    private S3ObjectStore store;

    /** Returns the server, by http. */
    abstract StoreServer server();

    /** Returns the head of its column in {@code src/docs/stores.md}. */
    abstract String name();

    /** Tells whether this server lists uploads that are under way. */
    boolean listsUploads() {
        return true;
    }

    /** Tells whether this server leaves alone what is under a key when an upload to it is aborted. */
    boolean abortsUploadsAlone() {
        return true;
    }

    @BeforeParameterizedClassInvocation
    void open() throws InterruptedException {
        plain = server();
        relay = way.name().startsWith("HTTPS") ? new TlsRelay(plain.endpoint()) : null;
        reached = relay == null ? plain : plain.at(relay.endpoint());
        client = plain.client();
        bucket = "contract-"
                + HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextInt());
        client.createBucket(r -> r.bucket(bucket));
        if (keepsVersions()) {
            StoreTraits.keepVersions(client, bucket);
        }
        try (S3ObjectStore probing = reached.open(bucket)) {
            found = probing.probe("");
        }
        store = reached.open(bucket);
        if (isProbed()) {
            store.relyOn(found);
        }
    }

    @AfterParameterizedClassInvocation
    void shut() {
        store.close();
        client.close();
        if (relay != null) {
            relay.close();
        }
    }

    @Override
    ObjectStore store() {
        return store;
    }

    private boolean isProbed() {
        return way.name().contains("PROBED");
    }

    @Override
    boolean keepsVersions() {
        return way == Way.HTTP_PROBED_VERSIONED;
    }

    @Override
    boolean replaces() {
        return isProbed() && found.has(Feature.MATCH_KEPT);
    }

    @Override
    boolean createsOnlyOnce() {
        return found.has(Feature.CONDITION_KEPT);
    }

    @Override
    boolean completesOnlyOnce() {
        return found.has(Feature.COMPLETION_CONDITION_KEPT);
    }

    @Override
    boolean refusesOtherBytes() {
        return found.has(Feature.SHA256_VERIFIED) || (isProbed() && found.has(Feature.MD5_VERIFIED));
    }

    private Creation createLarge(S3ObjectStore through, String key, Path directory) throws Exception {
        byte[] bytes = large(8);
        return through.create(object(key, new Body.File(Files.write(directory.resolve("large"), bytes)), bytes));
    }

    private List<MultipartUpload> uploads(String prefix) {
        return client.listMultipartUploads(r -> r.bucket(bucket).prefix(prefix)).uploads();
    }

    /** What the other tests were told is so is not tried twice. */
    @Test
    void theStoreIsAsThePageSaysOfIt(@TempDir Path directory) throws Exception {
        Map<String, String> seen = StoreTraits.seen(reached, client, bucket + "-traits", keepsVersions(), directory);
        seen.put("of many creators at once lets one win", StoreTraits.word(standsRivals() && createsOnlyOnce()));
        seen.put("of many that complete at once lets one win", StoreTraits.word(standsRivals() && completesOnlyOnce()));
        seen.put("lists keys in the order of their bytes", StoreTraits.word(listsInOrder()));
        seen.put("lists unfinished uploads", StoreTraits.word(listsUploads()));
        seen.put("an abort leaves alone what is under the key", StoreTraits.word(abortsUploadsAlone()));
        seen.put("keeps nothing of a put that was cut", StoreTraits.word(!keepsHalves()));
        seen.put("longest key in bytes", String.valueOf(longestKey()));

        assertThat(seen).isEqualTo(StoreTraits.told(name(), keepsVersions()));
    }

    @Test
    void aProbeLeavesNothing() {
        assertThat(client.listObjectsV2(r -> r.bucket(bucket).prefix(".probe/")).contents())
                .isEmpty();
        if (listsUploads()) {
            assertThat(uploads(".probe/")).isEmpty();
        }
        if (keepsVersions()) {
            assertThat(client.listObjectVersions(r -> r.bucket(bucket).prefix(".probe/")))
                    .satisfies(left -> {
                        assertThat(left.versions()).isEmpty();
                        assertThat(left.deleteMarkers()).isEmpty();
                    });
        }
    }

    @Test
    void aBucketThatIsThereIsUsable() throws Exception {
        store.requireUsable("media/");
    }

    @Test
    void aBucketThatIsNotThereStopsTheRunWithItsNameAndTheCure() {
        try (S3ObjectStore elsewhere = reached.open("no-such-bucket")) {
            assertThatThrownBy(() -> elsewhere.requireUsable("media/"))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("no-such-bucket", "NoSuchBucket", "archiver.storage.bucket");
            assertThatThrownBy(() -> elsewhere.create(object("media/t1/video.mp4", new byte[1])))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("no-such-bucket", "NoSuchBucket", "archiver.storage.bucket");
        }
    }

    @Test
    void aCreatedObjectCarriesItsTypeAndMetadata() throws Exception {
        byte[] bytes = "labelled".getBytes(UTF_8);
        store.create(object("labelled/video.mp4", bytes));

        assertLabelled("labelled/video.mp4", bytes);
    }

    @Test
    void anObjectInPartsCarriesItsTypeAndMetadata(@TempDir Path directory) throws Exception {
        createLarge(store, "labelled-parts/video.mp4", directory);

        assertLabelled("labelled-parts/video.mp4", large(8));
    }

    private void assertLabelled(String key, byte[] bytes) {
        HeadObjectResponse head = client.headObject(r -> r.bucket(bucket).key(key));
        assertThat(head.contentType()).isEqualTo("video/mp4");
        assertThat(head.contentEncoding()).isNull();
        assertThat(head.metadata())
                .containsEntry("task-id", "t1")
                .containsEntry("run-id", "20261123T020000Z-7f3a9c")
                .containsEntry("sha256", Sha256.of(bytes).hex());
    }

    @Test
    void anObjectInPartsHasACrcOfTheWholeWhereTheStoreWasFoundToVerifyIt(@TempDir Path directory) throws Exception {
        Creation creation = createLarge(store, "crc/video.mp4", directory);

        assertThat(creation).isInstanceOfSatisfying(Creation.Created.class, created -> {
            StoredObject object = created.object();
            if (isProbed() && found.has(Feature.FULL_CRC_VERIFIED)) {
                assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
                assertThat(object.storeChecksum()).isEqualTo("CRC32C:FULL_OBJECT:" + ProbedS3.crc32c(large(8)));
            } else {
                assertThat(String.valueOf(object.storeChecksum())).doesNotContain("CRC32C");
            }
        });
    }

    /** A probe has one part only. */
    @Test
    void whatAProbeFoundOfTheCrcOfTheWholeHoldsForSeveralParts() {
        byte[] bytes = large(8);
        byte[] damaged = bytes.clone();
        damaged[1]++;

        assertThat(completesWithCrc("crc-right/video.mp4", bytes, ProbedS3.crc32c(bytes)))
                .as("with the right CRC")
                .isTrue();
        assertThat(completesWithCrc("crc-wrong/video.mp4", bytes, ProbedS3.crc32c(damaged)))
                .as("with a wrong CRC")
                .isEqualTo(!found.has(Feature.FULL_CRC_VERIFIED));
    }

    private boolean completesWithCrc(String key, byte[] bytes, String whole) {
        String id = client.createMultipartUpload(r -> r.bucket(bucket)
                        .key(key)
                        .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
                        .checksumType(ChecksumType.FULL_OBJECT))
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += 5_242_880) {
            byte[] part = Arrays.copyOfRange(bytes, from, Math.min(from + 5_242_880, bytes.length));
            int number = parts.size() + 1;
            UploadPartResponse sent = client.uploadPart(
                    r -> r.bucket(bucket)
                            .key(key)
                            .uploadId(id)
                            .partNumber(number)
                            .checksumCRC32C(ProbedS3.crc32c(part)),
                    RequestBody.fromBytes(part));
            parts.add(CompletedPart.builder()
                    .partNumber(number)
                    .eTag(sent.eTag())
                    .checksumCRC32C(sent.checksumCRC32C())
                    .build());
        }
        try {
            client.completeMultipartUpload(r -> r.bucket(bucket)
                    .key(key)
                    .uploadId(id)
                    .checksumType(ChecksumType.FULL_OBJECT)
                    .checksumCRC32C(whole)
                    .multipartUpload(u -> u.parts(parts)));
            return true;
        } catch (S3Exception refused) {
            client.abortMultipartUpload(r -> r.bucket(bucket).key(key).uploadId(id));
            return false;
        }
    }

    @Test
    void aVersionIsToldWhereTheBucketKeepsThem(@TempDir Path directory) throws Exception {
        store.create(object("version/video.mp4", "a version".getBytes(UTF_8)));
        createLarge(store, "version-in-parts/video.mp4", directory);

        for (String key : List.of("version/video.mp4", "version-in-parts/video.mp4")) {
            ObjectHead head = store.head(key).orElseThrow();
            String told = client.headObject(r -> r.bucket(bucket).key(key)).versionId();
            assertThat(head.versionId()).isEqualTo(told);
            if (keepsVersions()) {
                assertThat(told).isNotBlank().isNotEqualTo("null");
            } else {
                assertThat(told).isIn(null, "null");
            }
        }
    }

    @Test
    void nothingIsLeftOfAnUploadThatWasCompletedOrRefused(@TempDir Path directory) throws Exception {
        createLarge(store, "complete/video.mp4", directory);
        byte[] others = large(9);
        store.create(object("complete/video.mp4", new Body.File(directory.resolve("large")), others));

        if (listsUploads()) {
            assertThat(uploads("complete/")).isEmpty();
        }
    }

    @Test
    void whatAKillLeftOfAnUploadIsAborted(@TempDir Path directory) throws Exception {
        client.createMultipartUpload(r -> r.bucket(bucket).key("killed/video.mp4"));
        client.createMultipartUpload(r -> r.bucket(bucket).key("killed-and-forgotten/video.mp4"));
        InstantSource inTwoDays = InstantSource.offset(InstantSource.system(), Duration.ofDays(2));

        try (S3ObjectStore later = new S3ObjectStore(
                reached.settings(bucket, S3Settings.Placement.AS_THE_BUCKET_SAYS), inTwoDays, reached.credentials())) {
            assertThat(createLarge(later, "killed/video.mp4", directory)).isInstanceOf(Creation.Created.class);
            if (listsUploads()) {
                assertThat(uploads("killed"))
                        .extracting(MultipartUpload::key)
                        .containsExactly("killed-and-forgotten/video.mp4");
            }
            later.abortForgottenUploads("killed");
        }

        if (listsUploads()) {
            assertThat(uploads("killed")).isEmpty();
        }
    }

    @Test
    void anObjectThatCameWhileThePartsOfAnotherWereSentStands(@TempDir Path directory) throws Exception {
        Runnable another = () -> client.putObject(
                r -> r.bucket(bucket).key("meanwhile-in-parts/video.mp4"), RequestBody.fromString("another"));
        try (FaultyStore way = new FaultyStore(plain.endpoint());
                S3ObjectStore through = plain.at(way.endpoint()).open(bucket)) {
            through.relyOn(found);
            way.on("PUT .*partNumber=2.*", 1, new Fault.Preceded(another));

            Creation creation = createLarge(through, "meanwhile-in-parts/video.mp4", directory);

            assertThat(creation).isInstanceOf(abortsUploadsAlone() ? Creation.Different.class : Creation.Created.class);
        }
        assertThat(read("meanwhile-in-parts/video.mp4")).hasSize(abortsUploadsAlone() ? 7 : large(8).length);
    }

    @Test
    void aBitThatFlipsOnTheWayIsNeverTakenForTheObject() throws Exception {
        byte[] bytes = "as it was sent".getBytes(UTF_8);
        try (FaultyStore way = new FaultyStore(plain.endpoint());
                S3ObjectStore through = plain.at(way.endpoint()).open(bucket)) {
            if (isProbed()) {
                through.relyOn(found);
            }
            way.on("PUT .*", 1, new Fault.BodyDamaged());

            Creation creation = through.create(object("flipped/video.mp4", bytes));

            if (creation instanceof Creation.Created) {
                assertThat(read("flipped/video.mp4")).isEqualTo(bytes);
            } else {
                assertThat(creation)
                        .isInstanceOfSatisfying(
                                Creation.NotCreated.class,
                                refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_REFUSED));
            }
        }
    }

    @Test
    void aBitThatFlipsInAPartIsNeverTakenForTheObject(@TempDir Path directory) throws Exception {
        try (FaultyStore way = new FaultyStore(plain.endpoint());
                S3ObjectStore through = plain.at(way.endpoint()).open(bucket)) {
            if (isProbed()) {
                through.relyOn(found);
            }
            way.on("PUT .*partNumber=2.*", 1, new Fault.BodyDamaged());

            Creation creation = createLarge(through, "flipped-part/video.mp4", directory);

            if (creation instanceof Creation.Created) {
                assertThat(Sha256.of(read("flipped-part/video.mp4"))).isEqualTo(Sha256.of(large(8)));
            } else {
                assertThat(creation)
                        .isInstanceOfSatisfying(
                                Creation.NotCreated.class,
                                refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_REFUSED));
            }
        }
    }

    /** Some servers keep as much as arrived; that is an object, and never taken for the one that was to be stored. */
    @Test
    void whatAClientThatDiedInAPutLeftIsNeverTakenForTheObject() throws Exception {
        byte[] bytes = large(11);
        dieHalfWay("died/video.mp4", bytes);

        boolean left = store.head("died/video.mp4").isPresent();
        Creation creation = store.create(object("died/video.mp4", bytes));

        assertThat(left).isEqualTo(keepsHalves());
        assertThat(creation).isInstanceOf(left ? Creation.Different.class : Creation.Created.class);
    }

    /** Tells whether this server keeps what a client had sent of an object when it died. */
    boolean keepsHalves() {
        return false;
    }

    /** Returns when the server has ended the connection, and so is done with what came over it. */
    private void dieHalfWay(String key, byte[] bytes) throws IOException {
        URI url;
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(plain.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(plain.credentials())
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .build()) {
            url = URI.create(presigner
                    .presignPutObject(p -> p.signatureDuration(Duration.ofMinutes(5))
                            .putObjectRequest(r -> r.bucket(bucket).key(key)))
                    .url()
                    .toString());
        }
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            String head = "PUT " + url.getRawPath() + "?" + url.getRawQuery() + " HTTP/1.1\r\nHost: "
                    + url.getRawAuthority() + "\r\nContent-Length: " + bytes.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            socket.getOutputStream().write(bytes, 0, bytes.length / 2);
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        }
    }

    @Test
    void anObjectThatWasStoredBeforeAnAnswerGotLostIsOurs() throws Exception {
        byte[] bytes = "stored once".getBytes(UTF_8);
        try (FaultyStore way = new FaultyStore(plain.endpoint());
                S3ObjectStore through = plain.at(way.endpoint()).open(bucket)) {
            through.relyOn(found);
            way.on("PUT .*", 1, new Fault.AnswerLost());

            assertThat(through.create(object("answer-lost/video.mp4", bytes))).isInstanceOf(Creation.Created.class);
            assertThat(way.requests())
                    .filteredOn(request -> request.startsWith("PUT"))
                    .hasSize(1);
        }
        assertThat(read("answer-lost/video.mp4")).isEqualTo(bytes);
    }

    @Test
    void aPartThatMeetsAResetIsSentAgain(@TempDir Path directory) throws Exception {
        try (FaultyStore way = new FaultyStore(plain.endpoint());
                S3ObjectStore through = plain.at(way.endpoint()).open(bucket)) {
            way.on("PUT .*partNumber=2.*", 1, new Fault.RequestLost());

            assertThat(createLarge(through, "reset/video.mp4", directory)).isInstanceOf(Creation.Created.class);
        }
        assertThat(Sha256.of(read("reset/video.mp4"))).isEqualTo(Sha256.of(large(8)));
    }
}
