package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.storage.ScriptedS3.error;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Check.Result;
import org.mediaarchiver.storage.ProbedS3.Flaw;
import org.mediaarchiver.storage.S3Settings.Placement;
import org.mediaarchiver.storage.S3Settings.Retention;
import org.mediaarchiver.testing.DocumentedChecks;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** What is said of a bucket before a run depends on it, and that trying it leaves nothing there. */
class StoreCheckupTest {
    private static final long THRESHOLD = 6_000_000;
    private static final Placement TAGGED =
            new Placement("STANDARD_IA", "aws:kms", "alias/archive", null, Map.of("team", "media"));
    private static final Placement LOCKED =
            new Placement(null, null, null, new Retention(Retention.Mode.GOVERNANCE, 30), Map.of());
    private static final String[] RIGHTS = {
        "store.connection",
        "store.clock",
        "store.credentials",
        "bucket.list",
        "bucket.look-up",
        "bucket.create",
        "bucket.delete",
        "bucket.read",
        "bucket.uploads"
    };
    private static final String[] FEATURES = {
        "store.sha256",
        "store.head-checksum",
        "store.create-only",
        "store.complete-only",
        "store.complete-crc",
        "store.replace-only",
        "store.order"
    };

    private static final Set<String> DOCUMENTED = documented();

    private final List<Check> checks = new ArrayList<>();
    private InstantSource clock = InstantSource.system();

