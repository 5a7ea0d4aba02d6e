package org.mediaarchiver.storage;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.CallFailed.Kind;
import org.mediaarchiver.storage.Failures.Call;
import org.mediaarchiver.storage.ObjectStore.NewObject;
import org.mediaarchiver.storage.ObjectStore.ObjectVersion;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.Tagging;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * The requests themselves: what is sent for each, and what a failure of it means.
 *
 * <p>Calls that may be repeated blindly are retried by the SDK. A put is sent once: whether it is sent again is decided by who
 * knows what the store holds by then.
 */
final class S3Calls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(S3Calls.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

    private final S3Settings settings;
    private final InstantSource clock;
    private final Failures failures;
    private final SdkHttpClient http;
    private final Credentials credentials;
    private final S3Client repeating;
    private final S3Client once;
    private final Instant openedAt;

    S3Calls(S3Settings settings, InstantSource clock, AwsCredentialsProvider credentials) {
        this.settings = settings;
        this.clock = clock;
        this.openedAt = clock.instant();
        this.failures = new Failures(settings, clock);
        this.credentials = new Credentials(credentials);
        S3Settings.Transfer transfer = settings.transfer();
        Apache5HttpClient.Builder connections = Apache5HttpClient.builder()
                .maxConnections(transfer.connections())
                .connectionTimeout(transfer.connectTimeout())
                .connectionAcquisitionTimeout(transfer.idleTimeout())
                .socketTimeout(transfer.idleTimeout());
        if (!settings.authorities().isEmpty()) {
            connections.tlsTrustManagersProvider(() -> StoreTrust.beside(settings.authorities()));
        }
        this.http = connections.build();
        BackoffStrategy pauses = BackoffStrategy.exponentialDelayHalfJitter(transfer.retryDelay(), LONGEST_PAUSE);
        this.repeating = client(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(transfer.attempts())
                .backoffStrategy(pauses)
                .throttlingBackoffStrategy(pauses)
                .build());
        this.once = client(AwsRetryStrategy.doNotRetry());
    }

    private S3Client client(RetryStrategy retries) {
        var builder = S3Client.builder()
                .httpClient(http)
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials)
                .forcePathStyle(settings.addressing() == S3Settings.Addressing.PATH)
                // Over http the SDK would sign a body chunk by chunk, which older servers refuse, or keep with the
                // object.
                .serviceConfiguration(c -> c.chunkedEncodingEnabled(false))
                .putAuthScheme(new BodySigning())
                // The SDK's own checksum travels as a trailer, which older servers refuse or store as content.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(o -> o.retryStrategy(retries)
                        .addExecutionInterceptor(new ListedPage.Reader())
                        .apiCallAttemptTimeout(settings.transfer().idleTimeout()));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return builder.build();
    }

    Optional<HeadObjectResponse> head(String key) throws CallFailed, InterruptedException {
        try {
            return Optional.of(answered(() -> repeating.headObject(
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
            return answered(
                    () -> repeating.getObject(r -> r.bucket(settings.bucket()).key(key)));
        } catch (SdkException e) {
            throw failures.of(e, Call.GET, key);
        }
    }

    /** Opens an earlier version; a right that is missing for it is a failure that its caller deals with. */
    ResponseInputStream<GetObjectResponse> get(ObjectVersion version) throws CallFailed, InterruptedException {
        return optional(
                version.key(),
                s3 -> s3.getObject(
                        r -> r.bucket(settings.bucket()).key(version.key()).versionId(version.versionId())));
    }

    /** Lists what was under a key before the object that is there now, the newest first. */
    List<ObjectVersion> earlierVersions(String key) throws CallFailed, InterruptedException {
        // Longer keys that begin like this one are listed after it.
        return optional(
                key,
                s3 -> s3
                        .listObjectVersionsPaginator(
                                r -> r.bucket(settings.bucket()).prefix(key).encodingType(EncodingType.URL))
                        .versions()
                        .stream()
                        .takeWhile(version -> version.key().equals(key))
                        .filter(version -> !Boolean.TRUE.equals(version.isLatest()))
                        .map(version -> new ObjectVersion(key, version.versionId(), version.size()))
                        .toList());
    }

    /** Sends an object if its key is free: in one request, or in parts where it is larger than the store takes in one. */
    Receipt put(NewObject object, StoreCapabilities known) throws CallFailed, InterruptedException {
        try {
            return isSentInParts(object) && object.body() instanceof Body.File file
                    ? putParts(object, file.path(), known)
                    : putWhole(
                            object, known, put -> put.ifNoneMatch(known.lacks(Feature.CONDITION_TAKEN) ? null : "*"));
        } catch (UncheckedIOException e) {
            throw Failures.workFileUnreadable(e);
        }
    }

    /** Sends an object in one request, whatever its size, if the one under its key still has this ETag. */
    Receipt replace(NewObject object, String etag, StoreCapabilities known) throws CallFailed, InterruptedException {
        try {
            return putWhole(object, known, put -> put.ifMatch(etag));
        } catch (UncheckedIOException e) {
            throw Failures.workFileUnreadable(e);
        }
    }

    boolean isSentInParts(NewObject object) {
        return object.body() instanceof Body.File
                && object.content().size() > settings.transfer().multipartThresholdBytes();
    }

    private Receipt putWhole(NewObject object, StoreCapabilities known, Consumer<PutObjectRequest.Builder> condition)
            throws CallFailed, InterruptedException {
        boolean checked = !known.lacks(Feature.SHA256_TAKEN);
        PutObjectRequest.Builder request = newPut(object.key(), settings.placement())
                .contentType(object.content().contentType())
                .metadata(metadata(object))
                .checksumSHA256(checked ? object.content().sha256().base64() : null)
                .checksumAlgorithm(checked ? namedAlgorithm() : null)
                // Refused at once is better than found out by reading back: then it lies under the key already.
                .contentMD5(known.verifiesMd5Alone() ? ContentMd5.of(object) : null)
                .overrideConfiguration(o -> {
                    o.apiCallAttemptTimeout(
                            settings.transfer().deadline(object.content().size()));
                    if (!settings.isSecure() && known.has(Feature.SHA256_VERIFIED)) {
                        o.putHeader(BodySigning.HEADER, BodySigning.UNREAD);
                    }
                });
        condition.accept(request);
        try {
            PutObjectResponse answer = answered(() -> once.putObject(request.build(), bytes(object.body())));
            StoreChecksum vouched = StoreChecksum.of(answer, known.of(Feature.SHA256_VERIFIED));
            return new Receipt(answer.eTag(), answer.versionId(), vouched, null);
        } catch (SdkException e) {
            throw failures.of(e, Call.PUT, object.key());
        }
    }

    /** Returns a put as far as it says where and how the object is to be kept. */
    PutObjectRequest.Builder newPut(String key, S3Settings.Placement placement) {
        PutObjectRequest.Builder put = PutObjectRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .storageClass(placement.storageClass())
                .serverSideEncryption(placement.sse())
                .ssekmsKeyId(placement.kmsKeyId())
                .objectLockMode(lockMode(placement))
                .objectLockRetainUntilDate(lockedUntil(placement));
        return placement.tags().isEmpty() ? put : put.tagging(tags(placement));
    }

    /** Returns the beginning of an upload in parts as far as it says where and how the object is to be kept. */
    CreateMultipartUploadRequest.Builder newUpload(String key, S3Settings.Placement placement) {
        CreateMultipartUploadRequest.Builder upload = CreateMultipartUploadRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .storageClass(placement.storageClass())
                .serverSideEncryption(placement.sse())
                .ssekmsKeyId(placement.kmsKeyId())
                .objectLockMode(lockMode(placement))
                .objectLockRetainUntilDate(lockedUntil(placement));
        return placement.tags().isEmpty() ? upload : upload.tagging(tags(placement));
    }

    /** Newer Ceph ignores a digest without its algorithm's name; over http Swift refuses the two together. */
    @Nullable
    ChecksumAlgorithm namedAlgorithm() {
        return settings.isSecure() ? ChecksumAlgorithm.SHA256 : null;
    }

    private Receipt putParts(NewObject object, Path file, StoreCapabilities known)
            throws CallFailed, InterruptedException {
        abortLeftUploads(object.key());
        PartsChecksum checksum = PartsChecksum.of(known, namedAlgorithm());
        String id = startUpload(object, checksum);
        boolean completed = false;
        try {
            PartedUpload upload = new PartedUpload(
                    file, object.content().size(), settings.transfer().partBytes(), checksum, known);
            List<CompletedPart> parts = upload.sendAll(
                    part -> sendPart(object.key(), id, part, checksum),
                    object.content().sha256());
            // Older Ceph overwrites on completion, condition or not; this narrows the gap from hours to an instant.
            if (head(object.key()).isPresent()) {
                throw new CallFailed(
                        Kind.EXISTS, Reason.STORE_UNAVAILABLE, "another object came under the key meanwhile");
            }
            Receipt receipt = complete(object, id, parts, checksum, known);
            completed = true;
            return receipt;
        } finally {
            if (!completed) {
                abort(object.key(), id);
            }
        }
    }

    private String startUpload(NewObject object, PartsChecksum checksum) throws CallFailed, InterruptedException {
        CreateMultipartUploadRequest.Builder request = newUpload(object.key(), settings.placement())
                .contentType(object.content().contentType())
                .metadata(metadata(object));
        checksum.begin(request);
        try {
            return answered(() -> repeating.createMultipartUpload(request.build()))
                    .uploadId();
        } catch (SdkException e) {
            throw failures.of(e, Call.PUT, object.key());
        }
    }

    private UploadPartResponse sendPart(String key, String id, PartedUpload.Part part, PartsChecksum checksum)
            throws CallFailed, InterruptedException {
        UploadPartRequest.Builder request = UploadPartRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .uploadId(id)
                .partNumber(part.number())
                .contentMD5(part.md5())
                .overrideConfiguration(
                        o -> o.apiCallAttemptTimeout(settings.transfer().deadline(part.bytes())));
        checksum.put(request, part.checksum());
        try {
            return answered(() -> repeating.uploadPart(request.build(), part.body()));
        } catch (SdkException e) {
            throw failures.of(e, Call.PUT, key);
        }
    }

    private Receipt complete(
            NewObject object, String id, List<CompletedPart> parts, PartsChecksum checksum, StoreCapabilities known)
            throws CallFailed, InterruptedException {
        CompleteMultipartUploadRequest.Builder request = CompleteMultipartUploadRequest.builder()
                .bucket(settings.bucket())
                .key(object.key())
                .uploadId(id)
                .ifNoneMatch(known.lacks(Feature.COMPLETION_CONDITION_TAKEN) ? null : "*")
                .multipartUpload(u -> u.parts(parts))
                .overrideConfiguration(o -> o.apiCallAttemptTimeout(
                        settings.transfer().deadline(object.content().size())));
        checksum.complete(request);
        try {
            CompleteMultipartUploadResponse answer = answered(() -> once.completeMultipartUpload(request.build()));
            return new Receipt(answer.eTag(), answer.versionId(), null, checksum.ofObject());
        } catch (SdkException e) {
            throw failures.of(e, Call.PUT, object.key());
        }
    }

    /**
     * Aborts what a killed process left of an upload to this key.
     *
     * <p>Whatever was begun before this process may also be another machine's that is still at work, which then begins once more
     * and after this process, so that the two do not go on aborting each other.
     */
    private void abortLeftUploads(String key) throws InterruptedException {
        abortUploadsQuietly(key, upload -> upload.key().equals(key), openedAt);
    }

    /** Aborts uploads under a prefix that are older than a day, which is longer than any upload takes. */
    void abortForgottenUploads(String prefix) throws InterruptedException {
        abortUploadsQuietly(prefix, upload -> true, clock.instant().minus(1, ChronoUnit.DAYS));
    }

    private void abortUploadsQuietly(String prefix, Predicate<MultipartUpload> which, Instant begunBefore)
            throws InterruptedException {
        try {
            abortUploads(
                    prefix,
                    upload -> which.test(upload)
                            && upload.initiated() != null
                            && upload.initiated().isBefore(begunBefore));
        } catch (CallFailed e) {
            log.debug("Uploads under {} are not listed: {}", prefix, e.detail());
        }
    }

    /** Parts that nobody completes are kept, and paid for, until they are aborted. */
    void abort(String key, String id) {
        try {
            repeating.abortMultipartUpload(
                    r -> r.bucket(settings.bucket()).key(key).uploadId(id));
        } catch (NoSuchUploadException e) {
            log.debug("Upload {} of {} is gone already", id, key);
        } catch (SdkException | StopException e) {
            log.warn(
                    "Upload {} of {} in bucket {} could not be aborted; its parts take up space until that is done",
                    id,
                    key,
                    settings.bucket());
        }
    }

    /** Tags that are null or none would still be sent, as an empty header that needs the right to tag. */
    private static Tagging tags(S3Settings.Placement placement) {
        List<Tag> set = placement.tags().entrySet().stream()
                .map(tag ->
                        Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
                .toList();
        return Tagging.builder().tagSet(set).build();
    }

    private static @Nullable String lockMode(S3Settings.Placement placement) {
        S3Settings.Retention retention = placement.retention();
        return retention == null ? null : retention.mode().name();
    }

    private @Nullable Instant lockedUntil(S3Settings.Placement placement) {
        S3Settings.Retention retention = placement.retention();
        return retention == null ? null : clock.instant().plus(retention.days(), ChronoUnit.DAYS);
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
            case Body.Pieces memory ->
                RequestBody.fromContentProvider(memory::open, memory.size(), "application/octet-stream");
        };
    }

    /** Makes a request that the run can do without: a missing right or feature is a failure that its caller deals with. */
    <T> T optional(String key, Function<S3Client, T> call) throws CallFailed, InterruptedException {
        return tried(Call.OPTIONAL, key, call);
    }

    /** Makes a request to see what comes of it, as {@link #optional} does, and says what it was for. */
    <T> T tried(Call what, String key, Function<S3Client, T> call) throws CallFailed, InterruptedException {
        try {
            return answered(() -> call.apply(repeating));
        } catch (SdkException e) {
            throw failures.ofTrial(e, what, key);
        }
    }

    /** @throws StopException if there are none */
    AwsCredentials credentials() {
        return credentials.resolveCredentials();
    }

    /** Tells whether anything has come from the store yet, if only a refusal. */
    boolean hasStoreAnswered() {
        return failures.hasStoreAnswered();
    }

    /** Aborts uploads that were begun under a prefix and never completed; one that cannot be aborted is logged. */
    void abortUploads(String prefix, Predicate<MultipartUpload> which) throws CallFailed, InterruptedException {
        List<MultipartUpload> uploads =
                optional(
                        prefix,
                        s3 -> s3
                                .listMultipartUploadsPaginator(
                                        r -> r.bucket(settings.bucket()).prefix(prefix))
                                .uploads()
                                .stream()
                                .filter(which)
                                .toList());
        for (MultipartUpload upload : uploads) {
            abort(upload.key(), upload.uploadId());
        }
    }

    /**
     * Asks for a page of a listing.
     *
     * @param after the last key that is left out, empty for none
     * @param token of the page before, null for the first page
     * @throws SdkException if there is no answer, or one that is no listing
     */
    ListedPage list(String prefix, String after, @Nullable String token) {
        AtomicReference<@Nullable ListedPage> page = new AtomicReference<>();
        answered(() -> repeating.listObjectsV2(listing(prefix)
                .startAfter(after.isEmpty() ? null : after)
                .continuationToken(token)
                .overrideConfiguration(o -> o.putExecutionAttribute(ListedPage.Reader.INTO, page))
                .build()));
        ListedPage read = page.get();
        if (read == null) {
            throw SdkClientException.create("not a listing");
        }
        if (token != null && token.equals(read.next())) {
            throw SdkClientException.create("a page that says it is followed by itself");
        }
        return read;
    }

    /** Asks for at most one key, which needs the bucket, its region and the credentials to be right. */
    void listOne(String prefix) throws CallFailed, InterruptedException {
        try {
            answered(() -> repeating.listObjectsV2(listing(prefix).maxKeys(1).build()));
        } catch (SdkException e) {
            throw failures.of(e, Call.LIST, "keys that begin with '" + prefix + "'");
        }
    }

    CallFailed listingFailed(SdkException e, String prefix) throws InterruptedException {
        return failures.of(e, Call.LIST, "keys that begin with '" + prefix + "'");
    }

    ListObjectsV2Request.Builder listing(String prefix) {
        // XML cannot carry every key: encoded, it can.
        return ListObjectsV2Request.builder()
                .bucket(settings.bucket())
                .prefix(prefix)
                .encodingType(EncodingType.URL);
    }

    /** Makes a request; once more where the credentials expired on the way and there are newer ones by now. */
    private <T> T answered(Supplier<T> call) {
        AwsCredentials used = credentials.resolveCredentials();
        T answer;
        try {
            answer = call.get();
        } catch (S3Exception e) {
            if (!Failures.mayMeanExpiry(e) || used.equals(credentials.resolveCredentials())) {
                throw e;
            }
            answer = call.get();
        }
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
