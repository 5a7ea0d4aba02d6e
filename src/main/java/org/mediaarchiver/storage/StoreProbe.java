package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.CallFailed.Kind;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectLockConfigurationResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Finds out what a bucket's store can do, with objects of a few bytes that it deletes again.
 *
 * <p>It makes nothing where it could not delete it: without the right to, or where the bucket locks what is created in it, every
 * answer is unknown. What a killed probe left is deleted by the next one, which may also be another machine's that is still at
 * work: that one then finds less than there is, never more, since an object that has vanished shows no feature.
 */
final class StoreProbe {
    private static final Logger log = LoggerFactory.getLogger(StoreProbe.class);

    /** Of the same length, so that only a digest tells them apart. */
    private static final byte[] BYTES = "media-archiver probe".getBytes(US_ASCII);

    private static final byte[] OTHER_BYTES = "media-archiver trial".getBytes(US_ASCII);

    private static final String ETAG_OF_NOTHING = "\"00000000000000000000000000000000\"";

    private enum Header {
        CONDITION,
        SHA256
    }

    /** From the most to nothing, to find what a store takes. */
    private static final List<Set<Header>> FEWER_AND_FEWER = List.of(
            EnumSet.of(Header.CONDITION, Header.SHA256),
            EnumSet.of(Header.SHA256),
            EnumSet.of(Header.CONDITION),
            EnumSet.noneOf(Header.class));

    private final S3Calls calls;
    private final S3Settings settings;
    private final ProbeFolder folder;
    private final Map<Feature, Answer> answers = new EnumMap<>(Feature.class);

    StoreProbe(S3Calls calls, S3Settings settings, ProbeFolder folder) {
        this.calls = calls;
        this.settings = settings;
        this.folder = folder;
    }

    /** @throws StopException if the bucket cannot be used at all */
    StoreCapabilities probe() throws InterruptedException {
        answers.put(Feature.DELETE, mayDelete());
        if (answers.get(Feature.DELETE) == Answer.YES) {
            folder.sweep();
            try {
                tryAll();
            } catch (CallFailed e) {
                log.info("The probe of bucket {} ended early: {}", settings.bucket(), e.detail());
            } finally {
                folder.sweep();
            }
        } else {
            log.info(
                    "What the store of bucket {} can do is not tried, since a trial could not be undone for certain: every object is"
                            + " looked up before it is stored. The rights s3:DeleteObject and s3:DeleteObjectVersion for {}* and"
                            + " s3:GetBucketObjectLockConfiguration would change that.",
                    settings.bucket(),
                    folder.path());
        }
        return new StoreCapabilities(answers);
    }

    // Whether anything may be made.

    private Answer mayDelete() throws InterruptedException {
        try {
            if (locksWhatIsCreated()) {
                return Answer.NO;
            }
            try {
                // Without a version a versioned bucket would keep a marker of the deletion.
                folder.delete(folder.key("object"), "null");
            } catch (CallFailed e) {
                if (e.kind() != Kind.FINAL) {
                    throw e;
                }
                folder.delete(folder.key("object"), null);
            }
            return Answer.YES;
        } catch (CallFailed e) {
            log.debug("Whether the probe may delete is not certain: {}", e.detail());
            return e.kind() == Kind.FORBIDDEN ? Answer.NO : Answer.UNKNOWN;
        }
    }

    private boolean locksWhatIsCreated() throws CallFailed, InterruptedException {
        try {
            GetObjectLockConfigurationResponse answer = calls.optional(
                    folder.path(), s3 -> s3.getObjectLockConfiguration(r -> r.bucket(settings.bucket())));
            return answer.objectLockConfiguration() != null
                    && answer.objectLockConfiguration().rule() != null;
        } catch (CallFailed e) {
            if (e.kind() == Kind.ABSENT || e.kind() == Kind.FINAL) {
                return false;
            }
            throw e;
        }
    }

    // The trials.

    private void tryAll() throws CallFailed, InterruptedException {
        String key = folder.key("object");
        Set<Header> taken = createWithAsMuchAsIsTaken(key);
        Optional<HeadObjectResponse> head = calls.head(key);
        if (head.isEmpty()) {
            return;
        }
        boolean told = Sha256.of(BYTES).base64().equals(head.get().checksumSHA256());
        answers.put(Feature.SHA256_TOLD, told ? Answer.YES : Answer.NO);
        answers.put(Feature.SHA256_TAKEN, taken.contains(Header.SHA256) ? Answer.YES : Answer.NO);
        answers.put(Feature.SHA256_VERIFIED, taken.contains(Header.SHA256) ? verifiesSha256() : Answer.NO);
        answers.put(Feature.MD5_VERIFIED, verifiesMd5());
        boolean conditional = taken.contains(Header.CONDITION);
        answers.put(Feature.CONDITION_TAKEN, conditional ? Answer.YES : Answer.NO);
        answers.put(Feature.CONDITION_KEPT, conditional ? keepsWhatIsThere(key) : Answer.NO);
        answers.put(Feature.MATCH_KEPT, replacesWhatMatchesAlone(key));
        if (mayAbort(key)) {
            tryCompletion(key, taken);
            answers.put(Feature.FULL_CRC_VERIFIED, verifiesFullCrc());
        }
    }

