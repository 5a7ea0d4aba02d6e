package org.mediaarchiver.storage;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.OpenFiles;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TlsFailure;
import org.mediaarchiver.storage.CallFailed.Kind;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Tells what a failed call means: nothing there, something there already, try again, never again, or stop the whole run.
 *
 * <p>It goes by the status and the error code alone; messages differ between servers and may quote a request.
 */
final class Failures {
    /** What was asked of the store, in the words of an error message. */
    enum Call {
        HEAD("look up", "s3:GetObject and s3:ListBucket"),
        GET("read", "s3:GetObject"),
        LIST("list", "s3:ListBucket"),
        PUT("create", "s3:PutObject"),
        LIST_UPLOADS("list unfinished uploads of", "s3:ListBucketMultipartUploads"),
        ABORT("abort an upload of", "s3:AbortMultipartUpload"),
        /** Anything that can be done without. */
        OPTIONAL("try", "");

        private final String verb;
        private final String right;

        Call(String verb, String right) {
            this.verb = verb;
            this.right = right;
        }

        /** Returns what to do where the store forbids it. */
        String cure() {
            return "Give the S3 credentials the right to do so (" + right + ").";
        }
    }

    /** Whether a run needs what was asked for. */
    private enum Need {
        /** Without the right to it nothing would go well. */
        REQUIRED,
        /** A right that is missing is an answer, and stops nothing. */
        OPTIONAL
    }

