package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.mediaarchiver.storage.ScriptedS3.content;
import static org.mediaarchiver.storage.ScriptedS3.cut;
import static org.mediaarchiver.storage.ScriptedS3.error;
import static org.mediaarchiver.storage.ScriptedS3.hangUp;
import static org.mediaarchiver.storage.ScriptedS3.head;
import static org.mediaarchiver.storage.ScriptedS3.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.mediaarchiver.testing.SelfSigned;
import org.mediaarchiver.testing.TlsRelay;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What a store can do wrong, what becomes of the object then, and how often the store was asked. */
class S3ObjectStoreFaultsTest {
    private static final String KEY = "media/t1/video.mp4";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T02:00:00Z"));
    private static final byte[] BYTES = "moving pictures".getBytes(UTF_8);
    private static final byte[] OTHER = "muted paintings".getBytes(UTF_8);
    private static final String DIGEST = Sha256.of(BYTES).base64();
    private static final String[] OUR_METADATA = {
        "x-amz-meta-task-id", "t1",
        "x-amz-meta-run-id", "20261123T020000Z-7f3a9c",
        "x-amz-meta-sha256", Sha256.of(BYTES).hex(),
    };
    private static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key-id", "planted-secret"));

    private ScriptedS3 s3;
    private S3ObjectStore store;

    @BeforeEach
    void start() throws IOException {
        s3 = new ScriptedS3();
        store = store(s3.endpoint(), CREDENTIALS);
    }

    @AfterEach
    void stop() {
        store.close();
        s3.close();
    }

    private static S3ObjectStore store(URI endpoint, AwsCredentialsProvider credentials) {
        return new S3ObjectStore(settings(endpoint), CLOCK, credentials);
    }

    private static S3Settings settings(URI endpoint) {
        return settings(endpoint, 3, Duration.ofSeconds(20));
    }

    private static S3Settings settings(URI endpoint, int attempts, Duration idle) {
        return new S3Settings(
                "bucket",
                endpoint,
                "us-east-1",
                S3Settings.Addressing.PATH,
                S3Settings.Placement.AS_THE_BUCKET_SAYS,
                new S3Settings.Transfer(
                        6_000_000,
                        5_242_880,
                        4,
                        attempts,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(20),
                        idle,
                        1_000_000));
    }

    private Creation create() throws InterruptedException {
        return store.create(ObjectStoreContract.object(KEY, BYTES));
    }

    private static ScriptedS3.Answer headOf(byte[] bytes) {
        return head(
                bytes.length,
                "ETag",
                "\"e\"",
                "x-amz-checksum-sha256",
                Sha256.of(bytes).base64());
    }

    private static ScriptedS3.Answer headOfOurs() {
        return (exchange, body) -> {
            exchange.getResponseHeaders().add("x-amz-checksum-sha256", DIGEST);
            head(BYTES.length, OUR_METADATA).to(exchange, body);
        };
    }

    private static StoredObject created(Creation creation) {
        assertThat(creation).isInstanceOf(Creation.Created.class);
        return ((Creation.Created) creation).object();
    }

    private static void assertNotCreated(Creation creation, Reason reason, String detail) {
        assertThat(creation).isInstanceOfSatisfying(Creation.NotCreated.class, refused -> {
            assertThat(refused.reason()).isEqualTo(reason);
            assertThat(refused.detail().text()).contains(detail);
        });
    }

    // What proves that the store holds the bytes.