    private Set<Header> createWithAsMuchAsIsTaken(String key) throws CallFailed, InterruptedException {
        CallFailed refusal = null;
        for (Set<Header> headers : FEWER_AND_FEWER) {
            try {
                PutObjectRequest request = headers.contains(Header.SHA256)
                        ? checked(put(key, headers), BYTES).build()
                        : put(key, headers).build();
                String version = send(request, BYTES).versionId();
                boolean versioned = version != null && !version.equals("null");
                answers.put(Feature.VERSIONS, versioned ? Answer.YES : Answer.NO);
                return headers;
            } catch (CallFailed e) {
                if (!isRefused(e)) {
                    throw e;
                }
                refusal = e;
            }
        }
        throw Objects.requireNonNull(refusal);
    }

    private Answer verifiesSha256() throws InterruptedException {
        PutObjectRequest wrong =
                checked(put(folder.key("sha256"), Set.of()), OTHER_BYTES).build();
        return refuses(wrong);
    }

    private Answer verifiesMd5() throws InterruptedException {
        PutObjectRequest.Builder put = put(folder.key("md5"), Set.of());
        try {
            send(put.contentMD5(ContentMd5.of(BYTES)).build(), BYTES);
        } catch (CallFailed e) {
            return isRefused(e) ? Answer.NO : unknown(e);
        }
        return refuses(put.contentMD5(ContentMd5.of(OTHER_BYTES)).build());
    }

    private Answer refuses(PutObjectRequest wrong) throws InterruptedException {
        try {
            send(wrong, BYTES);
            return Answer.NO;
        } catch (CallFailed e) {
            return isRefused(e) ? Answer.YES : unknown(e);
        }
    }

    private Answer keepsWhatIsThere(String key) throws InterruptedException {
        try {
            send(put(key, Set.of(Header.CONDITION)).build(), OTHER_BYTES);
            return Answer.NO;
        } catch (CallFailed e) {
            return e.kind() == Kind.EXISTS ? Answer.YES : unknown(e);
        }
    }

    private Answer replacesWhatMatchesAlone(String key) throws CallFailed, InterruptedException {
        String etag = calls.head(key).map(HeadObjectResponse::eTag).orElse(null);
        try {
            send(put(key, Set.of()).ifMatch(ETAG_OF_NOTHING).build(), OTHER_BYTES);
            return Answer.NO;
        } catch (CallFailed e) {
            if (e.kind() != Kind.EXISTS) {
                return isRefused(e) ? Answer.NO : unknown(e);
            }
        }
        try {
            send(put(key, Set.of()).ifMatch(etag).build(), OTHER_BYTES);
            return etag == null ? Answer.NO : Answer.YES;
        } catch (CallFailed e) {
            return e.kind() == Kind.EXISTS || isRefused(e) ? Answer.NO : unknown(e);
        }
    }

    /** A completion that is refused leaves the upload behind. */
    private boolean mayAbort(String key) throws InterruptedException {
        try {
            folder.requireAbort(key);
            return true;
        } catch (CallFailed e) {
            log.debug("Uploads in parts are not tried: {}", e.detail());
            return false;
        }
    }

    private void tryCompletion(String key, Set<Header> taken) throws InterruptedException {
        Answer isTaken = Answer.YES;
        Answer isKept = Answer.NO;
        try {
            completeOver(key, taken);
        } catch (CallFailed e) {
            isTaken = switch (e.kind()) {
                case EXISTS -> Answer.YES;
                case FINAL -> Answer.NO;
                default -> unknown(e);
            };
            isKept = isTaken;
        }
        answers.put(Feature.COMPLETION_CONDITION_TAKEN, isTaken);
        answers.put(Feature.COMPLETION_CONDITION_KEPT, isKept);
    }

    private void completeOver(String key, Set<Header> taken) throws CallFailed, InterruptedException {
        boolean checked = taken.contains(Header.SHA256);
        String id = begin(upload(key).checksumAlgorithm(checked ? "SHA256" : null));
        boolean completed = false;
        try {
            complete(key, id, checked);
            completed = true;
        } finally {
            if (!completed) {
                calls.abort(key, id);
            }
        }
    }