    /** S3 refuses requests that are signed further than this from its own time. */
    static final Duration MOST_SKEW = Duration.ofMinutes(15);

    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9.]{1,64}");
    private static final Set<String> WRONG_CREDENTIALS = Set.of(
            "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired");
    private static final Set<String> EXPIRED = Set.of("ExpiredToken", "TokenRefreshRequired", "InvalidToken");
    private static final Set<String> WRONG_REGION =
            Set.of("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException");
    private static final Set<String> FULL = Set.of("QuotaExceeded", "QuotaExceededException", "XMinioStorageFull");
    /** The bytes did not arrive as they were sent, which another try may mend. */
    private static final Set<String> DAMAGED_ON_THE_WAY =
            Set.of("BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody");

    /** What servers say to a header that they do not know, among other things. */
    private static final Set<String> UNKNOWN_TO_SOME = Set.of("NotImplemented", "InvalidRequest", "InvalidArgument");

    private static final Set<String> PASSING_CODES = Set.of("RequestTimeout", "SlowDown", "NoSuchUpload");

    private final S3Settings settings;
    private final InstantSource clock;
    private volatile boolean answered;

    Failures(S3Settings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Remembers that the store exists: from now on silence is an outage, no wrong endpoint. */
    void storeAnswered() {
        answered = true;
    }

    /** Tells whether anything has come from the store yet, if only a refusal. */
    boolean hasStoreAnswered() {
        return answered;
    }

    /** Tells whether what was thrown is about who asked, whatever was asked for. */
    static boolean isAboutCredentials(StopException e) {
        String code = e.getCause() instanceof S3Exception refusal ? code(refusal) : null;
        return code != null && WRONG_CREDENTIALS.contains(code);
    }

    /** Tells whether newer credentials might fare better; the answer to a HEAD has no body, and so no code. */
    static boolean mayMeanExpiry(S3Exception e) {
        String code = code(e);
        return code == null ? e.statusCode() == 400 : EXPIRED.contains(code);
    }

    /**
     * Says what a failure means for one key.
     *
     * @throws StopException if it means that no other key would fare better
     * @throws InterruptedException if the thread was interrupted, which ended the call
     */
    CallFailed of(SdkException e, Call call, String key) throws InterruptedException {
        return of(e, call, Need.REQUIRED, key);
    }

    /**
     * Says what the failure of a trial means, for which a missing right is an answer like any other.
     *
     * @throws StopException if it means that nothing else would fare better
     * @throws InterruptedException if the thread was interrupted, which ended the call
     */
    CallFailed ofTrial(SdkException e, Call call, String key) throws InterruptedException {
        return of(e, call, Need.OPTIONAL, key);
    }

    private CallFailed of(SdkException e, Call call, Need need, String key) throws InterruptedException {
        return e instanceof S3Exception refusal ? refused(refusal, call, need, key) : unanswered(e, call, key);
    }

    private CallFailed refused(S3Exception e, Call call, Need need, String key) {
        storeAnswered();
        int status = e.statusCode();
        String code = code(e);
        String said = code == null ? Integer.toString(status) : status + " " + code;
        stopIfNoKeyWouldFareBetter(e, status, code, said, call, need, key);
        String detail = "the store answered " + said + " when asked to " + call.verb + " the object";
        if (status == 401 || status == 403) {
            return new CallFailed(Kind.FORBIDDEN, Reason.STORE_REFUSED, detail, e);
        }
        // A completion can be refused by 200 and an error behind it.
        if (status == 412 || "PreconditionFailed".equals(code)) {
            return new CallFailed(Kind.EXISTS, Reason.STORE_UNAVAILABLE, detail, e);
        }
        if (status == 404 && call != Call.PUT && call != Call.LIST) {
            return new CallFailed(Kind.ABSENT, Reason.STORE_UNAVAILABLE, detail, e);
        }
        if (code != null && DAMAGED_ON_THE_WAY.contains(code)) {
            return new CallFailed(Kind.PASSING, Reason.STORE_REFUSED, detail, e);
        }
        if (call == Call.PUT && (status == 501 || (code != null && UNKNOWN_TO_SOME.contains(code)))) {
            return new CallFailed(Kind.UNSUPPORTED, Reason.STORE_REFUSED, detail, e);
        }
        // A completion can be answered by 200 and an error behind it, which S3 asks to try again.
        if (status < 300 || (status >= 500 && status != 501)) {
            return new CallFailed(Kind.UNKNOWN, Reason.STORE_UNAVAILABLE, detail, e);
        }
        boolean passing =
                status == 408 || status == 409 || status == 429 || (code != null && PASSING_CODES.contains(code));
        return passing
                ? new CallFailed(Kind.PASSING, Reason.STORE_UNAVAILABLE, detail, e)
                : new CallFailed(Kind.FINAL, Reason.STORE_REFUSED, detail, e);
    }

    private void stopIfNoKeyWouldFareBetter(
            S3Exception e, int status, @Nullable String code, String said, Call call, Need need, String key) {
        String cure;
        if ("NoSuchBucket".equals(code) || "InvalidBucketName".equals(code)) {
            cure = "There is no such bucket: create it or correct archiver.storage.bucket.";
        } else if ("RequestTimeTooSkewed".equals(code) || (code == null && status == 403 && isSkewed(e))) {
            cure = "This machine's clock and the store's differ too much: set the clock.";
        } else if (code != null && WRONG_CREDENTIALS.contains(code)) {
            cure = "The S3 credentials are wrong or have expired: correct or renew them.";
        } else if (call == Call.HEAD && status == 400 && code == null) {
            cure = "The S3 credentials have expired or the bucket lives in another region: renew them or correct"
                    + " archiver.storage.region.";
        } else if (status == 301 || status == 307 || (code != null && WRONG_REGION.contains(code))) {
            cure = "The bucket lives in another region: correct archiver.storage.region or archiver.storage.endpoint.";
        } else if (status == 507 || (code != null && FULL.contains(code))) {
            cure = "The store is full: make room or raise the quota.";
        } else if (need == Need.REQUIRED && (status == 401 || (status == 403 && !"InvalidObjectState".equals(code)))) {
            cure = call.cure();
        } else {
            return;
        }
        throw new StopException(
                "The store answered " + said + " when asked to " + call.verb + " " + key + " in bucket "
                        + settings.bucket() + " at " + settings.server() + ". " + cure,
                e);
    }

    /** The answer to a HEAD has no code that would tell. */
    private boolean isSkewed(S3Exception e) {
        return skew(answer(e), clock.instant())
                .filter(skew -> skew.abs().compareTo(MOST_SKEW) >= 0)
                .isPresent();
    }

    /** Returns the answer that a refusal is about, null where it is not known. */
    static @Nullable SdkHttpResponse answer(S3Exception refusal) {
        return refusal.awsErrorDetails() == null
                ? null
                : refusal.awsErrorDetails().sdkHttpResponse();
    }

    /** Returns how far {@code now} is ahead of the time at which an answer was given, where it says that. */
    static Optional<Duration> skew(@Nullable SdkHttpResponse answer, Instant now) {
        return answer == null
                ? Optional.empty()
                : answer.firstMatchingHeader("Date").flatMap(Failures::date).map(there -> Duration.between(there, now));
    }

    private static Optional<Instant> date(String header) {
        try {
            return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    static StopException workFileUnreadable(RuntimeException e) {
        OpenFiles.requireNotExhausted(e);
        FileSystemException file = find(FileSystemException.class, e);
        return new StopException(
                "A work file could not be read on its way to the store" + (file == null ? "" : ": " + file.getFile())
                        + ". Check the disk of archiver.home and that nothing else cleans it; then start again.",
                e);
    }

    private CallFailed unanswered(SdkException e, Call call, String key) throws InterruptedException {
        if (Thread.interrupted() || e instanceof AbortedException) {
            InterruptedException interrupted = new InterruptedException("interrupted while the store was asked");
            interrupted.initCause(e);
            throw interrupted;
        }
        StopException stop = find(StopException.class, e);
        if (stop != null) {
            throw stop;
        }
        OpenFiles.requireNotExhausted(e);
        if (find(FileSystemException.class, e) != null) {
            throw workFileUnreadable(e);
        }
        String trouble = trouble(e);
        if (!answered && isUnreachable(e)) {
            throw new StopException(
                    "The store at " + settings.server() + " cannot be reached to " + call.verb + " " + key
                            + " in bucket "
                            + settings.bucket() + ": " + trouble
                            + ". Correct archiver.storage.endpoint or start again when the store is up.",
                    e);
        }
        return new CallFailed(
                Kind.UNKNOWN,
                Reason.STORE_UNAVAILABLE,
                trouble + " when the store was asked to " + call.verb + " the object",
                e);
    }

    private static boolean isUnreachable(SdkException e) {
        return find(UnknownHostException.class, e) != null
                || find(ConnectException.class, e) != null
                || find(NoRouteToHostException.class, e) != null
                || find(SSLException.class, e) != null;
    }

    private static String trouble(SdkException e) {
        if (find(UnknownHostException.class, e) != null) {
            return "its host name is unknown";
        }
        if (find(ConnectException.class, e) != null || find(NoRouteToHostException.class, e) != null) {
            return "the connection was refused";
        }
        if (e instanceof ApiCallAttemptTimeoutException
                || e instanceof ApiCallTimeoutException
                || find(SocketTimeoutException.class, e) != null) {
            return "the time ran out";
        }
        if (find(SSLException.class, e) != null) {
            TlsFailure failure = TlsFailure.of(e);
            return "TLS failed: " + failure.text()
                    + (failure == TlsFailure.UNTRUSTED ? " (name who signed it with archiver.storage.ca-file)" : "");
        }
        return find(IOException.class, e) != null ? "the connection broke" : "the answer could not be understood";
    }

    private static @Nullable String code(S3Exception e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return code != null && CODE.matcher(code).matches() ? code : null;
    }

    private static <T extends Throwable> @Nullable T find(Class<T> type, Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }
}