    @Test
    void aPutIsConditionalAndCarriesTheDigestAndNoTrailer() throws Exception {
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));

        create();

        ScriptedS3.Asked put = s3.asked("PUT").getFirst();
        assertThat(put.target()).isEqualTo("/bucket/" + KEY);
        assertThat(put.headers())
                .containsEntry("If-none-match", List.of("*"))
                .containsEntry("X-amz-checksum-sha256", List.of(DIGEST))
                .containsEntry("X-amz-meta-sha256", List.of(Sha256.of(BYTES).hex()))
                .containsEntry("Content-type", List.of("video/mp4"))
                .doesNotContainKeys("X-amz-trailer", "X-amz-sdk-checksum-algorithm")
                .doesNotContainKeys("X-amz-decoded-content-length", "Content-encoding");
        assertThat(put.headers())
                .as("what nobody configured is not asked for, since it may need a right")
                .doesNotContainKeys("X-amz-tagging", "X-amz-storage-class", "X-amz-server-side-encryption")
                .doesNotContainKeys("X-amz-object-lock-mode", "X-amz-object-lock-retain-until-date");
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    @Test
    void whatObjectsAreToBeCreatedWithIsAskedFor() throws Exception {
        S3Settings plain = settings(s3.endpoint());
        S3Settings.Retention retention = new S3Settings.Retention(S3Settings.Retention.Mode.GOVERNANCE, 30);
        S3Settings particular = new S3Settings(
                plain.bucket(),
                plain.endpoint(),
                plain.region(),
                plain.addressing(),
                new S3Settings.Placement(
                        "STANDARD_IA",
                        "aws:kms",
                        "key-1",
                        retention,
                        new TreeMap<>(Map.of("kind", "archive", "team", "a b+c"))),
                plain.transfer());
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));

        try (S3ObjectStore particularStore = new S3ObjectStore(particular, CLOCK, CREDENTIALS)) {
            created(particularStore.create(ObjectStoreContract.object(KEY, BYTES)));
        }

        assertThat(s3.asked("PUT").getFirst().headers())
                .containsEntry("X-amz-storage-class", List.of("STANDARD_IA"))
                .containsEntry("X-amz-server-side-encryption", List.of("aws:kms"))
                .containsEntry("X-amz-server-side-encryption-aws-kms-key-id", List.of("key-1"))
                .containsEntry("X-amz-tagging", List.of("kind=archive&team=a%20b%2Bc"))
                .containsEntry("X-amz-object-lock-mode", List.of("GOVERNANCE"))
                .containsEntry("X-amz-object-lock-retain-until-date", List.of("2026-12-23T02:00:00Z"));
    }

    @Test
    void aBodyIsNotReadForItsSignatureWhereTheStoreVerifiesItsDigest() throws Exception {
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));
        created(store.create(ObjectStoreContract.object(KEY, BYTES)));
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));
        found(Feature.SHA256_VERIFIED, Answer.YES);
        created(store.create(ObjectStoreContract.object(KEY, BYTES)));

        assertThat(s3.asked("PUT").getFirst().headers())
                .as("before that is known")
                .containsEntry("X-amz-content-sha256", List.of(Sha256.of(BYTES).hex()));
        assertThat(s3.asked("PUT").getLast().headers())
                .containsEntry("X-amz-content-sha256", List.of("UNSIGNED-PAYLOAD"))
                .containsEntry("X-amz-checksum-sha256", List.of(DIGEST))
                .hasEntrySatisfying(
                        "Authorization",
                        signed -> assertThat(signed.getFirst()).contains("SignedHeaders=", "x-amz-checksum-sha256"));
    }

    @Test
    void aPutWhoseAnswerVouchesForTheDigestIsVerifiedByIt() throws Exception {
        s3.on("HEAD", status(404), headOf(BYTES))
                .on(
                        "PUT",
                        status(
                                200,
                                "ETag",
                                "\"e\"",
                                "x-amz-checksum-sha256",
                                DIGEST,
                                "x-amz-checksum-type",
                                "FULL_OBJECT"));

        assertThat(created(create()).verifiedBy()).isEqualTo(VerifyMethod.PUT_CHECKSUM);
    }

    @Test
    void aDigestThatAPutMerelyReturnsIsNotBelieved() throws Exception {
        s3.on("HEAD", status(404), head(BYTES.length, "ETag", "\"e\""))
                .on("PUT", status(200, "ETag", "\"e\"", "x-amz-checksum-sha256", DIGEST))
                .on("GET", content(200, new String(BYTES, UTF_8)));

        assertThat(created(create()).verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "GET");
    }

    @Test
    void aDigestThatAPutReturnsIsBelievedOfAStoreThatRefusesWrongOnes() throws Exception {
        foundAll();
        s3.on("PUT", status(200, "ETag", "\"e\"", "x-amz-checksum-sha256", DIGEST));

        StoredObject object = created(create());

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.PUT_CHECKSUM);
        assertThat(object.storeChecksum()).isEqualTo("SHA256:FULL_OBJECT:" + DIGEST);
        assertThat(s3.methods()).containsExactly("PUT");
    }

    @Test
    void anAnswerToAPutThatIsAboutAnotherEntityIsNotBelieved() throws Exception {
        s3.on("HEAD", status(404), head(BYTES.length, "ETag", "\"another\""))
                .on(
                        "PUT",
                        status(
                                200,
                                "ETag",
                                "\"e\"",
                                "x-amz-checksum-sha256",
                                DIGEST,
                                "x-amz-checksum-type",
                                "FULL_OBJECT"))
                .on("GET", content(200, new String(OTHER, UTF_8)));

        assertNotCreated(create(), Reason.STORE_REFUSED, "digests differ");
    }

    @Test
    void aCompositeChecksumOfWhoKnowsWhichPartsIsNoProof() throws Exception {
        s3.on(
                        "HEAD",
                        status(404),
                        head(
                                BYTES.length,
                                "ETag",
                                "\"e-1\"",
                                "x-amz-checksum-sha256",
                                DIGEST + "-1",
                                "x-amz-checksum-type",
                                "COMPOSITE"))
                .on("PUT", status(200, "ETag", "\"e-1\""))
                .on("GET", content(200, new String(BYTES, UTF_8)));

        StoredObject object = created(create());

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(object.storeChecksum()).isEqualTo("SHA256:COMPOSITE:" + DIGEST + "-1");
    }

    @Test
    void aStoreThatKeepsCorruptBytesIsNotBelieved() throws Exception {
        s3.on("HEAD", status(404), head(BYTES.length, "ETag", "\"e\""))
                .on("PUT", status(200, "ETag", "\"e\""))
                .on("GET", content(200, new String(OTHER, UTF_8)));

        assertNotCreated(
                create(),
                Reason.STORE_REFUSED,
                "digests differ: sent " + Sha256.of(BYTES) + "; stored " + Sha256.of(OTHER));
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "GET");
    }

    @Test
    void aStoreThatKeepsAnotherSizeIsNotBelieved() throws Exception {
        s3.on("HEAD", status(404), head(BYTES.length + 172, "ETag", "\"e\"")).on("PUT", status(200, "ETag", "\"e\""));

        assertNotCreated(create(), Reason.STORE_REFUSED, "sizes differ: sent 15; stored 187");
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    @Test
    void aHeadWithAnotherDigestIsBelieved() throws Exception {
        s3.on("HEAD", status(404), headOf(OTHER)).on("PUT", status(200, "ETag", "\"e\""));

        assertNotCreated(create(), Reason.STORE_REFUSED, "digests differ");
    }

    @Test
    void anObjectThatIsNotThereAfterItsPutIsSentAgain() throws Exception {
        s3.on("HEAD", status(404), status(404), status(404), headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "HEAD", "PUT", "HEAD");
    }

    @Test
    void anObjectThatIsNeverThereAfterItsPutIsRefused() throws Exception {
        s3.on("HEAD", status(404)).on("PUT", status(200, "ETag", "\"e\""));

        assertNotCreated(create(), Reason.STORE_REFUSED, "had none under its key");
        assertThat(s3.asked("PUT")).hasSize(3);
    }

    @Test
    void aReadBackThatIsCutIsDoneAgain() throws Exception {
        s3.on("HEAD", status(404), head(BYTES.length, OUR_METADATA))
                .on("PUT", status(200, "ETag", "\"e\""))
                .on("GET", cut("moving"), content(200, new String(BYTES, UTF_8)));

        assertThat(created(create()).verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(s3.asked("GET")).hasSize(2);
        assertThat(s3.asked("PUT")).hasSize(1);
    }

    // What a probe has found, and what is then sent.

    private static StoreCapabilities allBut(Feature feature, Answer answer) {
        Map<Feature, Answer> answers = new EnumMap<>(Feature.class);
        for (Feature each : Feature.values()) {
            answers.put(each, Answer.YES);
        }
        answers.put(feature, answer);
        return new StoreCapabilities(answers);
    }

    private void found(Feature feature, Answer answer) {
        store.relyOn(allBut(feature, answer));
    }

    private void foundAll() {
        found(Feature.DELETE, Answer.YES);
    }

    @Test
    void aStoreThatKeepsToTheConditionIsNotAskedFirst() throws Exception {
        foundAll();
        s3.on("HEAD", headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));

        assertThat(created(create()).verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
        assertThat(s3.methods()).containsExactly("PUT", "HEAD");
        assertThat(s3.asked("PUT").getFirst().headers())
                .containsEntry("If-none-match", List.of("*"))
                .containsEntry("X-amz-checksum-sha256", List.of(DIGEST))
                .doesNotContainKey("Content-md5");
    }

    @Test
    void aStoreThatAlsoVouchesForTheDigestIsNotAskedAtAll() throws Exception {
        foundAll();
        s3.on("PUT", vouchingFor(BYTES));

        StoredObject object = created(create());

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.PUT_CHECKSUM);
        assertThat(object.storeChecksum()).isEqualTo("SHA256:FULL_OBJECT:" + DIGEST);
        assertThat(object.etag()).isEqualTo("e");
        assertThat(object.versionId()).isEqualTo("v7");
        assertThat(s3.methods()).containsExactly("PUT");
    }

    private static ScriptedS3.Answer vouchingFor(byte[] bytes) {
        return status(
                200,
                "ETag",
                "\"e\"",
                "x-amz-version-id",
                "v7",
                "x-amz-checksum-sha256",
                Sha256.of(bytes).base64(),
                "x-amz-checksum-type",
                "FULL_OBJECT");
    }

    @Test
    void aStoreThatVouchesForOtherBytesIsBelieved() throws Exception {
        foundAll();
        s3.on("PUT", vouchingFor(OTHER));

        assertNotCreated(create(), Reason.STORE_REFUSED, "digests differ");
        assertThat(s3.methods()).containsExactly("PUT");
    }

    @ParameterizedTest
    @CsvSource({"NO", "UNKNOWN"})
    void aStoreThatMayIgnoreTheConditionIsAskedFirst(Answer answer) throws Exception {
        found(Feature.CONDITION_KEPT, answer);
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", vouchingFor(BYTES));

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
        assertThat(s3.asked("PUT").getFirst().headers()).containsEntry("If-none-match", List.of("*"));
    }

    @Test
    void equalBytesThatAreThereAreFoundWhereTheConditionRefusesThem() throws Exception {
        foundAll();
        s3.on("HEAD", headOf(BYTES)).on("PUT", error(412, "PreconditionFailed"));

        assertThat(create()).isInstanceOf(Creation.Same.class);
        assertThat(s3.methods()).containsExactly("PUT", "HEAD");
    }

    @Test
    void otherBytesThatAreThereAreFoundWhereTheConditionRefusesThem() throws Exception {
        foundAll();
        s3.on("HEAD", headOf(OTHER)).on("PUT", error(412, "PreconditionFailed"));

        assertThat(create()).isInstanceOf(Creation.Different.class);
        assertThat(s3.methods()).containsExactly("PUT", "HEAD");
    }

    @ParameterizedTest
    @CsvSource({"409,ConditionalRequestConflict", "500,InternalError", "503,SlowDown"})
    void whetherAPutArrivedIsSettledByHead(int status, String code) throws Exception {
        foundAll();
        s3.on("HEAD", status(404)).on("PUT", error(status, code), vouchingFor(BYTES));

        created(create());
        assertThat(s3.methods()).containsExactly("PUT", "HEAD", "PUT");
    }

    @Test
    void aStoreThatRefusesTheConditionIsNotSentOne() throws Exception {
        store.relyOn(
                new StoreCapabilities(Map.of(Feature.CONDITION_TAKEN, Answer.NO, Feature.CONDITION_KEPT, Answer.NO)));
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", status(200, "ETag", "\"e\""));

        created(create());
        assertThat(s3.asked("PUT").getFirst().headers()).doesNotContainKey("If-none-match");
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    /** A store that keeps what it takes, and takes nothing that has one of these headers. */
    private void scriptAStoreThatDoesNotKnow(List<String> headers, int status, String code) {
        Set<String> stored = ConcurrentHashMap.newKeySet();
        s3.on("HEAD", (exchange, body) -> {
                    boolean there = stored.contains(exchange.getRequestURI().getPath());
                    (there ? headOf(BYTES) : status(404)).to(exchange, body);
                })
                .on("PUT", (exchange, body) -> {
                    if (headers.stream().anyMatch(exchange.getRequestHeaders()::containsKey)) {
                        error(status, code).to(exchange, body);
                        return;
                    }
                    stored.add(exchange.getRequestURI().getPath());
                    status(200, "ETag", "\"e\"").to(exchange, body);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "501,NotImplemented,If-none-match,2",
        "400,InvalidArgument,If-none-match,2",
        "501,NotImplemented,X-amz-checksum-sha256,3",
        "400,InvalidRequest,X-amz-checksum-sha256,3",
        "501,NotImplemented,If-none-match X-amz-checksum-sha256,4"
    })
    void aStoreThatDoesNotKnowAHeaderIsAskedWithoutItFromThenOn(int status, String code, String unknown, int puts)
            throws Exception {
        List<String> headers = List.of(unknown.split(" "));
        scriptAStoreThatDoesNotKnow(headers, status, code);

        created(create());
        assertThat(s3.asked("PUT")).hasSize(puts);
        assertThat(s3.methods()).startsWith("HEAD", "PUT", "HEAD", "PUT");

        created(store.create(ObjectStoreContract.object("media/t2/video.mp4", BYTES)));
        assertThat(s3.asked("PUT")).hasSize(puts + 1);
        List<String> known = new ArrayList<>(List.of("If-none-match", "X-amz-checksum-sha256"));
        known.removeAll(headers);
        assertThat(s3.asked("PUT").getLast().headers().keySet())
                .containsAll(known)
                .doesNotContainAnyElementsOf(headers);
    }

    @ParameterizedTest
    @CsvSource({"501,NotImplemented", "400,InvalidRequest"})
    void aRefusalThatNoHeaderCausedIsOneAndCostsTheNextObjectNoProtection(int status, String code) throws Exception {
        scriptAStoreThatDoesNotKnow(List.of("Host"), status, code);

        assertNotCreated(create(), Reason.STORE_REFUSED, status + " " + code);
        assertThat(s3.asked("PUT")).hasSize(5);

        create();
        assertThat(s3.asked("PUT").get(5).headers()).containsKeys("If-none-match", "X-amz-checksum-sha256");
    }

    @Test
    void whatAProbeHasSeenTheStoreTakeIsNotDoubted() throws Exception {
        foundAll();
        scriptAStoreThatDoesNotKnow(List.of("If-none-match"), 501, "NotImplemented");

        assertNotCreated(create(), Reason.STORE_REFUSED, "501 NotImplemented");
        assertThat(s3.asked("PUT")).hasSize(1);
    }

    @Test
    void aStoreThatVerifiesNothingButContentMd5IsSentOne(@TempDir Path directory) throws Exception {
        found(Feature.SHA256_VERIFIED, Answer.NO);
        s3.on("HEAD", head(BYTES.length, "ETag", "\"e\""))
                .on("PUT", status(200, "ETag", "\"e\""))
                .on("GET", content(200, new String(BYTES, UTF_8)));
        Path file = Files.write(directory.resolve("spool"), BYTES);

        created(store.create(ObjectStoreContract.object(KEY, new Body.File(file), BYTES)));

        assertThat(s3.asked("PUT").getFirst().headers())
                .containsEntry("Content-md5", List.of("KfQ2JZhRLrFe6Z+jsKHV8g=="));
    }

    @Test
    void bytesThatChangedSinceTheyWereHashedAreNotSentToAStoreThatWouldNotNotice() throws Exception {
        found(Feature.SHA256_VERIFIED, Answer.NO);
        StoredObject.Content content = new StoredObject.Content(BYTES.length, Sha256.of(OTHER), "video/mp4");

        Creation creation = store.create(new ObjectStore.NewObject(KEY, new Body.Bytes(BYTES), content, Map.of()));

        assertNotCreated(creation, Reason.STORE_REFUSED, "do not have the digest that was announced");
        assertThat(s3.methods()).isEmpty();
    }

    @Test
    void aStoreThatTakesAnyDigestForRightVouchesForNothing() throws Exception {
        found(Feature.SHA256_VERIFIED, Answer.NO);
        s3.on("HEAD", headOf(BYTES)).on("PUT", vouchingFor(BYTES)).on("GET", content(200, new String(OTHER, UTF_8)));

        assertNotCreated(create(), Reason.STORE_REFUSED, "digests differ");
        assertThat(s3.methods()).containsExactly("PUT", "HEAD", "GET");
    }

    @Test
    void aStoreThatRefusesChecksumsIsSentNoneAndReadBack() throws Exception {
        store.relyOn(new StoreCapabilities(Map.of(
                Feature.SHA256_TAKEN, Answer.NO, Feature.SHA256_VERIFIED, Answer.NO, Feature.MD5_VERIFIED, Answer.NO)));
        s3.on("HEAD", status(404), head(BYTES.length, "ETag", "\"e\""))
                .on("PUT", status(200, "ETag", "\"e\""))
                .on("GET", content(200, new String(BYTES, UTF_8)));

        assertThat(created(create()).verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(s3.asked("PUT").getFirst().headers())
                .doesNotContainKeys(
                        "X-amz-checksum-sha256", "X-amz-sdk-checksum-algorithm", "X-amz-trailer", "Content-md5");
    }

    @Test
    void aLargeFileIsLookedUpBeforeItIsSentInParts(@TempDir Path directory) throws Exception {
        foundAll();
        s3.on("HEAD", headOf(large()));

        assertThat(createLarge(directory)).isInstanceOf(Creation.Same.class);
        assertThat(s3.methods()).containsExactly("HEAD");
    }

    // An object that is there already.

    @Test
    void equalBytesThatAreThereAreFoundBeforeAnythingIsSent() throws Exception {
        s3.on("HEAD", headOf(BYTES));

        assertThat(create())
                .isInstanceOfSatisfying(
                        Creation.Same.class,
                        same -> assertThat(same.object().verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM));
        assertThat(s3.methods()).containsExactly("HEAD");
    }

    @Test
    void anotherCreatorThatWasFasterIsFoundByHead() throws Exception {
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", error(412, "PreconditionFailed"));

        assertThat(create()).isInstanceOf(Creation.Same.class);
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    @Test
    void anotherCreatorThatWasFasterWithOtherBytesIsADifference() throws Exception {
        s3.on("HEAD", status(404), headOf(OTHER)).on("PUT", error(412, "PreconditionFailed"));

        assertThat(create())
                .isInstanceOfSatisfying(
                        Creation.Different.class,
                        different -> assertThat(different.existing().sha256()).isEqualTo(Sha256.of(OTHER)));
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    @Test
    void aDigestInTheMetadataIsAClaimAndNoProof() throws Exception {
        s3.on(
                        "HEAD",
                        head(
                                BYTES.length,
                                "ETag",
                                "\"e\"",
                                "x-amz-meta-sha256",
                                Sha256.of(BYTES).hex()))
                .on("GET", content(200, new String(OTHER, UTF_8)));

        assertThat(create())
                .isInstanceOfSatisfying(
                        Creation.Different.class,
                        different -> assertThat(different.existing().sha256()).isEqualTo(Sha256.of(OTHER)));
        assertThat(s3.methods()).containsExactly("HEAD", "GET");
    }

    @Test
    void aConflictIsTriedAgain() throws Exception {
        s3.on("HEAD", status(404), status(404), headOf(BYTES))
                .on("PUT", error(409, "ConditionalRequestConflict"), status(200, "ETag", "\"e\""));

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "PUT", "HEAD");
    }

    @Test
    void aConflictMeansThatTheObjectIsAnothersWork() throws Exception {
        s3.on("HEAD", status(404), headOfOurs()).on("PUT", error(409, "ConditionalRequestConflict"));

        assertThat(create()).isInstanceOf(Creation.Same.class);
    }

    // Puts whose result is not known.

    @Test
    void aPutWhoseAnswerWasLostIsSettledByHead() throws Exception {
        s3.on("HEAD", status(404), headOfOurs()).on("PUT", hangUp());

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    @Test
    void aPutWhoseAnswerWasLostMayHaveLostToAnotherCreator() throws Exception {
        s3.on("HEAD", status(404), headOf(BYTES)).on("PUT", hangUp());

        assertThat(create()).isInstanceOf(Creation.Same.class);
    }

    @Test
    void aPutThatGotLostIsSentAgain() throws Exception {
        s3.on("HEAD", status(404), status(404), headOf(BYTES)).on("PUT", hangUp(), status(200, "ETag", "\"e\""));

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "PUT", "HEAD");
        assertThat(s3.asked("PUT"))
                .extracting(put -> put.headers().get("If-none-match"))
                .containsOnly(List.of("*"));
    }

    @Test
    void aPutThatArrivesAfterItWasGivenUpIsStillOurs() throws Exception {
        s3.on("HEAD", status(404), status(404), headOfOurs()).on("PUT", hangUp(), error(412, "PreconditionFailed"));

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "PUT", "HEAD");
    }

    /** A HEAD that a busy machine answers too late is asked again. */
    @Test
    void aPutThatIsStoredAndNotAnsweredInTimeIsSettledByHead() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch stored = new CountDownLatch(1);
        s3.on("HEAD", (exchange, body) -> (stored.getCount() > 0 ? status(404) : headOfOurs()).to(exchange, body))
                .on("PUT", (exchange, body) -> {
                    stored.countDown();
                    await(end);
                });

        assertThat(createImpatiently(20, end)).isInstanceOf(Creation.Created.class);
    }

    @Test
    void aPutThatIsNeitherStoredNorAnsweredInTimeIsGivenUp() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        s3.on("HEAD", status(404)).on("PUT", (exchange, body) -> await(end));

        assertNotCreated(createImpatiently(1, end), Reason.STORE_UNAVAILABLE, "the time ran out");
    }

    /** @param end lets go of what the store holds back */
    private Creation createImpatiently(int attempts, CountDownLatch end) throws InterruptedException {
        try (S3ObjectStore impatient =
                new S3ObjectStore(settings(s3.endpoint(), attempts, Duration.ofSeconds(1)), CLOCK, CREDENTIALS)) {
            return impatient.create(ObjectStoreContract.object(KEY, BYTES));
        } finally {
            end.countDown();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void anInternalErrorAfterWhichTheObjectIsThereIsSettledByHead() throws Exception {
        s3.on("HEAD", status(404), headOfOurs()).on("PUT", error(500, "InternalError"));

        created(create());
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD");
    }

    // A store that is not well.

    @ParameterizedTest
    @CsvSource({
        "500,InternalError",
        "503,SlowDown",
        "503,ServiceUnavailable",
        "429,TooManyRequests",
        "400,RequestTimeout"
    })
    void aStoreThatStaysUnwellIsUnavailableAfterAsManyPutsAsConfigured(int status, String code) throws Exception {
        s3.on("HEAD", status(404)).on("PUT", error(status, code));

        assertNotCreated(
                create(),
                Reason.STORE_UNAVAILABLE,
                "the store answered " + status + " " + code + " when asked to create");
        assertThat(s3.methods()).containsExactly("HEAD", "PUT", "HEAD", "PUT", "HEAD", "PUT", "HEAD");
    }

    @Test
    void aStoreThatCannotBeAskedAtFirstGetsNoBytes() throws Exception {
        s3.on("HEAD", status(503));

        assertNotCreated(create(), Reason.STORE_UNAVAILABLE, "503");
        assertThat(s3.methods()).containsExactly("HEAD", "HEAD", "HEAD");
    }

    @Test
    void bytesThatWereDamagedOnTheWayAreSentAgain() throws Exception {
        s3.on("HEAD", status(404), status(404), headOf(BYTES))
                .on("PUT", error(400, "BadDigest"), status(200, "ETag", "\"e\""));

        created(create());
        assertThat(s3.asked("PUT")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"400,MetadataTooLarge", "400,EntityTooLarge", "405,MethodNotAllowed"})
    void aRefusalIsNotTriedAgain(int status, String code) throws Exception {
        s3.on("HEAD", status(404)).on("PUT", error(status, code));

        assertNotCreated(create(), Reason.STORE_REFUSED, status + " " + code);
        assertThat(s3.methods()).containsExactly("HEAD", "PUT");
    }

    // Objects in parts: the threshold of these tests is 6 MB, a part 5 MiB.

    private Creation createLarge(Path directory) throws Exception {
        s3.on("GET", uploads());
        byte[] large = large();
        Path file = Files.write(directory.resolve("large"), large);
        return store.create(ObjectStoreContract.object(KEY, new Body.File(file), large));
    }

    private static byte[] large() {
        byte[] large = new byte[6_000_001];
        new Random(3).nextBytes(large);
        return large;
    }

    private static ScriptedS3.Answer upload(String... rest) {
        return content(
                200,
                "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
                rest);
    }

    /** A listing of uploads under way; a begin follows each key. */
    private static ScriptedS3.Answer uploads(String... keysAndBegins) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><ListMultipartUploadsResult>");
        for (int i = 0; i < keysAndBegins.length; i += 2) {
            xml.append("<Upload><Key>")
                    .append(keysAndBegins[i])
                    .append("</Key><UploadId>left")
                    .append(i / 2);
            xml.append("</UploadId><Initiated>").append(keysAndBegins[i + 1]).append("</Initiated></Upload>");
        }
        return content(200, xml.append("</ListMultipartUploadsResult>").toString());
    }

    private static ScriptedS3.Answer completion() {
        return content(
                200,
                "<?xml version=\"1.0\"?><CompleteMultipartUploadResult><ETag>\"e-2\"</ETag></CompleteMultipartUploadResult>");
    }

    @Test
    void aFileInPartsIsVerifiedByTheChecksumOfItsParts(@TempDir Path directory) throws Exception {
        byte[] large = large();
        String composite = compositeOf(large);
        s3.on("HEAD", status(404), status(404), head(large.length, "x-amz-checksum-sha256", composite))
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""));

        StoredObject object = created(createLarge(directory));

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
        assertThat(object.storeChecksum()).isEqualTo("SHA256:COMPOSITE:" + composite);
        assertThat(s3.methods()).containsExactly("HEAD", "GET", "POST", "PUT", "PUT", "HEAD", "POST", "HEAD");
        assertThat(s3.asked("POST").getLast().headers()).containsEntry("If-none-match", List.of("*"));
        assertThat(s3.asked("PUT"))
                .allSatisfy(part -> assertThat(part.headers())
                        .containsEntry(
                                "X-amz-checksum-sha256",
                                List.of(Sha256.of(part.body()).base64())));
    }

    private static String compositeOf(byte[] large) {
        byte[] first = Sha256.newDigest().digest(Arrays.copyOf(large, 5_242_880));
        byte[] second = Sha256.newDigest().digest(Arrays.copyOfRange(large, 5_242_880, large.length));
        byte[] digests = Arrays.copyOf(first, 64);
        System.arraycopy(second, 0, digests, 32, 32);
        return Sha256.of(digests).base64() + "-2";
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void aStoreThatVerifiesTheCrcOfTheWholeIsSentItWithTheSha256OfEachPart(String scheme, @TempDir Path directory)
            throws Exception {
        byte[] large = large();
        Path file = Files.write(directory.resolve("large"), large);
        s3.on("HEAD", status(404), status(404), headOfCrc("\"e-2\"", ProbedS3.crc32c(large)))
                .on("GET", uploads())
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""));

        try (TlsRelay relay = new TlsRelay(s3.endpoint());
                S3ObjectStore sending = trusting(scheme.equals("http") ? s3.endpoint() : relay.endpoint())) {
            sending.relyOn(allBut(Feature.COMPLETION_CONDITION_KEPT, Answer.NO));
            StoredObject object = created(sending.create(ObjectStoreContract.object(KEY, new Body.File(file), large)));

            assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
            assertThat(object.storeChecksum()).isEqualTo("CRC32C:FULL_OBJECT:" + ProbedS3.crc32c(large));
        }
        assertThat(s3.asked("POST").getFirst().headers())
                .containsEntry("X-amz-checksum-algorithm", List.of("CRC32C"))
                .containsEntry("X-amz-checksum-type", List.of("FULL_OBJECT"));
        assertThat(s3.asked("PUT"))
                .hasSize(2)
                .allSatisfy(part -> assertThat(part.headers())
                        .containsEntry(
                                "X-amz-content-sha256",
                                List.of(Sha256.of(part.body()).hex()))
                        .containsEntry("X-amz-checksum-crc32c", List.of(ProbedS3.crc32c(part.body())))
                        .doesNotContainKeys("X-amz-checksum-sha256", "X-amz-trailer", "Content-encoding"));
        assertThat(s3.asked("POST").getLast().headers())
                .containsEntry("X-amz-checksum-type", List.of("FULL_OBJECT"))
                .containsEntry("X-amz-checksum-crc32c", List.of(ProbedS3.crc32c(large)));
    }

    private static S3ObjectStore trusting(URI endpoint) {
        S3Settings plain = settings(endpoint);
        return new S3ObjectStore(
                new S3Settings(
                        plain.bucket(),
                        endpoint,
                        plain.region(),
                        plain.addressing(),
                        plain.placement(),
                        plain.transfer(),
                        List.of(SelfSigned.certificate())),
                CLOCK,
                CREDENTIALS);
    }

    private static ScriptedS3.Answer headOfCrc(String etag, String crc) {
        return head(large().length, "ETag", etag, "x-amz-checksum-crc32c", crc, "x-amz-checksum-type", "FULL_OBJECT");
    }

    @Test
    void aStoreThatTellsAnotherCrcOfTheWholeIsBelieved(@TempDir Path directory) throws Exception {
        foundAll();
        s3.on("HEAD", status(404), status(404), headOfCrc("\"e-2\"", "AAAAAA=="))
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""));

        assertNotCreated(
                createLarge(directory),
                Reason.STORE_REFUSED,
                "checksums differ: sent CRC32C:FULL_OBJECT:" + ProbedS3.crc32c(large())
                        + "; stored CRC32C:FULL_OBJECT:AAAAAA==");
    }

    /** Also the right CRC proves nothing of an object that is not the one that was completed. */
    @ParameterizedTest
    @CsvSource({"e-2,", "another,right", "another,AAAAAA=="})
    void aFileInPartsIsReadBackWhereNoCrcIsToldOfIt(String etag, @Nullable String told, @TempDir Path directory)
            throws Exception {
        foundAll();
        byte[] large = large();
        String quoted = '"' + etag + '"';
        s3.on(
                        "HEAD",
                        status(404),
                        status(404),
                        told == null
                                ? head(large.length, "ETag", quoted)
                                : headOfCrc(quoted, told.equals("right") ? ProbedS3.crc32c(large) : told))
                .on("GET", uploads(), bytes(large))
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""));
        Path file = Files.write(directory.resolve("large"), large);

        StoredObject object = created(store.create(ObjectStoreContract.object(KEY, new Body.File(file), large)));

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
    }

    private static ScriptedS3.Answer bytes(byte[] bytes) {
        return (exchange, body) -> {
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    @ParameterizedTest
    @CsvSource({"YES,x-amz-checksum-crc32c,AAAAAA==", "NO,x-amz-checksum-sha256,AAAA"})
    void aPartOfWhichTheStoreTellsAnotherChecksumIsRefused(
            Answer verifiesCrc, String header, String told, @TempDir Path directory) throws Exception {
        found(Feature.FULL_CRC_VERIFIED, verifiesCrc);
        s3.on("HEAD", status(404))
                .on("POST", upload())
                .on("PUT", status(200, "ETag", "\"p\"", header, told))
                .on("DELETE", status(204));

        assertNotCreated(createLarge(directory), Reason.STORE_REFUSED, "another checksum of part 1 than was sent");
        assertThat(s3.asked("DELETE")).as("one for each try").hasSize(3);
    }

    @Test
    void aCrcOfTheWholeThatTheStoreTookInTheProbeIsNotDoubted(@TempDir Path directory) throws Exception {
        foundAll();
        s3.on("HEAD", status(404))
                .on("POST", upload(), error(501, "NotImplemented"))
                .on("PUT", status(200, "ETag", "\"p\""))
                .on("DELETE", status(204));

        assertNotCreated(createLarge(directory), Reason.STORE_REFUSED, "501 NotImplemented");
        assertThat(s3.asked("DELETE")).hasSize(1);
    }

    @Test
    void aPartThatMeetsAResetIsSentAgain(@TempDir Path directory) throws Exception {
        byte[] large = large();
        s3.on("HEAD", status(404), status(404), headOf(large))
                .on("POST", upload(), completion())
                .on("PUT", hangUp(), status(200, "ETag", "\"p\""));

        created(createLarge(directory));
        assertThat(s3.methods()).containsExactly("HEAD", "GET", "POST", "PUT", "PUT", "PUT", "HEAD", "POST", "HEAD");
    }

    @Test
    void anUploadWhosePartIsRefusedIsAborted(@TempDir Path directory) throws Exception {
        s3.on("HEAD", status(404))
                .on("POST", upload())
                .on("PUT", status(200, "ETag", "\"p\""), error(400, "EntityTooLarge"))
                .on("DELETE", status(204));

        assertNotCreated(createLarge(directory), Reason.STORE_REFUSED, "400 EntityTooLarge");
        assertThat(s3.methods()).containsExactly("HEAD", "GET", "POST", "PUT", "PUT", "DELETE");
        assertThat(s3.asked("DELETE").getFirst().target()).contains("uploadId=u1");
    }

    @Test
    void anUploadIsAbortedWhereTheRunStops(@TempDir Path directory) {
        s3.on("HEAD", status(404))
                .on("POST", upload())
                .on("PUT", error(403, "AccessDenied"))
                .on("DELETE", status(204));

        assertThatThrownBy(() -> createLarge(directory)).isInstanceOf(StopException.class);
        assertThat(s3.methods()).startsWith("HEAD", "GET", "POST", "PUT").endsWith("DELETE");
        assertThat(s3.asked("DELETE")).hasSize(1);
    }

    /** A completion takes long, so an error can come in the body of an answer that began as a success. */
    @ParameterizedTest
    @CsvSource({"400,BadDigest,STORE_REFUSED", "200,InternalError,STORE_UNAVAILABLE"})
    void aCompletionThatFailsIsTriedAgainWithAnotherUploadAndThenGivenUp(
            int status, String code, Reason reason, @TempDir Path directory) throws Exception {
        foundAll();
        s3.on("HEAD", status(404))
                .on("POST", upload(), error(status, code), upload(), error(status, code), upload(), error(status, code))
                .on("PUT", status(200, "ETag", "\"p\""))
                .on("DELETE", status(204));

        assertNotCreated(createLarge(directory), reason, code);
        assertThat(s3.asked("DELETE")).hasSize(3);
    }

    @Test
    void anotherCreatorThatWasFasterThanTheLastPartIsNotOverwritten(@TempDir Path directory) throws Exception {
        byte[] large = large();
        s3.on("HEAD", status(404), headOf(large))
                .on("POST", upload())
                .on("PUT", status(200, "ETag", "\"p\""))
                .on("DELETE", status(204));

        assertThat(createLarge(directory)).isInstanceOf(Creation.Same.class);
        assertThat(s3.methods()).containsExactly("HEAD", "GET", "POST", "PUT", "PUT", "HEAD", "DELETE", "HEAD");
    }

    @Test
    void aFileThatChangedBetweenHashingAndSendingIsNotCompleted(@TempDir Path directory) throws Exception {
        byte[] large = large();
        Path file = Files.write(directory.resolve("large"), large);
        large[0]++;
        s3.on("HEAD", status(404))
                .on("GET", uploads())
                .on("POST", upload())
                .on("PUT", status(200, "ETag", "\"p\""))
                .on("DELETE", status(204));

        Creation creation = store.create(ObjectStoreContract.object(KEY, new Body.File(file), large));

        assertNotCreated(creation, Reason.STORE_REFUSED, "do not have the digest that was announced");
        assertThat(s3.methods()).containsExactly("HEAD", "GET", "POST", "PUT", "PUT", "DELETE");
    }

    /** Tiny parts, so that there are many. */
    private Creation createInParts(Path directory, int parts) throws Exception {
        S3Settings plain = settings(s3.endpoint());
        S3Settings.Transfer transfer = plain.transfer();
        byte[] bytes = Arrays.copyOf(large(), parts * 1000);
        Path file = Files.write(directory.resolve("parts"), bytes);
        s3.on("GET", uploads()).on("POST", upload(), completion());
        try (S3ObjectStore inParts = new S3ObjectStore(
                new S3Settings(
                        plain.bucket(),
                        plain.endpoint(),
                        plain.region(),
                        plain.addressing(),
                        plain.placement(),
                        new S3Settings.Transfer(
                                1000,
                                1000,
                                16,
                                transfer.attempts(),
                                transfer.retryDelay(),
                                transfer.connectTimeout(),
                                Duration.ofSeconds(20),
                                transfer.leastBytesPerSecond())),
                CLOCK,
                CREDENTIALS)) {
            return inParts.create(ObjectStoreContract.object(KEY, new Body.File(file), bytes));
        }
    }

    @Test
    void fourPartsAreOnTheirWayAtATimeAndTheObjectIsInTheirOrder(@TempDir Path directory) throws Exception {
        AtomicInteger arrived = new AtomicInteger();
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch fourTogether = new CountDownLatch(4);
        s3.on("HEAD", status(404), status(404), headOf(Arrays.copyOf(large(), 10_000)))
                .on("PUT", (exchange, body) -> {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    fourTogether.countDown();
                    await(fourTogether);
                    atOnce.decrementAndGet();
                    String query = exchange.getRequestURI().getQuery();
                    String number = query.replaceFirst(".*partNumber=(\\d+).*", "$1");
                    arrived.incrementAndGet();
                    status(200, "ETag", "\"p" + number + "\"").to(exchange, body);
                });

        created(createInParts(directory, 10));

        assertThat(arrived).hasValue(10);
        assertThat(most).hasValue(4);
        String completion = new String(s3.asked("POST").getLast().body(), UTF_8);
        assertThat(Pattern.compile("<ETag>(?:\"|&quot;)p(\\d+)")
                        .matcher(completion)
                        .results()
                        .map(part -> part.group(1)))
                .containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
    }

    @Test
    void noPartIsOnItsWayAnyMoreWhenAnUploadIsAborted(@TempDir Path directory) throws Exception {
        CountDownLatch third = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        s3.on("HEAD", status(404)).on("DELETE", status(204)).on("PUT", (exchange, body) -> {
            String query = exchange.getRequestURI().getQuery();
            if (query.contains("partNumber=1&") || query.endsWith("partNumber=1")) {
                await(third);
                error(400, "EntityTooLarge").to(exchange, body);
                return;
            }
            third.countDown();
            await(end);
        });

        assertNotCreated(createInParts(directory, 10), Reason.STORE_REFUSED, "400 EntityTooLarge");
        end.countDown();
        assertThat(s3.asked("PUT")).hasSizeLessThanOrEqualTo(4);
        assertThat(s3.methods()).endsWith("DELETE");
    }

    @Test
    void partsCarryWhatTheStoreVerifiesAndNothingElseThatItTellsIsBelieved(@TempDir Path directory) throws Exception {
        store.relyOn(
                new StoreCapabilities(Map.of(Feature.SHA256_VERIFIED, Answer.NO, Feature.MD5_VERIFIED, Answer.YES)));
        byte[] large = large();
        s3.on(
                        "HEAD",
                        status(404),
                        status(404),
                        head(large.length, "ETag", "\"e-2\"", "x-amz-checksum-sha256", compositeOf(large)))
                .on("GET", uploads(), bytes(large))
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""));
        Path file = Files.write(directory.resolve("large"), large);

        StoredObject object = created(store.create(ObjectStoreContract.object(KEY, new Body.File(file), large)));

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.FULL_READ);
        assertThat(s3.asked("PUT"))
                .allSatisfy(part -> assertThat(part.headers()).containsKey("Content-md5"));
    }

    @Test
    void whatAKillLeftOfAnUploadToTheSameKeyIsAborted(@TempDir Path directory) throws Exception {
        byte[] large = large();
        Path file = Files.write(directory.resolve("large"), large);
        s3.on(
                        "GET",
                        uploads(
                                KEY,
                                "2026-11-23T01:59:00Z",
                                KEY + "2",
                                "2026-11-23T01:59:00Z",
                                KEY,
                                "2026-11-23T02:01:00Z"))
                .on("HEAD", status(404), status(404), headOf(large))
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""))
                .on("DELETE", status(204));

        created(store.create(ObjectStoreContract.object(KEY, new Body.File(file), large)));

        assertThat(s3.asked("GET").getFirst().target()).contains("uploads", "prefix=media%2Ft1%2Fvideo.mp4");
        assertThat(s3.asked("DELETE"))
                .as("neither another key's upload nor one that was begun since")
                .singleElement()
                .satisfies(abort -> assertThat(abort.target()).contains("uploadId=left0"));
    }

    @Test
    void uploadsAreNotLookedForWithoutTheRight(@TempDir Path directory) throws Exception {
        byte[] large = large();
        Path file = Files.write(directory.resolve("large"), large);
        s3.on("GET", error(403, "AccessDenied"))
                .on("HEAD", status(404), status(404), headOf(large))
                .on("POST", upload(), completion())
                .on("PUT", status(200, "ETag", "\"p\""));

        created(store.create(ObjectStoreContract.object(KEY, new Body.File(file), large)));
        store.abortForgottenUploads("media/");
    }

    @Test
    void uploadsThatNobodyCompletedInADayAreAborted() throws Exception {
        s3.on("GET", uploads("media/a", "2026-11-22T01:59:00Z", "media/b", "2026-11-22T02:01:00Z"))
                .on("DELETE", status(204));

        store.abortForgottenUploads("media/");

        assertThat(s3.asked("DELETE"))
                .singleElement()
                .satisfies(abort -> assertThat(abort.target())
                        .startsWith("/bucket/media/a?")
                        .contains("left0"));
    }

    // What stops the run.

    @Test
    void aWorkFileThatVanishedStopsTheRun(@TempDir Path directory) {
        s3.on("HEAD", status(404));

        assertThatThrownBy(() ->
                        store.create(ObjectStoreContract.object(KEY, new Body.File(directory.resolve("gone")), BYTES)))
                .isInstanceOf(StopException.class)
                .hasMessageContainingAll("gone", "archiver.home");
    }

    @ParameterizedTest
    @CsvSource({
        "404,NoSuchBucket,archiver.storage.bucket",
        "403,AccessDenied,s3:PutObject",
        "403,InvalidAccessKeyId,credentials are wrong or have expired",
        "403,SignatureDoesNotMatch,credentials are wrong or have expired",
        "400,ExpiredToken,credentials are wrong or have expired",
        "403,RequestTimeTooSkewed,set the clock",
        "301,PermanentRedirect,archiver.storage.region",
        "400,AuthorizationHeaderMalformed,archiver.storage.region",
        "403,QuotaExceeded,store is full",
    })
    void aRefusalThatMeetsEveryKeyStopsTheRunAndNamesTheCure(int status, String code, String cure) {
        s3.on("HEAD", status(404)).on("PUT", error(status, code));

        assertThatThrownBy(this::create)
                .isInstanceOf(StopException.class)
                .hasMessageContainingAll(Integer.toString(status), code, KEY, "bucket", cure)
                .hasMessageNotContainingAny("secret", "key-id");
        assertThat(s3.asked("PUT")).hasSize(1);
    }

    /** The answer has no code; but it has a date. */
    @ParameterizedTest
    @CsvSource({"PT0S,s3:ListBucket", "PT1H,set the clock", "PT-1H,set the clock"})
    void aHeadThatIsForbiddenStopsTheRunAndNamesTheCure(Duration ahead, String cure) {
        s3.on("HEAD", status(403));
        InstantSource clock = InstantSource.offset(InstantSource.system(), ahead);

        try (S3ObjectStore there = new S3ObjectStore(settings(s3.endpoint()), clock, CREDENTIALS)) {
            assertThatThrownBy(() -> there.create(ObjectStoreContract.object(KEY, BYTES)))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("403", KEY, cure);
        }
    }

    @ParameterizedTest
    @CsvSource({"PUT,ExpiredToken", "HEAD,"})
    void credentialsThatExpireInARunAreRenewedWhereThereAreNewerOnes(String method, @Nullable String code)
            throws Exception {
        List<AwsCredentials> issued = List.of(
                AwsSessionCredentials.create("old-id", "secret", "old"),
                AwsSessionCredentials.create("new-id", "secret", "new"));
        AtomicInteger current = new AtomicInteger();
        ScriptedS3.Answer expires = (exchange, body) -> {
            current.set(1);
            (code == null ? status(400) : error(400, code)).to(exchange, body);
        };
        s3.on("HEAD", method.equals("HEAD") ? new ScriptedS3.Answer[] {expires} : new ScriptedS3.Answer[0])
                .on("HEAD", status(404), headOf(BYTES))
                .on("PUT", method.equals("PUT") ? new ScriptedS3.Answer[] {expires} : new ScriptedS3.Answer[0])
                .on("PUT", status(200, "ETag", "\"e\""));

        try (S3ObjectStore renewing = store(s3.endpoint(), () -> issued.get(current.get()))) {
            created(renewing.create(ObjectStoreContract.object(KEY, BYTES)));
        }

        assertThat(s3.asked(method).stream()
                        .map(asked -> String.join("", asked.headers().getOrDefault("X-amz-security-token", List.of()))))
                .startsWith("old", "new");
    }

    @Test
    void credentialsThatExpiredAndCannotBeRenewedStopTheRunAlsoWhereTheAnswerHasNoCode() {
        s3.on("HEAD", status(400));

        assertThatThrownBy(this::create)
                .isInstanceOf(StopException.class)
                .hasMessageContainingAll(KEY, "bucket", "expired", "archiver.storage.region");
        assertThat(s3.methods()).containsExactly("HEAD");
    }

    @Test
    void missingCredentialsStopTheRunWithoutARequest() {
        try (S3ObjectStore without = store(s3.endpoint(), () -> {
            throw SdkClientException.create("Unable to load credentials");
        })) {
            assertThatThrownBy(() -> without.requireUsable("media/"))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("AWS_ACCESS_KEY_ID");
        }
        assertThat(s3.methods()).isEmpty();
    }

    @Test
    void aStoreThatNeverAnsweredAndCannotBeReachedStopsTheRun() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        try (S3ObjectStore gone = store(URI.create("http://127.0.0.1:" + port), CREDENTIALS)) {
            assertThatThrownBy(() -> gone.create(ObjectStoreContract.object(KEY, BYTES)))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("http://127.0.0.1:" + port, "refused", "archiver.storage.endpoint");
        }
    }

    @Test
    void anUnknownHostStopsTheRun() {
        try (S3ObjectStore gone = store(URI.create("http://store.invalid"), CREDENTIALS)) {
            assertThatThrownBy(() -> gone.requireUsable(""))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("store.invalid", "unknown");
        }
    }

    @Test
    void aStoreThatIsGoneAfterItAnsweredIsAnOutage() throws Exception {
        s3.on("HEAD", headOf(BYTES));
        create();
        s3.close();

        assertNotCreated(create(), Reason.STORE_UNAVAILABLE, "the connection was refused");
    }

    @Test
    void aUsableBucketIsFoundWithOneRequest() throws Exception {
        s3.on("GET", listing(null));

        store.requireUsable("media/");

        assertThat(s3.asked("GET"))
                .singleElement()
                .satisfies(list -> assertThat(list.target()).contains("list-type=2", "max-keys=1", "prefix=media%2F"));
    }

    @ParameterizedTest
    @CsvSource({"404,NoSuchBucket,no such bucket", "403,AccessDenied,s3:ListBucket", "503,SlowDown,503 SlowDown"})
    void anUnusableBucketIsFoundAtTheStart(int status, String code, String said) {
        s3.on("GET", error(status, code));

        assertThatThrownBy(() -> store.requireUsable("media/"))
                .isInstanceOf(StopException.class)
                .hasMessageContaining(said);
    }

    @Test
    void aServerThatIsNoStoreIsFoundAtTheStart() {
        s3.on("GET", content(200, "<html><body>Welcome<br></body></html>", "Content-Type", "text/html"));

        assertThatThrownBy(() -> store.requireUsable("media/")).isInstanceOf(StopException.class);
    }

    @Test
    void anInterruptedCreationEndsAsInterrupted() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        s3.on("HEAD", (exchange, body) -> {
            asked.countDown();
            await(end);
        });
        AtomicReference<@Nullable Object> result = new AtomicReference<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                result.set(create());
            } catch (InterruptedException e) {
                result.set(e);
            }
        });
        asked.await();
        thread.interrupt();
        thread.join();
        end.countDown();

        assertThat(result.get()).isInstanceOf(InterruptedException.class);
    }

    // Looking up, reading, listing.

    @Test
    void aHeadTellsTheClaimedDigestWhereTheStoreHasNone() throws Exception {
        s3.on(
                "HEAD",
                head(5, "ETag", "\"e\"", "x-amz-meta-sha256", Sha256.of(BYTES).hex(), "x-amz-version-id", "v1"));

        ObjectHead head = store.head(KEY).orElseThrow();

        assertThat(head).isEqualTo(new ObjectHead(KEY, 5, Sha256.of(BYTES), null, "e", null, "v1"));
    }

    @Test
    void aHeadTellsWhichChecksumTheStoreHas() throws Exception {
        s3.on("HEAD", head(5, "x-amz-checksum-crc32c", "AAAAAA==", "x-amz-checksum-type", "FULL_OBJECT"));

        assertThat(store.head(KEY).orElseThrow().storeChecksum()).isEqualTo("CRC32C:FULL_OBJECT:AAAAAA==");
    }

    @Test
    void aHeadThatFailsNamesTheKeyAndTheAnswer() {
        s3.on("HEAD", status(500));

        assertThatThrownBy(() -> store.head(KEY))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(KEY, "500");
    }

    @Test
    void aListingFetchesPagesAsItIsRead() {
        s3.on("GET", listing("more", "a", "b"), listing(null, "c"));

        try (Stream<ObjectHead> listing = store.list("")) {
            List<String> keys = new ArrayList<>();
            List<Integer> requests = new ArrayList<>();
            listing.forEach(object -> {
                keys.add(object.key());
                requests.add(s3.methods().size());
            });
            assertThat(keys).containsExactly("a", "b", "c");
            assertThat(requests).containsExactly(1, 1, 2);
        }
        assertThat(s3.asked("GET").getLast().target()).contains("continuation-token=more");
    }

    @Test
    void aListingThatFailsHalfWaySaysSo() {
        s3.on("GET", listing("more", "a"), error(500, "InternalError"));

        try (Stream<ObjectHead> listing = store.list("media/")) {
            assertThatThrownBy(listing::toList)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContainingAll("media/", "500");
        }
    }

    @Test
    void anObjectInAnArchiveClassIsNotGivenOut() {
        s3.on("GET", error(403, "InvalidObjectState"));

        assertThatThrownBy(() -> store.open(KEY))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(KEY
                        + " in bucket bucket: the store answered 403 InvalidObjectState when asked to read the object");
    }

    @Test
    void aPageThatBreaksOffIsAskedForAgain() {
        s3.on("GET", cut("<ListBucketResult><Contents><Key>a</Key>"), listing(null, "a", "b"));

        try (Stream<ObjectHead> listing = store.list("")) {
            assertThat(listing.map(ObjectHead::key)).containsExactly("a", "b");
        }
    }

    @Test
    void aPageWithoutObjectsNeedNotBeTheLast() {
        s3.on("GET", listing("more"), listing("and more"), listing(null, "a"));

        try (Stream<ObjectHead> listing = store.list("")) {
            assertThat(listing.map(ObjectHead::key)).containsExactly("a");
        }

        assertThat(s3.asked("GET"))
                .extracting(ScriptedS3.Asked::target)
                .last(STRING)
                .contains("and%20more");
    }

    @Test
    void aListingThatNeverEndsIsRefused() {
        s3.on("GET", listing("more", "a"), listing("more", "a"));

        try (Stream<ObjectHead> listing = store.list("media/")) {
            assertThatThrownBy(listing::toList)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContainingAll("media/ in bucket bucket", "asked to list");
        }
    }

    @Test
    void aListingIsReadWhateverElseItTells() {
        s3.on("GET", content(200, """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- as some stores have it -->
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
                  <Name>bucket</Name><Prefix>media/</Prefix><KeyCount>2</KeyCount>
                  <Contents>
                    <Owner><ID>Size</ID><DisplayName>&lt;Key&gt;</DisplayName></Owner>
                    <ChecksumAlgorithm>CRC32</ChecksumAlgorithm>
                    <Key>media/a%2Bb+%C3%A9</Key>
                    <LastModified>2026-11-23T02:00:07.500Z</LastModified>
                    <ETag>&quot;d41d8&#45;2&quot;</ETag>
                    <Size>5000000000</Size>
                    <RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>
                  </Contents>
                  <Contents><Key>media/b</Key><Size>0</Size></Contents>
                  <CommonPrefixes><Prefix>media/c/</Prefix></CommonPrefixes>
                  <EncodingType>url</EncodingType>
                  <IsTruncated>false</IsTruncated>
                </ListBucketResult>
                """));

        try (Stream<ObjectHead> listing = store.list("media/")) {
            assertThat(listing)
                    .containsExactly(
                            new ObjectHead(
                                    "media/a+b \u00e9",
                                    5_000_000_000L,
                                    null,
                                    null,
                                    "d41d8-2",
                                    null,
                                    null,
                                    Instant.parse("2026-11-23T02:00:07.5Z")),
                            new ObjectHead("media/b", 0, null, null, null, null, null));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html><body>Sign in to the network</body></html>",
                "Welcome",
                "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
                "<ListBucketResult><Contents><Key>a</Key><Size>many</Size></Contents></ListBucketResult>",
                "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key><Size>1</Size></Contents></ListBucketResult>",
                "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><ListBucketResult><Contents><Key>&e;</Key><Size>1</Size></Contents></ListBucketResult>",
                "<Error><Code>InternalError</Code><Message>We are sorry</Message></Error>",
            })
    void anAnswerThatIsNoListingIsNoEmptyBucket(String answer) {
        s3.on("GET", content(200, answer, "Content-Type", "application/xml"));

        try (Stream<ObjectHead> listing = store.list("media/")) {
            assertThatThrownBy(listing::toList)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("media/ in bucket bucket")
                    .hasMessageContaining("asked to list");
        }
    }

    private static ScriptedS3.Answer listing(@Nullable String next, String... keys) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>")
                .append(next != null)
                .append("</IsTruncated>");
        if (next != null) {
            xml.append("<NextContinuationToken>").append(next).append("</NextContinuationToken>");
        }
        for (String key : keys) {
            xml.append("<Contents><Key>").append(key).append("</Key><Size>1</Size></Contents>");
        }
        return content(200, xml.append("</ListBucketResult>").toString(), "Content-Type", "application/xml");
    }
}