    private void complete(String key, String id, boolean checked) throws CallFailed, InterruptedException {
        String digest = checked ? Sha256.of(OTHER_BYTES).base64() : null;
        UploadPartResponse sent = calls.optional(
                key,
                s3 -> s3.uploadPart(
                        r -> r.bucket(settings.bucket())
                                .key(key)
                                .uploadId(id)
                                .partNumber(1)
                                .checksumSHA256(digest)
                                .checksumAlgorithm(checked ? calls.namedAlgorithm() : null),
                        RequestBody.fromBytes(OTHER_BYTES)));
        CompletedPart part = CompletedPart.builder()
                .partNumber(1)
                .eTag(sent.eTag())
                .checksumSHA256(sent.checksumSHA256())
                .build();
        calls.optional(
                key,
                s3 -> s3.completeMultipartUpload(r -> r.bucket(settings.bucket())
                        .key(key)
                        .uploadId(id)
                        .ifNoneMatch("*")
                        .multipartUpload(u -> u.parts(part))));
    }

    /** With the requests that a run would make. */
    private Answer verifiesFullCrc() throws InterruptedException {
        String key = folder.key("crc");
        PartsChecksum right = new PartsChecksum.OfTheWhole();
        right.update(BYTES, BYTES.length);
        PartsChecksum wrong = new PartsChecksum.OfTheWhole();
        wrong.update(OTHER_BYTES, OTHER_BYTES.length);
        try {
            return completesWith(right, wrong, key) && tells(right, key) ? Answer.YES : Answer.NO;
        } catch (CallFailed e) {
            return isRefused(e) ? Answer.NO : unknown(e);
        }
    }

    private boolean completesWith(PartsChecksum right, PartsChecksum wrong, String key)
            throws CallFailed, InterruptedException {
        CreateMultipartUploadRequest.Builder upload = upload(key);
        right.begin(upload);
        String id = begin(upload);
        boolean completed = false;
        try {
            CompletedPart part = sendPart(key, id, right);
            completed = completes(key, id, part, wrong);
            if (completed) {
                return false;
            }
            completed = completes(key, id, part, right);
            return completed;
        } finally {
            if (!completed) {
                calls.abort(key, id);
            }
        }
    }

    private CompletedPart sendPart(String key, String id, PartsChecksum checksum)
            throws CallFailed, InterruptedException {
        UploadPartRequest.Builder part = UploadPartRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .uploadId(id)
                .partNumber(1);
        checksum.put(part, checksum.ofPart());
        UploadPartResponse sent = calls.optional(key, s3 -> s3.uploadPart(part.build(), RequestBody.fromBytes(BYTES)));
        CompletedPart.Builder completed = CompletedPart.builder().partNumber(1).eTag(sent.eTag());
        checksum.list(completed, checksum.told(sent));
        return completed.build();
    }

    private boolean completes(String key, String id, CompletedPart part, PartsChecksum checksum)
            throws CallFailed, InterruptedException {
        CompleteMultipartUploadRequest.Builder completion = CompleteMultipartUploadRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .uploadId(id)
                .multipartUpload(u -> u.parts(part));
        checksum.complete(completion);
        try {
            calls.optional(key, s3 -> s3.completeMultipartUpload(completion.build()));
            return true;
        } catch (CallFailed e) {
            // Some forget an upload that they refused to complete.
            if (isRefused(e) || e.kind() == Kind.ABSENT) {
                return false;
            }
            throw e;
        }
    }

    private boolean tells(PartsChecksum checksum, String key) throws CallFailed, InterruptedException {
        return calls.head(key)
                .map(StoreChecksum::of)
                .filter(checksum.ofObject()::equals)
                .isPresent();
    }

    private CreateMultipartUploadRequest.Builder upload(String key) {
        return CreateMultipartUploadRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .serverSideEncryption(settings.placement().sse())
                .ssekmsKeyId(settings.placement().kmsKeyId());
    }

    private String begin(CreateMultipartUploadRequest.Builder upload) throws CallFailed, InterruptedException {
        CreateMultipartUploadRequest request = upload.build();
        return calls.optional(request.key(), s3 -> s3.createMultipartUpload(request))
                .uploadId();
    }

    private PutObjectRequest.Builder put(String key, Set<Header> headers) {
        return PutObjectRequest.builder()
                .bucket(settings.bucket())
                .key(key)
                .serverSideEncryption(settings.placement().sse())
                .ssekmsKeyId(settings.placement().kmsKeyId())
                .ifNoneMatch(headers.contains(Header.CONDITION) ? "*" : null);
    }

    private PutObjectRequest.Builder checked(PutObjectRequest.Builder put, byte[] announced) {
        return put.checksumSHA256(Sha256.of(announced).base64()).checksumAlgorithm(calls.namedAlgorithm());
    }

    private PutObjectResponse send(PutObjectRequest request, byte[] bytes) throws CallFailed, InterruptedException {
        return calls.optional(request.key(), s3 -> s3.putObject(request, RequestBody.fromBytes(bytes)));
    }

    private static boolean isRefused(CallFailed e) {
        return e.reason() == Reason.STORE_REFUSED && e.kind() != Kind.FORBIDDEN;
    }

    private static Answer unknown(CallFailed e) {
        log.debug("A trial showed nothing: {}", e.detail());
        return Answer.UNKNOWN;
    }
}
