package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mediaarchiver.storage.ScriptedS3.error;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.ProbedS3.Flaw;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;

/** What a probe finds, in a real server and in ones with flaws, and that it leaves nothing there. */
class StoreProbeTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T02:00:00Z"));

    private static S3ObjectStore store(URI endpoint, String keyId, String secret) {
        S3Settings settings = new S3Settings(
                "bucket",
                endpoint,
                "us-east-1",
                S3Settings.Addressing.PATH,
                S3Settings.Placement.AS_THE_BUCKET_SAYS,
                new S3Settings.Transfer(
                        6_000_000,
                        5_242_880,
                        4,
                        2,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        1_000_000));
        return new S3ObjectStore(
                settings, CLOCK, StaticCredentialsProvider.create(AwsBasicCredentials.create(keyId, secret)));
    }

    private static StoreCapabilities probe(ScriptedS3 server) throws InterruptedException {
        try (S3ObjectStore store = store(server.endpoint(), "key-id", "secret")) {
            return store.probe("archive/");
        }
    }

    private static Set<Feature> answered(StoreCapabilities capabilities, Answer answer) {
        return Arrays.stream(Feature.values())
                .filter(feature -> capabilities.of(feature) == answer)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Feature.class)));
    }

    @Test
    void aRealServerIsFoundOutAndNothingIsLeftThere() throws Exception {
        try (S3Server server = S3Server.start("bucket");
                S3ObjectStore store = store(server.endpoint(), server.accessKey(), server.secretKey())) {
            server.client()
                    .putObject(
                            r -> r.bucket("bucket").key("archive/.probe/0123456789abcdef-md5"),
                            RequestBody.fromString("left by a kill"));

            StoreCapabilities found = store.probe("archive/");

            assertThat(answered(found, Answer.YES))
                    .containsExactly(
                            Feature.DELETE,
                            Feature.SHA256_TAKEN,
                            Feature.SHA256_VERIFIED,
                            Feature.SHA256_TOLD,
                            Feature.MD5_VERIFIED,
                            Feature.CONDITION_TAKEN,
                            Feature.CONDITION_KEPT,
                            Feature.MATCH_KEPT,
                            Feature.COMPLETION_CONDITION_TAKEN,
                            Feature.COMPLETION_CONDITION_KEPT,
                            Feature.FULL_CRC_VERIFIED);
            assertThat(answered(found, Answer.NO)).containsExactly(Feature.VERSIONS);
            assertThat(server.client().listObjectsV2(r -> r.bucket("bucket")).contents())
                    .isEmpty();
            assertThat(server.client()
                            .listMultipartUploads(r -> r.bucket("bucket"))
                            .uploads())
                    .isEmpty();
        }
    }

    @Test
    void aStoreThatDoesEverythingIsFoundToDoSo() throws Exception {
        try (ProbedS3 s3 = new ProbedS3()) {
            assertThat(answered(probe(s3.server()), Answer.YES)).containsExactly(Feature.values());
            assertThat(s3.left()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "KNOWS_NO_VERSIONS,VERSIONS",
        "IGNORES_SHA256,SHA256_VERIFIED SHA256_TOLD",
        "REFUSES_SHA256,SHA256_TAKEN SHA256_VERIFIED SHA256_TOLD",
        "IGNORES_MD5,MD5_VERIFIED",
        "IGNORES_CONDITIONS,CONDITION_KEPT MATCH_KEPT COMPLETION_CONDITION_KEPT",
        "REFUSES_CONDITIONS,CONDITION_TAKEN CONDITION_KEPT MATCH_KEPT COMPLETION_CONDITION_TAKEN COMPLETION_CONDITION_KEPT",
        "HAS_NO_UPLOADS_IN_PARTS,COMPLETION_CONDITION_TAKEN COMPLETION_CONDITION_KEPT FULL_CRC_VERIFIED",
        "IGNORES_CRC,FULL_CRC_VERIFIED",
        "REFUSES_CRC,FULL_CRC_VERIFIED",
        "TELLS_NO_CRC,FULL_CRC_VERIFIED",
        "FORGETS_UPLOADS_IT_REFUSED,FULL_CRC_VERIFIED"
    })
    void aFlawIsFoundAndCostsNoOtherAnswerAndLeavesNothing(Flaw flaw, String missing) throws Exception {
        try (ProbedS3 s3 = new ProbedS3(flaw)) {
            StoreCapabilities found = probe(s3.server());

            assertThat(answered(found, Answer.NO))
                    .isEqualTo(Arrays.stream(missing.split(" "))
                            .map(Feature::valueOf)
                            .collect(Collectors.toSet()));
            assertThat(answered(found, Answer.UNKNOWN)).isEmpty();
            assertThat(s3.left()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FORBIDS_DELETION", "FORBIDS_TO_TELL_THE_LOCK", "LOCKS_WHAT_IS_CREATED"})
    void nothingIsMadeWhereItCouldNotBeDeletedForCertain(Flaw flaw) throws Exception {
        try (ProbedS3 s3 = new ProbedS3(flaw)) {
            StoreCapabilities found = probe(s3.server());

            assertThat(found).isEqualTo(new StoreCapabilities(Map.of(Feature.DELETE, Answer.NO)));
            assertThat(s3.server().methods()).isNotEmpty().doesNotContain("PUT", "POST");
        }
    }

    @Test
    void aStoreThatBecomesUnwellIsUnknownAndNothingIsLeftThere() throws Exception {
        try (ProbedS3 s3 = new ProbedS3(Flaw.FAILS_AFTER_THE_FIRST_PUT)) {
            StoreCapabilities found = probe(s3.server());

            assertThat(answered(found, Answer.UNKNOWN))
                    .containsExactly(
                            Feature.SHA256_VERIFIED,
                            Feature.MD5_VERIFIED,
                            Feature.CONDITION_KEPT,
                            Feature.MATCH_KEPT,
                            Feature.COMPLETION_CONDITION_TAKEN,
                            Feature.COMPLETION_CONDITION_KEPT,
                            Feature.FULL_CRC_VERIFIED);
            assertThat(s3.left()).isEmpty();
        }
    }

    @Test
    void whatAKilledProbeLeftIsDeletedInAllItsVersionsAndNothingElse() throws Exception {
        try (ProbedS3 s3 = new ProbedS3()) {
            s3.plant("archive/.probe/0123456789abcdef-object", 3);
            s3.plant("archive/.probe/somebody's", 1);
            s3.plant("archive/media/0123456789abcdef-object", 1);
            s3.plantUpload("archive/.probe/0123456789abcdef-object");

            probe(s3.server());

            assertThat(s3.left()).containsExactly("archive/.probe/somebody's", "archive/media/0123456789abcdef-object");
        }
    }

    @ParameterizedTest
    @CsvSource({"404,NoSuchBucket,archiver.storage.bucket", "403,InvalidAccessKeyId,credentials are wrong"})
    void aBucketThatCannotBeUsedStopsTheRun(int status, String code, String cure) throws IOException {
        try (ScriptedS3 s3 = new ScriptedS3().on("GET", error(status, code))) {
            assertThatThrownBy(() -> probe(s3))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll(code, cure);
        }
    }

    @Test
    void answersAreTheSameAfterTheyWereKept() {
        StoreCapabilities some = new StoreCapabilities(Map.of(Feature.DELETE, Answer.YES, Feature.VERSIONS, Answer.NO));

        assertThat(some.facts())
                .containsEntry("probe_format", "3")
                .containsEntry("delete", "yes")
                .containsEntry("versions", "no")
                .containsEntry("condition_kept", "unknown");
        assertThat(StoreCapabilities.of(some.facts())).isEqualTo(some);
    }

    @Test
    void answersOfAnotherFormatAreUnknown() {
        assertThat(StoreCapabilities.of(Map.of("probe_format", "0", "condition_kept", "yes")))
                .isEqualTo(StoreCapabilities.UNKNOWN);
    }
}
