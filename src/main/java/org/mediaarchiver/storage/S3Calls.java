package org.mediaarchiver.storage;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.CallFailed.Kind;
import org.mediaarchiver.storage.Failures.Call;
import org.mediaarchiver.storage.ObjectStore.NewObject;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The requests themselves: what is sent for each, and what a failure of it means.
 *
 * <p>Calls that may be repeated blindly are retried by the SDK. A put is sent once: whether it is sent again is decided by who
 * knows what the store holds by then.
 */
final class S3Calls implements AutoCloseable {
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

    private final S3Settings settings;
    private final InstantSource clock;
    private final Failures failures;
    private final SdkHttpClient http;
    private final S3Client repeating;
    private final S3Client once;

    S3Calls(S3Settings settings, InstantSource clock, AwsCredentialsProvider credentials) {
        this.settings = settings;
        this.clock = clock;
        this.failures = new Failures(settings);
        S3Settings.Transfer transfer = settings.transfer();
        this.http = Apache5HttpClient.builder()
                .maxConnections(transfer.connections())
                .connectionTimeout(transfer.connectTimeout())
                .connectionAcquisitionTimeout(transfer.idleTimeout())
                .socketTimeout(transfer.idleTimeout())
                .build();
        BackoffStrategy pauses = BackoffStrategy.exponentialDelayHalfJitter(transfer.retryDelay(), LONGEST_PAUSE);
        this.repeating = client(
                AwsRetryStrategy.standardRetryStrategy().toBuilder()
                        .maxAttempts(transfer.attempts())
                        .backoffStrategy(pauses)
                        .throttlingBackoffStrategy(pauses)
                        .build(),
                credentials);
        this.once = client(AwsRetryStrategy.doNotRetry(), credentials);
    }

    private S3Client client(RetryStrategy retries, AwsCredentialsProvider credentials) {
        var builder = S3Client.builder()
                .httpClient(http)
                .region(Region.of(settings.region()))
                .credentialsProvider(new Credentials(credentials))
                .forcePathStyle(settings.addressing() == S3Settings.Addressing.PATH)
                // The SDK's own checksum travels as a trailer, which older servers refuse or store as content.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(o -> o.retryStrategy(retries)
                        .apiCallAttemptTimeout(settings.transfer().idleTimeout()));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    Optional<HeadObjectResponse> head(String key) throws CallFailed, InterruptedException {
        try {
            return Optional.of(answered(repeating.headObject(
                    r -> r.bucket(settings.bucket()).key(key).checksumMode(ChecksumMode.ENABLED))));
        } catch (SdkException e) {
            CallFailed failed = failures.of(e, Call.HEAD, key);
            if (failed.kind() == Kind.ABSENT) {
                return Optional.empty();
            }
            throw failed;
        }
    }

    ResponseInputStream<GetObjectResponse> get(String key) throws CallFailed, InterruptedException {
        try {
            return answered(repeating.getObject(r -> r.bucket(settings.bucket()).key(key)));
        } catch (SdkException e) {
            throw failures.of(e, Call.GET, key);
        }
    }

    /** Sends an object of any size the store takes in one request, if its key is free. */
    Receipt put(NewObject object) throws CallFailed, InterruptedException {
        try {
            PutObjectResponse answer = answered(once.putObject(request(object), bytes(object.body())));
            StoreChecksum checksum = StoreChecksum.of(answer);
            return new Receipt(answer.eTag(), checksum == null ? null : checksum.sha256(), null);
        } catch (SdkException e) {
            throw failures.of(e, Call.PUT, object.key());
        }
    }

    private PutObjectRequest request(NewObject object) {
        S3Settings.Placement placement = settings.placement();
        Duration deadline = settings.transfer().deadline(object.content().size());
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(settings.bucket())
                .key(object.key())
                .contentType(object.content().contentType())
                .metadata(metadata(object))
                .checksumSHA256(object.content().sha256().base64())
                .ifNoneMatch("*")
                .storageClass(placement.storageClass())
                .serverSideEncryption(placement.sse())
                .ssekmsKeyId(placement.kmsKeyId())
                .overrideConfiguration(o -> o.apiCallAttemptTimeout(deadline));
        if (settings.isSecure()) {
            // Newer Ceph ignores the digest without the algorithm's name; over http Swift refuses the two together.
            request.checksumAlgorithm(ChecksumAlgorithm.SHA256);
        }
        S3Settings.Retention retention = placement.retention();
        if (retention != null) {
            request.objectLockMode(retention.mode().name()).objectLockRetainUntilDate(until(retention));
        }
        return request.build();
    }

    private Instant until(S3Settings.Retention retention) {
        return clock.instant().plus(retention.days(), ChronoUnit.DAYS);
    }

    static Map<String, String> metadata(NewObject object) {
        Map<String, String> metadata = new HashMap<>(object.metadata());
        metadata.put("sha256", object.content().sha256().hex());
        return metadata;
    }

    private static RequestBody bytes(Body body) {
        return switch (body) {
            case Body.File file -> RequestBody.fromFile(file.path());
            case Body.Bytes memory -> RequestBody.fromBytes(memory.bytes());
        };
    }

    /** Lists page by page, as the iterator advances, which throws what the SDK throws. */
    Iterator<S3Object> list(String prefix) {
        return repeating
                .listObjectsV2Paginator(listing(prefix).build())
                .contents()
                .iterator();
    }

    /** Asks for at most one key, which needs the bucket, its region and the credentials to be right. */
    void listOne(String prefix) throws CallFailed, InterruptedException {
        try {
            answered(repeating.listObjectsV2(listing(prefix).maxKeys(1).build()));
        } catch (SdkException e) {
            throw failures.of(e, Call.LIST, "keys that begin with '" + prefix + "'");
        }
    }

    CallFailed listingFailed(SdkException e, String prefix) throws InterruptedException {
        return failures.of(e, Call.LIST, "keys that begin with '" + prefix + "'");
    }

    private ListObjectsV2Request.Builder listing(String prefix) {
        // XML cannot carry every key: encoded, it can.
        return ListObjectsV2Request.builder()
                .bucket(settings.bucket())
                .prefix(prefix)
                .encodingType(EncodingType.URL);
    }

    private <T> T answered(T answer) {
        failures.storeAnswered();
        return answer;
    }

    /**
     * Credentials that say what to do where there are none.
     *
     * @param source where they are looked up, each time they are about to expire
     */
    private record Credentials(AwsCredentialsProvider source) implements AwsCredentialsProvider {
        @Override
        public AwsCredentials resolveCredentials() {
            try {
                return source.resolveCredentials();
            } catch (SdkClientException e) {
                throw new StopException(
                        "No usable S3 credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile or role"
                                + " as the AWS SDK knows them.",
                        e);
            }
        }
    }

    @Override
    public void close() {
        repeating.close();
        once.close();
        http.close();
    }
}