    private static Set<String> documented() {
        try {
            return DocumentedChecks.names();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void examine(URI endpoint, String keyId, String secret, Placement placement) throws InterruptedException {
        S3Settings settings = new S3Settings(
                "bucket",
                endpoint,
                "us-east-1",
                S3Settings.Addressing.PATH,
                placement,
                new S3Settings.Transfer(
                        THRESHOLD,
                        5_242_880,
                        4,
                        2,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        1_000_000));
        try (S3ObjectStore store = new S3ObjectStore(
                settings, clock, StaticCredentialsProvider.create(AwsBasicCredentials.create(keyId, secret)))) {
            store.checkUp("archive/", THRESHOLD, checks::add);
        }
        assertThat(checks)
                .allSatisfy(check -> assertThat(check.message()).doesNotContain(secret, "\n", "secret of the store"));
        assertThat(checks).extracting(Check::name).doesNotHaveDuplicates().isSubsetOf(DOCUMENTED);
    }

    private void examine(ProbedS3 s3) throws InterruptedException {
        examine(s3.server().endpoint(), "key-id", "planted-secret", Placement.AS_THE_BUCKET_SAYS);
    }

    private void examine(ScriptedS3 s3) throws InterruptedException {
        examine(s3.endpoint(), "key-id", "planted-secret", Placement.AS_THE_BUCKET_SAYS);
    }

    private List<String> names(Result result) {
        return checks.stream()
                .filter(check -> check.result() == result)
                .map(Check::name)
                .toList();
    }

    private String message(String name) {
        Optional<Check> found =
                checks.stream().filter(check -> check.name().equals(name)).findFirst();
        return found.orElseThrow(() -> new AssertionError("no check " + name + " in " + checks))
                .message();
    }

    @Test
    void aRealServerIsFineAndNothingIsLeftThere() throws Exception {
        try (S3Server server = S3Server.start("bucket")) {
            examine(server.endpoint(), server.accessKey(), server.secretKey(), Placement.AS_THE_BUCKET_SAYS);

            assertThat(names(Result.OK)).containsExactlyInAnyOrder(concat(RIGHTS, FEATURES));
            assertThat(checks).hasSize(RIGHTS.length + FEATURES.length);
            assertThat(server.client().listObjectsV2(r -> r.bucket("bucket")).contents())
                    .isEmpty();
            assertThat(server.client()
                            .listMultipartUploads(r -> r.bucket("bucket"))
                            .uploads())
                    .isEmpty();
        }
    }

    private static String[] concat(String[] some, String[] more) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @CsvSource({
        "GET /bucket\\?.*list-type.*, bucket.list, s3:ListBucket",
        "HEAD .*, bucket.look-up, s3:GetObject and s3:ListBucket",
        "GET /bucket/.*, bucket.read, s3:GetObject",
        "PUT .*, bucket.create, s3:PutObject",
    })
    void aRightThatARunNeedsIsAFaultByItself(String requests, String name, String right) throws Exception {
        try (ProbedS3 s3 = new ProbedS3().forbidding(requests)) {
            examine(s3);

            assertThat(names(Result.FAULT)).containsExactly(name);
            assertThat(message(name)).contains("403", "Give the S3 credentials the right to do so (" + right + ")");
            assertThat(s3.left()).isEmpty();
        }
    }

    @Test
    void allRightsThatAreMissingAreToldAtOnce() throws Exception {
        try (ProbedS3 s3 = new ProbedS3().forbidding(".*")) {
            examine(s3);

            assertThat(names(Result.FAULT))
                    .containsExactly("bucket.list", "bucket.look-up", "bucket.create", "bucket.read");
            assertThat(names(Result.NOTE)).containsExactly("bucket.uploads");
            assertThat(s3.left()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE .*versionId.*, bucket.delete, s3:DeleteObject and s3:DeleteObjectVersion for archive/.probe/*",
        "GET /bucket\\?object-lock, bucket.delete, s3:GetBucketObjectLockConfiguration",
        "GET /bucket\\?.*uploads.*, bucket.uploads, s3:ListBucketMultipartUploads",
        "DELETE .*uploadId.*, bucket.uploads, s3:AbortMultipartUpload"
    })
    void aRightThatARunCanDoWithoutIsANote(String requests, String name, String right) throws Exception {
        try (ProbedS3 s3 = new ProbedS3().forbidding(requests)) {
            examine(s3);

            assertThat(names(Result.FAULT)).isEmpty();
            assertThat(names(Result.NOTE)).contains(name);
            assertThat(message(name)).contains(right);
            assertThat(s3.left()).isEmpty();
        }
    }

    @Test
    void whereNothingMayBeDeletedNothingIsMadeAndTheRightToCreateIsTriedAllTheSame() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.FORBIDS_DELETION)) {
            examine(s3);

            assertThat(names(Result.OK)).contains("bucket.create", "bucket.read");
            assertThat(names(Result.UNTRIED)).containsExactly("store.features");
            assertThat(s3.left()).isEmpty();
        }
        checks.clear();
        try (ProbedS3 s3 = new ProbedS3(Flaw.FORBIDS_DELETION).forbidding("PUT .*")) {
            examine(s3);

            assertThat(names(Result.FAULT)).containsExactly("bucket.create");
            assertThat(s3.left()).isEmpty();
        }
    }

    /** A run then does without them. */
    @Test
    void theRightToCreateIsTriedOnAStoreThatKnowsNoConditionsToo() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.REFUSES_CONDITIONS, Flaw.FORBIDS_DELETION)) {
            examine(s3);

            assertThat(names(Result.FAULT)).isEmpty();
            assertThat(names(Result.OK)).contains("bucket.create");
            assertThat(s3.left()).isEmpty();
        }
    }

    @Test
    void whatIsLeftAllTheSameIsNamed() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.FORBIDS_DELETION, Flaw.IGNORES_SHA256, Flaw.IGNORES_MD5)) {
            examine(s3);

            assertThat(s3.left()).hasSize(1);
            assertThat(message("store.digests")).contains("left as " + s3.left().getFirst() + " in bucket bucket");
        }
        checks.clear();
        try (ProbedS3 s3 = new ProbedS3().forbidding("DELETE .*uploadId=u.*")) {
            examine(s3);

            assertThat(names(Result.FAULT)).containsExactly("bucket.uploads");
            assertThat(message("bucket.uploads")).contains("Upload u", "is left", "s3:AbortMultipartUpload");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "x-amz-tagging, 403, AccessDenied, bucket.tags, s3:PutObjectTagging",
        "x-amz-storage-class, 400, InvalidStorageClass, bucket.storage-class, archiver.storage.storage-class",
        "x-amz-server-side-encryption, 403, AccessDenied, bucket.encryption, kms:GenerateDataKey",
        "x-amz-server-side-encryption, 501, NotImplemented, bucket.encryption, archiver.storage.sse"
    })
    void whatIsConfiguredForNewObjectsAndNotTakenIsNamed(
            String header, int status, String code, String name, String cure) throws Exception {
        for (Flaw[] flaws : new Flaw[][] {
            {Flaw.KNOWS_NO_VERSIONS},
            {Flaw.FORBIDS_DELETION},
            {Flaw.REFUSES_CONDITIONS},
            {Flaw.REFUSES_SHA256},
            {Flaw.REFUSES_CONDITIONS, Flaw.FORBIDS_DELETION}
        }) {
            checks.clear();
            try (ProbedS3 s3 = new ProbedS3(flaws).answering("PUT .*", header, error(status, code))) {
                examine(s3.server().endpoint(), "key-id", "planted-secret", TAGGED);

                assertThat(names(Result.FAULT)).containsExactly(name);
                assertThat(message(name)).contains(code, cure);
                assertThat(s3.left()).isEmpty();
            }
        }
    }

    @Test
    void whatIsConfiguredForNewObjectsAndTakenIsFine() throws Exception {
        try (ProbedS3 s3 = new ProbedS3()) {
            examine(s3.server().endpoint(), "key-id", "planted-secret", TAGGED);

            assertThat(names(Result.OK)).contains("bucket.tags", "bucket.storage-class", "bucket.encryption");
            assertThat(s3.server().asked("PUT"))
                    .anySatisfy(put -> assertThat(put.headers().keySet())
                            .containsAll(
                                    List.of("X-amz-tagging", "X-amz-storage-class", "X-amz-server-side-encryption")));
        }
    }

    @Test
    void whatIsConfiguredForNewObjectsAndDroppedWithoutAWordIsNamed() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.DROPS_WHAT_IS_CONFIGURED)) {
            examine(s3.server().endpoint(), "key-id", "planted-secret", TAGGED);

            assertThat(names(Result.FAULT)).containsExactly("bucket.storage-class", "bucket.encryption");
            assertThat(message("bucket.storage-class"))
                    .contains("in another storage class", "archiver.storage.storage-class");
            assertThat(message("bucket.encryption")).contains("does not say that it encrypted", "archiver.storage.sse");
        }
    }

    @Test
    void whatIsConfiguredForNewObjectsAndCannotBeTriedIsNotPromised() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.FORBIDS_DELETION)) {
            examine(s3.server().endpoint(), "key-id", "planted-secret", TAGGED);

            assertThat(names(Result.FAULT)).isEmpty();
            assertThat(message("bucket.encryption")).contains("is not tried");
        }
    }

    @Test
    void aLockIsTriedWithoutAnObjectThatWouldBeLocked() throws Exception {
        ScriptedS3.Answer hasLock = ScriptedS3.content(
                200,
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>");
        try (ProbedS3 s3 = new ProbedS3().answering("GET .*object-lock", "Host", hasLock)) {
            examine(s3.server().endpoint(), "key-id", "planted-secret", LOCKED);

            assertThat(names(Result.OK)).contains("bucket.create", "bucket.object-lock");
            assertThat(s3.server().asked("PUT"))
                    .noneSatisfy(put -> assertThat(put.headers()).containsKey("X-amz-object-lock-mode"));
            assertThat(s3.left()).isEmpty();
        }
        checks.clear();
        try (ProbedS3 s3 = new ProbedS3()
                .answering("GET .*object-lock", "Host", hasLock)
                .answering("POST .*", "x-amz-object-lock-mode", error(403, "AccessDenied"))) {
            examine(s3.server().endpoint(), "key-id", "planted-secret", LOCKED);

            assertThat(names(Result.FAULT)).containsExactly("bucket.object-lock");
            assertThat(message("bucket.object-lock")).contains("s3:PutObjectRetention");
        }
        checks.clear();
        try (ProbedS3 s3 = new ProbedS3()) {
            examine(s3.server().endpoint(), "key-id", "planted-secret", LOCKED);

            assertThat(names(Result.FAULT)).containsExactly("bucket.object-lock");
            assertThat(message("bucket.object-lock")).contains("The bucket has no Object Lock");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "IGNORES_SHA256, store.sha256 store.head-checksum",
        "REFUSES_SHA256, store.sha256 store.head-checksum",
        "IGNORES_CONDITIONS, store.create-only store.complete-only store.replace-only",
        "REFUSES_CONDITIONS, store.create-only store.complete-only store.replace-only",
        "HAS_NO_UPLOADS_IN_PARTS, bucket.uploads store.complete-only store.complete-crc",
        "IGNORES_CRC, store.complete-crc"
    })
    void whatTheStoreCannotDoAndARunCopesWithIsANote(Flaw flaw, String notes) throws Exception {
        try (ProbedS3 s3 = new ProbedS3(flaw)) {
            examine(s3);

            assertThat(names(Result.NOTE)).containsExactlyInAnyOrder(notes.split(" "));
            assertThat(names(Result.FAULT)).isEmpty();
            assertThat(s3.left()).isEmpty();
        }
    }

    @Test
    void aListingInAnotherOrderIsAFaultBecauseAuditsRelyOnIt() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.LISTS_BACKWARDS)) {
            examine(s3);

            assertThat(names(Result.FAULT)).containsExactly("store.order");
            assertThat(s3.left()).isEmpty();
        }
    }

    @Test
    void theWrongBucketOrSecretIsToldByARealServer() throws Exception {
        try (S3Server server = S3Server.start("another")) {
            examine(server.endpoint(), server.accessKey(), server.secretKey(), Placement.AS_THE_BUCKET_SAYS);

            assertThat(names(Result.FAULT)).containsExactly("bucket.list");
            assertThat(message("bucket.list")).contains("NoSuchBucket", "archiver.storage.bucket");
            assertThat(names(Result.UNTRIED)).containsExactly("bucket");
            checks.clear();

            examine(server.endpoint(), server.accessKey(), "planted-secret", Placement.AS_THE_BUCKET_SAYS);

            assertThat(names(Result.FAULT)).containsExactly("store.credentials");
            assertThat(message("store.credentials")).contains("SignatureDoesNotMatch", "S3 credentials are wrong");
        }
    }

    @ParameterizedTest
    @CsvSource({"301, PermanentRedirect", "400, AuthorizationHeaderMalformed"})
    void theWrongRegionIsTold(int status, String code) throws Exception {
        try (ScriptedS3 s3 = new ScriptedS3().on("GET", error(status, code))) {
            examine(s3);

            assertThat(names(Result.FAULT)).containsExactly("bucket.list");
            assertThat(message("bucket.list")).contains(code, "archiver.storage.region");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PT5M, NOTE, 5 min 0 s ahead of",
        "PT-5M, NOTE, behind",
        "PT20M, FAULT, set the clock",
        "PT-20M, FAULT, set the clock"
    })
    void aClockThatDiffersFromTheStoresIsTold(Duration skew, Result result, String message) throws Exception {
        try (ProbedS3 s3 = new ProbedS3()) {
            InstantSource system = InstantSource.system();
            clock = () -> system.instant().plus(skew);
            examine(s3);

            assertThat(names(result)).contains("store.clock");
            assertThat(message("store.clock")).contains(message);
        }
    }

    @Test
    void whyTheStoreCannotBeReachedIsToldApart() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = free.getLocalPort();
        }
        try (S3Server s3 = S3Server.start("bucket")) {
            assertUnreachable("http://127.0.0.1:" + closed, "the connection was refused");
            assertUnreachable("http://no-such-host.invalid", "its host name is unknown");
            assertUnreachable("https://127.0.0.1:" + s3.endpoint().getPort(), "does not speak TLS");
        }
    }

    private void assertUnreachable(String endpoint, String why) throws InterruptedException {
        checks.clear();
        examine(URI.create(endpoint), "key-id", "planted-secret", Placement.AS_THE_BUCKET_SAYS);

        assertThat(names(Result.FAULT)).containsExactly("store.connection");
        assertThat(message("store.connection")).contains(endpoint, why, "archiver.storage.endpoint");
        assertThat(names(Result.UNTRIED)).containsExactly("bucket");
    }

    @Test
    void aStoreThatIsUnwellIsToldFromOneThatIsWrong() throws IOException, InterruptedException {
        try (ScriptedS3 s3 = new ScriptedS3().on("GET", error(503, "SlowDown"))) {
            examine(s3);

            assertThat(names(Result.FAULT)).containsExactly("bucket.list");
            assertThat(message("bucket.list")).contains("503 SlowDown", "Run doctor again");
        }
    }
}
