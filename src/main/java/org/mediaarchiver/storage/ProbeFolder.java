package org.mediaarchiver.storage;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.storage.CallFailed.Kind;
import org.mediaarchiver.storage.Failures.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Where objects are made only to learn what becomes of them; nothing is left there that may be deleted. */
final class ProbeFolder {
    private static final Logger log = LoggerFactory.getLogger(ProbeFolder.class);

    private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}-[a-z0-9]+(/[A-Za-z_./-]+)?");

    /** A version of an object may lie below another. */
    private static final int MOST_ROUNDS = 10;

    private final S3Calls calls;
    private final S3Settings settings;
    private final String path;
    private final String name =
            HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextLong());

    /** @param prefix of the archive, empty or ending in a slash */
    ProbeFolder(S3Calls calls, S3Settings settings, String prefix) {
        this.calls = calls;
        this.settings = settings;
        this.path = prefix + ".probe/";
    }

    /** Returns what all its keys begin with. */
    String path() {
        return path;
    }

    /**
     * Returns a key that is this object's own.
     *
     * @param what lower-case letters and digits, and behind a slash whatever a key of the archive may have
     */
    String key(String what) {
        return path + name + "-" + what;
    }

    /**
     * Deletes an object if it is there.
     *
     * @param version null for the newest, of which a versioned bucket then keeps a marker
     */
    void delete(String key, @Nullable String version) throws CallFailed, InterruptedException {
        try {
            calls.optional(
                    key,
                    s3 -> s3.deleteObject(
                            r -> r.bucket(settings.bucket()).key(key).versionId(version)));
        } catch (CallFailed e) {
            if (e.kind() != Kind.ABSENT) {
                throw e;
            }
        }
    }

    /** Aborts an upload. */
    void abort(String key, String id) throws CallFailed, InterruptedException {
        calls.tried(
                Call.ABORT,
                key,
                s3 -> s3.abortMultipartUpload(
                        r -> r.bucket(settings.bucket()).key(key).uploadId(id)));
    }

    /**
     * Makes sure that uploads can be aborted; the right to it shows with one that does not exist, too.
     *
     * @throws CallFailed if they cannot, or perhaps not
     */
    void requireAbort(String key) throws CallFailed, InterruptedException {
        try {
            abort(key, "made-up");
        } catch (CallFailed e) {
            if (e.kind() != Kind.ABSENT && e.kind() != Kind.FINAL) {
                throw e;
            }
        }
    }

    /** Deletes all that was made here, by this process or by one that was killed; what cannot be deleted is logged. */
    void sweep() throws InterruptedException {
        try {
            calls.abortUploads(path, upload -> isOurs(upload.key()));
        } catch (CallFailed e) {
            log.debug("Uploads under {} are not listed: {}", path, e.detail());
        }
        try {
            for (int round = 0; round < MOST_ROUNDS; round++) {
                List<String> left = ours();
                if (left.isEmpty()) {
                    return;
                }
                for (String key : left) {
                    deleteNewest(key, round);
                }
            }
            log.warn("Objects that a probe made are still under {} in bucket {}", path, settings.bucket());
        } catch (CallFailed e) {
            log.warn(
                    "Objects that a probe made may be left under {} in bucket {}: {}",
                    path,
                    settings.bucket(),
                    e.detail());
        }
    }

    private List<String> ours() throws CallFailed, InterruptedException {
        return calls
                .optional(
                        path,
                        s3 -> s3.listObjectsV2(r -> r.bucket(settings.bucket()).prefix(path)))
                .contents()
                .stream()
                .map(object -> object.key())
                .filter(this::isOurs)
                .toList();
    }

    private boolean isOurs(String key) {
        return key.startsWith(path)
                && NAME.matcher(key.substring(path.length())).matches();
    }

    /** Deletes by version, so that no marker stays; a bucket without versions has one that is called null, or knows none. */
    private void deleteNewest(String key, int round) throws CallFailed, InterruptedException {
        Optional<HeadObjectResponse> head = calls.head(key);
        if (head.isEmpty()) {
            return;
        }
        String version = head.get().versionId();
        if (version != null) {
            delete(key, version);
            return;
        }
        if (round > 0) {
            delete(key, null);
            return;
        }
        try {
            delete(key, "null");
        } catch (CallFailed e) {
            log.debug("Versions are not known: {}", e.detail());
            delete(key, null);
        }
    }
}
