package org.mediaarchiver.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;

/**
 * A bucket, seen through a prefix-free lens: keys are whole keys.
 *
 * <p>Implementations are safe for use by many threads. No method deletes an object, and none but {@link #replace} overwrites one.
 * Every method throws {@link StopException} where the bucket as a whole cannot be used: it does not exist, or the credentials are
 * missing, wrong or without the right that the call needs.
 */
public interface ObjectStore extends AutoCloseable {
    /** Returns the bucket's name. */
    String bucket();

    /**
     * Creates an object if there is none under its key, and verifies what the store then holds.
     *
     * <p>Passing failures are retried within bounds. An object that is there already is never touched, whatever it holds.
     */
    Creation create(NewObject object) throws InterruptedException;

    /**
     * Puts an object in the place of one that is there as long as that is still the one that was seen, and verifies what the store
     * then holds.
     *
     * <p>Passing failures are retried within bounds. Any other object that is there by then is not touched, and nothing at all is
     * written where {@link #replaces} says no.
     *
     * @param seen the object to be replaced, as {@link #head} told of it
     */
    Creation replace(NewObject object, ObjectHead seen) throws InterruptedException;

    /** Tells whether the store was found to keep to {@code If-Match}, without which a replacement might overwrite anything. */
    boolean replaces();

    /**
     * Lists what the bucket keeps of an object beside what is there now, the newest first.
     *
     * @return nothing where the bucket keeps no versions
     * @throws java.nio.file.AccessDeniedException if the right to list versions is missing
     * @throws IOException if the store does not answer
     */
    List<ObjectVersion> earlierVersions(String key) throws IOException;

    /** Looks up an object without its bytes; nothing where there is none under the key. */
    Optional<ObjectHead> head(String key) throws IOException;

    /**
     * Opens an object's bytes.
     *
     * @throws java.nio.file.NoSuchFileException if there is no object under the key
     * @throws java.nio.file.AccessDeniedException if the store does not give out this object, as one that is in an archive class
     * @throws IOException if the store does not answer
     */
    InputStream open(String key) throws IOException;

    /**
     * Opens the bytes of an earlier version.
     *
     * @throws java.nio.file.NoSuchFileException if it is gone
     * @throws java.nio.file.AccessDeniedException if the store does not give it out
     * @throws IOException if the store does not answer
     */
    InputStream open(ObjectVersion version) throws IOException;

    /** Lists the objects whose keys begin with {@code prefix}, by key in UTF-8 byte order; the caller closes the stream. */
    Stream<ObjectHead> list(String prefix);

    /**
     * Lists the objects whose keys begin with {@code prefix} and come after another key, by key in UTF-8 byte order; the caller closes
     * the stream.
     *
     * @param after a key that need not exist, empty for none
     */
    default Stream<ObjectHead> list(String prefix, String after) {
        return list(prefix).dropWhile(object -> !object.isAfter(after));
    }

    @Override
    void close();

    /**
     * An object to create.
     *
     * @param key the whole key
     * @param body its bytes
     * @param content their size, digest and type
     * @param metadata user metadata, names in lower case without {@code x-amz-meta-}; {@code sha256} is added by the store
     */
    record NewObject(String key, Body body, StoredObject.Content content, Map<String, String> metadata) {}

    /** What became of a creation, or of a replacement. */
    sealed interface Creation {
        /** The object is new, and holds the bytes that were sent. */
        record Created(StoredObject object) implements Creation {}

        /** There was an object with the same bytes already. */
        record Same(StoredObject object) implements Creation {}

        /** There was an object with other bytes, which stands; its digest is null where the store cannot tell it cheaply. */
        record Different(ObjectHead existing) implements Creation {}

        /**
         * Nothing is there that could be relied upon.
         *
         * @param reason {@code STORE_UNAVAILABLE} or {@code STORE_REFUSED}
         * @param detail what the store said
         */
        record NotCreated(Reason reason, Detail detail) implements Creation {}
    }

    /**
     * What the store says of an object.
     *
     * @param key the whole key
     * @param size in bytes
     * @param sha256 the digest that the store computed or that was recorded with the object; null where there is neither
     * @param contentType as stored, null in a listing
     * @param etag without quotes
     * @param storeChecksum {@code ALG:TYPE:base64}, null where the store gives none
     * @param versionId null where the bucket keeps no versions, and in a listing
     * @param lastModified when the store received it, to the second, as a listing tells it; else null
     */
    record ObjectHead(
            String key,
            long size,
            @Nullable Sha256 sha256,
            @Nullable String contentType,
            @Nullable String etag,
            @Nullable String storeChecksum,
            @Nullable String versionId,
            @Nullable Instant lastModified) {
        /** An object of which it is not known when it came. */
        public ObjectHead(
                String key,
                long size,
                @Nullable Sha256 sha256,
                @Nullable String contentType,
                @Nullable String etag,
                @Nullable String storeChecksum,
                @Nullable String versionId) {
            this(key, size, sha256, contentType, etag, storeChecksum, versionId, null);
        }

        /** Tells whether the object's key comes after another in UTF-8 byte order. */
        public boolean isAfter(String other) {
            return Arrays.compareUnsigned(key.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8))
                    > 0;
        }
    }

    /**
     * What once was an object.
     *
     * @param key the whole key
     * @param versionId the store's
     * @param size in bytes
     */
    record ObjectVersion(String key, String versionId, long size) {}
}
