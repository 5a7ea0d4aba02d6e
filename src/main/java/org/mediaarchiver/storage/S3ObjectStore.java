package org.mediaarchiver.storage;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.CallFailed.Kind;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * A bucket of any S3-compatible store.
 *
 * <p>An object is created in three requests: a HEAD, because some servers ignore {@code If-None-Match} and would overwrite what
 * is there; a put with {@code If-None-Match: *} and the digest of the bytes; and a HEAD that must agree with what was sent. A
 * put that may or may not have arrived is settled by the HEAD that the next try begins with. Where a probe has found more
 * ({@link #relyOn}), fewer do: a store that keeps to the condition needs no first HEAD, and if its answer to the put vouches for
 * the digest too, no second one.
 *
 * <p>An object is replaced in the same way, with {@code If-Match} and the ETag of the one that is to go, and only where a probe has
 * found that the store keeps to that.
 *
 * <p>What proves that the store holds the bytes, in this order: a SHA-256 in the answer to the put where the store names its
 * type, or was found to refuse a wrong one; a SHA-256 of the whole object in a HEAD, or the checksum that an object in just these
 * parts has; else reading the object back. The
 * {@code sha256} in an object's metadata proves nothing: it says what its uploader meant to store. Nor does an ETag, which is an
 * MD5 on some servers and under some settings only.
 */
public final class S3ObjectStore implements ObjectStore {
    private static final Logger log = LoggerFactory.getLogger(S3ObjectStore.class);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

    private final S3Settings settings;
    private final InstantSource clock;
    private final S3Calls calls;
    private volatile StoreCapabilities capabilities = StoreCapabilities.UNKNOWN;

    /** Opens the bucket with the credentials that the AWS SDK's default chain finds; no request is made yet. */
    public S3ObjectStore(S3Settings settings, InstantSource clock) {
        this(settings, clock, DefaultCredentialsProvider.builder().build());
    }

    S3ObjectStore(S3Settings settings, InstantSource clock, AwsCredentialsProvider credentials) {
        this.settings = settings;
        this.clock = clock;
        this.calls = new S3Calls(settings, clock, credentials);
    }

    /**
     * Makes sure, with one small request, that the bucket is there and its keys can be listed.
     *
     * @param prefix under which all keys of the run will be
     * @throws StopException if it is not, or if the store does not answer
     */
    public void requireUsable(String prefix) throws InterruptedException {
        try {
            calls.listOne(prefix);
        } catch (CallFailed e) {
            throw new StopException(
                    "Bucket " + settings.bucket() + " at " + settings.server() + " cannot be used: " + e.detail()
                            + ". Start again when the store is well.",
                    e);
        }
    }

    /**
     * Finds out what the store can do, with tiny objects under {@code {prefix}.probe/} that are deleted again.
     *
     * <p>Nothing is made where the credentials may not delete it.
     *
     * @param prefix of the archive, empty or ending in a slash
     * @throws StopException if the bucket cannot be used at all
     */
    public StoreCapabilities probe(String prefix) throws InterruptedException {
        return new StoreProbe(calls, settings, new ProbeFolder(calls, settings, prefix)).probe();
    }

    /**
     * Tries whatever a run does with the bucket, and says of each what came of it.
     *
     * <p>Objects of a few bytes are made under {@code {prefix}.probe/} where they can be deleted again, and are. What else is left
     * there, if anything, a check says.
     *
     * @param prefix of the archive, empty or ending in a slash
     * @param largest size of the largest object that a run would store, in bytes
     * @param told is given each check as soon as it is made
     */
    public void checkUp(String prefix, long largest, Consumer<Check> told) throws InterruptedException {
        new StoreCheckup(calls, settings, prefix, clock, told).examine(largest);
    }

    /** Takes for granted, from now on, what the store was found to do; until then nothing is. */
    public void relyOn(StoreCapabilities found) {
        capabilities = found;
    }

    /**
     * Frees what uploads take up that a kill left half way more than a day ago; without the right to list them it does nothing.
     *
     * @param prefix of the keys that are this archive's own
     */
    public void abortForgottenUploads(String prefix) throws InterruptedException {
        calls.abortForgottenUploads(prefix);
    }

    @Override
    public String bucket() {
        return settings.bucket();
    }

    @Override
    public Creation create(NewObject object) throws InterruptedException {
        StoreCapabilities known = capabilities;
        // Bytes by the gigabyte are not sent to learn that they are there.
        boolean looksFirst = !known.has(Feature.CONDITION_KEPT) || calls.isSentInParts(object);
        return put(object, null, looksFirst, known);
    }

    @Override
    public boolean replaces() {
        return capabilities.has(Feature.MATCH_KEPT);
    }

    @Override
    public Creation replace(NewObject object, ObjectHead seen) throws InterruptedException {
        String etag = seen.etag();
        if (!replaces() || etag == null) {
            return new Creation.NotCreated(
                    Reason.STORE_REFUSED,
                    new Detail("the store was not found to keep to If-Match; nothing was overwritten"));
        }
        return put(object, etag, false, capabilities);
    }

    /** @param replaced the ETag of the one object that may be overwritten, null for none */
    private Creation put(NewObject object, @Nullable String replaced, boolean looksFirst, StoreCapabilities relied)
            throws InterruptedException {
        StoreCapabilities known = relied;
        Iterator<StoreCapabilities> less = relied.withLess().iterator();
        CallFailed last = null;
        boolean perhapsOurs = false;
        for (int tries = 0; ; ) {
            Optional<HeadObjectResponse> there;
            try {
                there = looksFirst || last != null ? calls.head(object.key()) : Optional.empty();
            } catch (CallFailed e) {
                return notCreated(e);
            }
            try {
                if (there.isPresent()
                        && !(replaced != null
                                && replaced.equals(unquoted(there.get().eTag())))) {
                    return settle(object, there.get(), perhapsOurs, known);
                }
                if (last != null && tries >= settings.transfer().attempts()) {
                    return notCreated(last);
                }
                Receipt receipt = replaced == null
                        ? calls.put(object, known)
                        : calls.replace(object, '"' + replaced + '"', known);
                perhapsOurs = true;
                learn(relied, known);
                return confirm(object, receipt, known);
            } catch (CallFailed e) {
                last = e;
                perhapsOurs |= e.kind() == Kind.UNKNOWN;
            }
            if (last.kind() == Kind.UNSUPPORTED && less.hasNext()) {
                known = less.next();
                continue;
            }
            if (last.kind() == Kind.FINAL
                    || last.kind() == Kind.UNSUPPORTED
                    || tries >= settings.transfer().attempts()) {
                return notCreated(last);
            }
            if (last.kind() != Kind.EXISTS) {
                Thread.sleep(pause(tries));
            }
            tries++;
        }
    }

    /** Remembers what a store did without: what it has refused it would refuse for every object. */
    private void learn(StoreCapabilities relied, StoreCapabilities found) {
        if (!found.equals(relied) && capabilities.equals(relied)) {
            capabilities = found;
            log.info(
                    "The store of bucket {} does not know {}: from now on it is asked without",
                    bucket(),
                    Stream.of(Feature.CONDITION_TAKEN, Feature.SHA256_TAKEN)
                            .filter(feature -> found.lacks(feature) && !relied.lacks(feature))
                            .map(feature -> feature == Feature.CONDITION_TAKEN ? "conditions" : "checksums")
                            .collect(Collectors.joining(" and ")));
        }
    }

    private static Creation notCreated(CallFailed e) {
        return new Creation.NotCreated(e.reason(), e.detail());
    }

    /** Doubles from try to try, and varies by half, so that many tasks do not come back at once. */
    private Duration pause(int tries) {
        Duration longest = settings.transfer().retryDelay().multipliedBy(1L << Math.min(tries, 10));
        long millis = Math.min(longest.toMillis(), LONGEST_PAUSE.toMillis());
        return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    /** Checks what the store holds after it has confirmed a put. */
    private Creation confirm(NewObject object, Receipt receipt, StoreCapabilities known)
            throws CallFailed, InterruptedException {
        // The answer to a put that cannot have replaced or met anything tells of the object itself.
        Sha256 vouched = vouched(receipt);
        if (known.has(Feature.CONDITION_KEPT) && vouched != null) {
            return vouched.equals(object.content().sha256())
                    ? new Creation.Created(stored(object, receipt))
                    : corrupt(digestsDiffer(object.content().sha256(), vouched));
        }
        HeadObjectResponse head = calls.head(object.key())
                .orElseThrow(() -> new CallFailed(
                        Kind.PASSING,
                        Reason.STORE_REFUSED,
                        "the store confirmed the object and then had none under its key"));
        return switch (compare(object, head, receipt, known)) {
            case Verdict.Equal equal -> new Creation.Created(stored(object, head, equal.method()));
            case Verdict.Unequal unequal -> corrupt(unequal);
        };
    }

    /** Decides what an object that is there means, which may be one that an earlier try has stored. */
    private Creation settle(NewObject object, HeadObjectResponse head, boolean perhapsOurs, StoreCapabilities known)
            throws CallFailed, InterruptedException {
        boolean ours = perhapsOurs && carriesOurMetadata(object, head);
        return switch (compare(object, head, null, known)) {
            case Verdict.Equal equal -> {
                StoredObject stored = stored(object, head, equal.method());
                yield ours ? new Creation.Created(stored) : new Creation.Same(stored);
            }
            case Verdict.Unequal unequal ->
                ours ? corrupt(unequal) : new Creation.Different(described(object.key(), head, unequal.stored()));
        };
    }

    private static Creation corrupt(Verdict.Unequal unequal) {
        return new Creation.NotCreated(Reason.STORE_REFUSED, new Detail(unequal.difference()));
    }

    /** The run's id is among the metadata, so nobody else's object carries all of it. */
    private static boolean carriesOurMetadata(NewObject object, HeadObjectResponse head) {
        return lowerCased(head.metadata())
                .entrySet()
                .containsAll(S3Calls.metadata(object).entrySet());
    }

    private static Map<String, String> lowerCased(Map<String, String> metadata) {
        Map<String, String> result = new HashMap<>();
        metadata.forEach((name, value) -> result.put(name.toLowerCase(Locale.ROOT), value));
        return result;
    }

    private sealed interface Verdict {
        record Equal(VerifyMethod method) implements Verdict {}

        /**
         * The object is not what was sent.
         *
         * @param difference both sides, in one sentence
         * @param stored the object's digest, null where it was not needed to tell
         */
        record Unequal(String difference, @Nullable Sha256 stored) implements Verdict {}
    }

    /** Holds what the store says of an object, and where that is not enough the object itself, against what was sent. */
    private Verdict compare(
            NewObject object, HeadObjectResponse head, @Nullable Receipt receipt, StoreCapabilities known)
            throws CallFailed, InterruptedException {
        long sent = object.content().size();
        Sha256 digest = object.content().sha256();
        StoreChecksum checksum = believed(head, known);
        Sha256 told = checksum == null ? null : checksum.sha256();
        if (head.contentLength() != null && head.contentLength() != sent) {
            return new Verdict.Unequal(sizesDiffer(sent, Long.toString(head.contentLength())), told);
        }
        if (told != null && !told.equals(digest)) {
            return digestsDiffer(digest, told);
        }
        // With another ETag the answer to the put was about another object than this one.
        boolean sameObject = receipt != null && Objects.equals(receipt.etag(), head.eTag());
        Sha256 vouched = sameObject ? vouched(receipt) : null;
        if (vouched != null) {
            return vouched.equals(digest)
                    ? new Verdict.Equal(VerifyMethod.PUT_CHECKSUM)
                    : digestsDiffer(digest, vouched);
        }
        StoreChecksum ofParts = receipt == null ? null : receipt.ofParts();
        boolean ofBytes = checksum != null && ofParts != null && checksum.isComparableWith(ofParts);
        boolean sameParts = checksum != null && checksum.equals(ofParts);
        if (ofBytes && sameObject && !sameParts) {
            return new Verdict.Unequal("checksums differ: sent " + ofParts + "; stored " + checksum, null);
        }
        // Another object may have the few bits of a CRC too.
        boolean proved = told != null || (sameParts && (sameObject || !ofBytes));
        return proved ? new Verdict.Equal(VerifyMethod.HEAD_CHECKSUM) : readBack(object);
    }

    /** A store that takes any SHA-256 for right tells what it was told. */
    private static @Nullable StoreChecksum believed(HeadObjectResponse head, StoreCapabilities known) {
        StoreChecksum checksum = StoreChecksum.of(head);
        boolean repeated = known.lacks(Feature.SHA256_VERIFIED)
                && checksum != null
                && checksum.algorithm().equals(StoreChecksum.SHA256);
        return repeated ? null : checksum;
    }

    private static Verdict.Unequal digestsDiffer(Sha256 sent, Sha256 stored) {
        return new Verdict.Unequal("digests differ: sent " + sent + "; stored " + stored, stored);
    }

    private static String sizesDiffer(long sent, String stored) {
        return "sizes differ: sent " + sent + "; stored " + stored;
    }

    private Verdict readBack(NewObject object) throws CallFailed, InterruptedException {
        long sent = object.content().size();
        MessageDigest digest = Sha256.newDigest();
        long size = 0;
        try (InputStream bytes = reading(object.key())) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                digest.update(buffer, 0, n);
                size += n;
                if (size > sent) {
                    return new Verdict.Unequal(sizesDiffer(sent, "more than that"), null);
                }
            }
        } catch (IOException e) {
            throw new CallFailed(
                    Kind.PASSING, Reason.STORE_UNAVAILABLE, "the connection broke while the object was read back", e);
        }
        Sha256 stored = Sha256.ofDigest(digest.digest());
        if (size != sent) {
            return new Verdict.Unequal(sizesDiffer(sent, Long.toString(size)), stored);
        }
        return stored.equals(object.content().sha256())
                ? new Verdict.Equal(VerifyMethod.FULL_READ)
                : digestsDiffer(object.content().sha256(), stored);
    }

    private static @Nullable Sha256 vouched(@Nullable Receipt receipt) {
        return receipt == null || receipt.vouched() == null
                ? null
                : receipt.vouched().sha256();
    }

    private StoredObject stored(NewObject object, Receipt receipt) {
        return new StoredObject(
                settings.bucket(),
                object.key(),
                receipt.versionId(),
                object.content(),
                unquoted(receipt.etag()),
                Objects.toString(receipt.vouched()),
                clock.instant(),
                VerifyMethod.PUT_CHECKSUM);
    }

    private StoredObject stored(NewObject object, HeadObjectResponse head, VerifyMethod method) {
        ObjectHead described = described(object.key(), head, null);
        return new StoredObject(
                settings.bucket(),
                object.key(),
                described.versionId(),
                object.content(),
                described.etag(),
                described.storeChecksum(),
                clock.instant(),
                method);
    }

    private static ObjectHead described(String key, HeadObjectResponse head, @Nullable Sha256 digest) {
        StoreChecksum checksum = StoreChecksum.of(head);
        return new ObjectHead(
                key,
                head.contentLength() == null ? 0 : head.contentLength(),
                digest,
                head.contentType(),
                unquoted(head.eTag()),
                checksum == null ? null : checksum.toString(),
                head.versionId());
    }

    private static @Nullable String unquoted(@Nullable String etag) {
        return etag == null ? null : etag.replace("\"", "");
    }

    /**
     * {@inheritDoc}
     *
     * <p>The digest is the store's own where {@code storeChecksum} begins with {@code SHA256:FULL_OBJECT:}; else it is what the
     * object's metadata claims, which proves nothing about its bytes.
     */
    @Override
    public Optional<ObjectHead> head(String key) throws IOException {
        try {
            return calls.head(key).map(head -> described(key, head, digest(head)));
        } catch (CallFailed e) {
            throw failed(key, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static @Nullable Sha256 digest(HeadObjectResponse head) {
        StoreChecksum checksum = StoreChecksum.of(head);
        Sha256 told = checksum == null ? null : checksum.sha256();
        if (told != null) {
            return told;
        }
        String claimed = lowerCased(head.metadata()).get("sha256");
        return claimed != null && Sha256.isSha256(claimed) ? new Sha256(claimed) : null;
    }

    @Override
    public InputStream open(String key) throws IOException {
        try {
            return reading(key);
        } catch (CallFailed e) {
            throw notGiven(key, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public InputStream open(ObjectVersion version) throws IOException {
        try {
            return new AbortingStream(calls.get(version));
        } catch (CallFailed e) {
            throw notGiven(version.key(), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public List<ObjectVersion> earlierVersions(String key) throws IOException {
        try {
            return calls.earlierVersions(key);
        } catch (CallFailed e) {
            if (e.kind() == Kind.FINAL) {
                // It knows no versions, so there are none.
                return List.of();
            }
            throw notGiven(key, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private InputStream reading(String key) throws CallFailed, InterruptedException {
        return new AbortingStream(calls.get(key));
    }

    /** Closes without reading on: what is left of a video can be gigabytes. */
    private static final class AbortingStream extends FilterInputStream {
        private final ResponseInputStream<GetObjectResponse> bytes;
        private boolean ended;

        AbortingStream(ResponseInputStream<GetObjectResponse> bytes) {
            super(bytes);
            this.bytes = bytes;
        }

        @Override
        public int read() throws IOException {
            int b = bytes.read();
            ended |= b < 0;
            return b;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = bytes.read(buffer, offset, length);
            ended |= n < 0;
            return n;
        }

        @Override
        public void close() throws IOException {
            if (!ended) {
                bytes.abort();
            }
            bytes.close();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Pages are fetched as the stream is read; it throws {@link UncheckedIOException} where the store fails in between.
     */
    @Override
    public Stream<ObjectHead> list(String prefix) {
        return list(prefix, "");
    }

    /**
     * {@inheritDoc}
     *
     * <p>Pages are fetched as the stream is read; it throws {@link UncheckedIOException} where the store fails in between.
     */
    @Override
    public Stream<ObjectHead> list(String prefix, String after) {
        Spliterator<ObjectHead> heads = Spliterators.spliteratorUnknownSize(
                new Listing(prefix, after), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.DISTINCT);
        // A server that does not know where to begin begins at the beginning.
        return StreamSupport.stream(heads, false).dropWhile(object -> !object.isAfter(after));
    }

    private final class Listing implements Iterator<ObjectHead> {
        private final String prefix;
        private final String after;
        private Iterator<ObjectHead> objects = Collections.emptyIterator();
        private @Nullable String nextPage;
        private boolean isBegun;

        Listing(String prefix, String after) {
            this.prefix = prefix;
            this.after = after;
        }

        @Override
        public boolean hasNext() {
            try {
                // A page may be empty and not the last.
                while (!objects.hasNext() && (!isBegun || nextPage != null)) {
                    ListedPage page = calls.list(prefix, after, nextPage);
                    isBegun = true;
                    objects = page.objects().iterator();
                    nextPage = page.next();
                }
                return objects.hasNext();
            } catch (SdkException e) {
                throw new UncheckedIOException(translated(e));
            }
        }

        @Override
        public ObjectHead next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return objects.next();
        }

        private IOException translated(SdkException e) {
            try {
                return failed(prefix, calls.listingFailed(e, prefix));
            } catch (InterruptedException interrupt) {
                return interrupted(interrupt);
            }
        }
    }

    private IOException notGiven(String key, CallFailed e) {
        return switch (e.kind()) {
            case ABSENT -> new NoSuchFileException(key);
            case FORBIDDEN, FINAL ->
                new AccessDeniedException(
                        key + " in bucket " + settings.bucket(),
                        null,
                        e.detail().text());
            case EXISTS, PASSING, UNKNOWN, UNSUPPORTED -> failed(key, e);
        };
    }

    private IOException failed(String key, CallFailed e) {
        return new IOException(key + " in bucket " + settings.bucket() + ": " + e.detail(), e);
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException result = new InterruptedIOException("interrupted while the store was asked");
        result.initCause(e);
        return result;
    }

    @Override
    public void close() {
        calls.close();
    }
}
