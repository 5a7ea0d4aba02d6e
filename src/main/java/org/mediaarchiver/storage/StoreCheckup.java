package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.CallFailed.Kind;
import org.mediaarchiver.storage.Failures.Call;
import org.mediaarchiver.storage.S3Settings.Placement;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.GetObjectLockConfigurationResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectLockEnabled;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Tries one after the other what a run does with the bucket, and says of each what came of it.
 *
 * <p>Where objects may be deleted, some are made and deleted again. Where they may not, the right to create is told by a put with
 * digests that are not those of its bytes: without the right it is forbidden, and with it refused for the digests. An Object Lock
 * is tried by beginning an upload in parts, which is aborted before there is an object that could be locked.
 */
final class StoreCheckup {
    private static final Duration NOTICEABLE_SKEW = Duration.ofSeconds(30);

    private static final byte[] BYTES = "media-archiver checks".getBytes(US_ASCII);
    private static final byte[] OTHER_BYTES = "media-archiver errors".getBytes(US_ASCII);

    /** In UTF-8 byte order, which is not that of dictionaries, nor that of folders before their neighbours. */
    private static final List<String> IN_ORDER = List.of("order/B/x", "order/a-b/x", "order/a/x", "order/a_b/x");

    private final S3Calls calls;
    private final S3Settings settings;
    private final String prefix;
    private final ProbeFolder folder;
    private final InstantSource clock;
    private final Consumer<Check> told;
    private StoreCapabilities found = StoreCapabilities.UNKNOWN;

    /**
     * @param prefix of the archive, empty or ending in a slash
     * @param told is given each check as soon as it is made
     */
    StoreCheckup(S3Calls calls, S3Settings settings, String prefix, InstantSource clock, Consumer<Check> told) {
        this.calls = calls;
        this.settings = settings;
        this.prefix = prefix;
        this.folder = new ProbeFolder(calls, settings, prefix);
        this.clock = clock;
        this.told = told;
    }

    /** What of a placement can be left out to see whether it is what the store does not take. */
    private enum Choice {
        STORAGE_CLASS(
                "bucket.storage-class",
                "New objects get the storage class that is configured.",
                "The store took an object and has it in another storage class.",
                "Correct archiver.storage.storage-class, or take it away.") {
            @Override
            boolean isMadeIn(Placement p) {
                return p.storageClass() != null;
            }

            @Override
            Placement leftOutOf(Placement p) {
                return new Placement(null, p.sse(), p.kmsKeyId(), p.retention(), p.tags());
            }

            @Override
            boolean isKept(Placement p, HeadObjectResponse head) {
                String told = head.storageClassAsString();
                return (told == null ? "STANDARD" : told).equals(p.storageClass());
            }
        },
        ENCRYPTION(
                "bucket.encryption",
                "New objects are encrypted as configured.",
                "The store took an object and does not say that it encrypted it as configured.",
                "Correct archiver.storage.sse and archiver.storage.kms-key-id; a KMS key needs the rights"
                        + " kms:GenerateDataKey and kms:Decrypt.") {
            @Override
            boolean isMadeIn(Placement p) {
                return p.sse() != null;
            }

            @Override
            Placement leftOutOf(Placement p) {
                return new Placement(p.storageClass(), null, null, p.retention(), p.tags());
            }

            @Override
            boolean isKept(Placement p, HeadObjectResponse head) {
                return Objects.equals(p.sse(), head.serverSideEncryptionAsString());
            }
        },
        TAGS(
                "bucket.tags",
                "The store takes the tags of new objects.",
                "",
                "Give the S3 credentials the right s3:PutObjectTagging, or take archiver.storage.tags away.") {
            @Override
            boolean isMadeIn(Placement p) {
                return !p.tags().isEmpty();
            }

            @Override
            Placement leftOutOf(Placement p) {
                return new Placement(p.storageClass(), p.sse(), p.kmsKeyId(), p.retention(), Map.of());
            }

            @Override
            boolean isKept(Placement p, HeadObjectResponse head) {
                // To read them would need a right that a run does without.
                return true;
            }
        };

        private final String check;
        private final String fine;
        private final String dropped;
        private final String cure;

        Choice(String check, String fine, String dropped, String cure) {
            this.check = check;
            this.fine = fine;
            this.dropped = dropped;
            this.cure = cure;
        }

        abstract boolean isMadeIn(Placement placement);

        abstract Placement leftOutOf(Placement placement);

        /** Tells whether an object that was created so is as it was asked for. */
        abstract boolean isKept(Placement placement, HeadObjectResponse head);
    }

    /** A trial that throws what kept it from succeeding. */
    @FunctionalInterface
    private interface Trial {
        void make() throws CallFailed, InterruptedException;
    }

    /**
     * Tries everything.
     *
     * @param largest size of the largest object that a run would store, in bytes
     */
    void examine(long largest) throws InterruptedException {
        try {
            Listing listing = findsCredentials() ? lists() : Listing.IMPOSSIBLE;
            if (listing == Listing.IMPOSSIBLE) {
                untried("bucket", "What else a run does with the bucket is not tried before this is mended.");
                return;
            }
            // What can be neither listed nor looked up could not be found again, to be deleted.
            if (looksUp() && listing == Listing.ALLOWED) {
                found = new StoreProbe(calls, settings, folder).probe();
                examineAll(largest);
            } else {
                examineRights(largest);
            }
        } catch (StopException e) {
            fault("bucket", String.valueOf(e.getMessage()));
        }
    }

    private void examineAll(long largest) throws InterruptedException {
        try {
            boolean creates = examineRights(largest);
            if (!mayDelete()) {
                tellNothingIsMade();
            } else if (creates) {
                tellFeatures();
                keepsOrder();
            }
        } finally {
            if (mayDelete()) {
                folder.sweep();
            }
        }
    }

    private boolean examineRights(long largest) throws InterruptedException {
        boolean creates = creates();
        reads(creates);
        uploads(largest, creates);
        if (creates) {
            locks();
        }
        return creates;
    }

    private boolean mayDelete() {
        return found.has(Feature.DELETE);
    }

    // Is anybody there, and for us?

    private enum Listing {
        ALLOWED,
        FORBIDDEN,
        IMPOSSIBLE
    }

    private boolean findsCredentials() {
        try {
            calls.credentials();
            return true;
        } catch (StopException e) {
            fault("store.credentials", String.valueOf(e.getMessage()));
            return false;
        }
    }

    private Listing lists() throws InterruptedException {
        try {
            ListObjectsV2Response page = calls.tried(
                    Call.LIST,
                    "keys that begin with '" + prefix + "'",
                    s3 -> s3.listObjectsV2(calls.listing(prefix).build()));
            tellAnswered(page.sdkHttpResponse());
            ok("store.credentials", "The store takes the S3 credentials.");
            ok("bucket.list", "The keys of bucket " + settings.bucket() + " can be listed.");
            return Listing.ALLOWED;
        } catch (CallFailed e) {
            if (!calls.hasStoreAnswered()) {
                fault(
                        "store.connection",
                        "The store at " + settings.server() + " does not answer: " + e.detail()
                                + ". Correct archiver.storage.endpoint, or try again when the store is up.");
                return Listing.IMPOSSIBLE;
            }
            tellAnswered(answerBehind(e));
            if (e.kind() == Kind.FORBIDDEN) {
                ok("store.credentials", "The store takes the S3 credentials.");
            }
            fault("bucket.list", sentence(e, Call.LIST));
            return e.kind() == Kind.FORBIDDEN ? Listing.FORBIDDEN : Listing.IMPOSSIBLE;
        } catch (StopException e) {
            if (!calls.hasStoreAnswered()) {
                fault("store.connection", String.valueOf(e.getMessage()));
                return Listing.IMPOSSIBLE;
            }
            tellAnswered(answerBehind(e));
            fault(Failures.isAboutCredentials(e) ? "store.credentials" : "bucket.list", String.valueOf(e.getMessage()));
            return Listing.IMPOSSIBLE;
        }
    }

    private void tellAnswered(@Nullable SdkHttpResponse answer) {
        ok("store.connection", "The store at " + settings.server() + " answers.");
        Optional<Duration> ahead = Failures.skew(answer, clock.instant());
        if (ahead.isEmpty()) {
            untried("store.clock", "The store does not say what time it is.");
            return;
        }
        // The store says it in whole seconds, and did so a little ago.
        Duration skew = ahead.get();
        String how = "This machine's clock is " + Sizes.text(skew.abs()) + (skew.isNegative() ? " behind" : " ahead of")
                + " the store's.";
        if (skew.abs().compareTo(Failures.MOST_SKEW) >= 0) {
            fault("store.clock", how + " Requests are refused from 15 minutes on: set the clock.");
        } else if (skew.abs().compareTo(NOTICEABLE_SKEW) >= 0) {
            note("store.clock", how + " The times in manifests are this machine's: set the clock.");
        } else {
            ok("store.clock", "This machine's clock and the store's agree within 30 seconds.");
        }
    }

    private static @Nullable SdkHttpResponse answerBehind(Throwable e) {
        return e.getCause() instanceof S3Exception refusal ? Failures.answer(refusal) : null;
    }

    // The rights.

    private boolean looksUp() throws InterruptedException {
        return check("bucket.look-up", "Objects can be looked up.", Call.HEAD, () -> {
            String key = folder.key("missing");
            absentIsFine(() -> calls.tried(
                    Call.HEAD,
                    key,
                    s3 -> s3.headObject(r -> r.bucket(settings.bucket()).key(key))));
        });
    }

    /** Tells whether objects can be created, as a run does it but for an Object Lock. */
    private boolean creates() throws InterruptedException {
        Placement all = withoutLock(settings.placement());
        Set<Choice> made = EnumSet.allOf(Choice.class);
        made.removeIf(choice -> !choice.isMadeIn(all));
        Optional<CallFailed> refusal = refusal(all);
        if (refusal.isEmpty()) {
            ok(
                    "bucket.create",
                    mayDelete()
                            ? "Objects can be created."
                            : "Objects may be created: a put that announced the digests of other bytes was refused for that alone.");
            tellKept(made, all);
            if (mayDelete()) {
                ok("bucket.delete", "Objects of trials can be deleted again.");
            }
            return true;
        }
        for (Choice choice : made) {
            if (refusal(choice.leftOutOf(all)).isEmpty()) {
                fault(
                        choice.check,
                        capitalised(refusal.get().detail().text()) + ", and takes it without this. " + choice.cure);
                return false;
            }
        }
        fault("bucket.create", sentence(refusal.get(), Call.PUT));
        return false;
    }

    /** Some stores drop without a word what they do not know. */
    private void tellKept(Set<Choice> made, Placement asked) throws InterruptedException {
        Optional<HeadObjectResponse> head = made.isEmpty() || !mayDelete() ? Optional.empty() : headOfCreated();
        for (Choice choice : made) {
            if (head.isEmpty()) {
                ok(choice.check, "The store takes it; whether it keeps to it is not tried.");
            } else if (choice.isKept(asked, head.get())) {
                ok(choice.check, choice.fine);
            } else {
                fault(choice.check, choice.dropped + " " + choice.cure);
            }
        }
    }

    private Optional<HeadObjectResponse> headOfCreated() throws InterruptedException {
        try {
            return calls.head(folder.key("created"));
        } catch (CallFailed e) {
            return Optional.empty();
        }
    }

    private void tellNothingIsMade() {
        note(
                "bucket.delete",
                "Objects of trials could not be deleted again, so none is made, and a run looks up every object before it stores"
                        + " it. Unless the bucket locks what is created in it, the rights s3:DeleteObject and"
                        + " s3:DeleteObjectVersion for "
                        + folder.path()
                        + "* and s3:GetBucketObjectLockConfiguration would spare a request or two for every object.");
        untried("store.features", "What the store does by itself is not tried without objects.");
    }

    private static Placement withoutLock(Placement p) {
        return new Placement(p.storageClass(), p.sse(), p.kmsKeyId(), null, p.tags());
    }

    private Optional<CallFailed> refusal(Placement placement) throws InterruptedException {
        // As a run does, and since the probe may have met the same refusal before it knew what the store takes.
        Iterator<StoreCapabilities> less = found.withLess().iterator();
        StoreCapabilities known = found;
        while (true) {
            try {
                if (mayDelete()) {
                    create(placement, known);
                } else {
                    createWithWrongDigests(placement, known);
                }
                return Optional.empty();
            } catch (CallFailed e) {
                if (e.kind() != Kind.UNSUPPORTED || !less.hasNext()) {
                    return Optional.of(e);
                }
                known = less.next();
            }
        }
    }

    private void create(Placement placement, StoreCapabilities known) throws CallFailed, InterruptedException {
        String key = folder.key("created");
        PutObjectRequest request =
                asKnown(calls.newPut(key, placement), BYTES, known).build();
        calls.tried(Call.PUT, key, s3 -> s3.putObject(request, RequestBody.fromBytes(BYTES)));
    }

    private PutObjectRequest.Builder asKnown(PutObjectRequest.Builder put, byte[] announced, StoreCapabilities known) {
        return withDigest(put, announced, known).ifNoneMatch(known.lacks(Feature.CONDITION_TAKEN) ? null : "*");
    }

    private PutObjectRequest.Builder withDigest(
            PutObjectRequest.Builder put, byte[] announced, StoreCapabilities known) {
        return known.lacks(Feature.SHA256_TAKEN)
                ? put
                : put.checksumSHA256(Sha256.of(announced).base64()).checksumAlgorithm(calls.namedAlgorithm());
    }

    private void createWithWrongDigests(Placement placement, StoreCapabilities known)
            throws CallFailed, InterruptedException {
        String key = folder.key("refused");
        PutObjectRequest request = asKnown(calls.newPut(key, placement), OTHER_BYTES, known)
                .contentMD5(ContentMd5.of(OTHER_BYTES))
                .build();
        try {
            calls.tried(Call.PUT, key, s3 -> s3.putObject(request, RequestBody.fromBytes(BYTES)));
            note(
                    "store.digests",
                    "The store has taken an object that announced the digests of other bytes; a run reads every object back. It"
                            + " is left as " + key + " in bucket " + settings.bucket() + " and has " + BYTES.length
                            + " bytes: delete it by hand.");
        } catch (CallFailed e) {
            boolean forItsDigests = e.kind() == Kind.PASSING && e.reason() == Reason.STORE_REFUSED;
            if (!forItsDigests) {
                throw e;
            }
        }
    }

    private void reads(boolean creates) throws InterruptedException {
        check("bucket.read", "Objects can be read.", Call.GET, () -> {
            if (!creates || !mayDelete()) {
                absentIsFine(() -> read(folder.key("missing")));
            } else if (!Arrays.equals(read(folder.key("created")), BYTES)) {
                throw new CallFailed(
                        Kind.FINAL, Reason.STORE_REFUSED, "the store gave back other bytes than it was sent");
            }
        });
    }

    private byte[] read(String key) throws CallFailed, InterruptedException {
        try (ResponseInputStream<GetObjectResponse> in = calls.tried(
                Call.GET,
                key,
                s3 -> s3.getObject(r -> r.bucket(settings.bucket()).key(key)))) {
            return in.readNBytes(BYTES.length + 1);
        } catch (IOException e) {
            throw new CallFailed(
                    Kind.UNKNOWN, Reason.STORE_UNAVAILABLE, "the connection broke when an object was read", e);
        }
    }

    // Uploads in parts, and locks.

    /** Files up to the threshold are sent in one request, so what an upload in parts lacks may matter to none. */
    private void uploads(long largest, boolean creates) throws InterruptedException {
        String key = folder.key("parts");
        try {
            calls.tried(
                    Call.LIST_UPLOADS,
                    key,
                    s3 -> s3.listMultipartUploads(
                            r -> r.bucket(settings.bucket()).prefix(key)));
            folder.requireAbort(key);
            if (creates && beginsAndAborts("bucket.uploads", key, withoutLock(settings.placement()))) {
                ok("bucket.uploads", "Uploads in parts can be begun, listed and aborted.");
            }
        } catch (CallFailed e) {
            String said = capitalised(e.detail().text()) + ". ";
            boolean needed = largest > settings.transfer().multipartThresholdBytes();
            if (e.kind() == Kind.FORBIDDEN) {
                note(
                        "bucket.uploads",
                        said
                                + "Without the rights s3:ListBucketMultipartUploads and s3:AbortMultipartUpload what a kill leaves"
                                + " of an upload in parts stays, and takes up space.");
            } else if (needed) {
                fault(
                        "bucket.uploads",
                        said
                                + "Without uploads in parts objects larger than archiver.storage.multipart-threshold fail: raise"
                                + " it, or lower archiver.media.max-size.");
            } else {
                note("bucket.uploads", said + "No object is so large that it would be sent in parts.");
            }
        }
    }

    /** Begins an upload and ends it; says so where it could be begun and then not be ended. */
    private boolean beginsAndAborts(String check, String key, Placement placement)
            throws CallFailed, InterruptedException {
        String id = calls.tried(
                        Call.PUT,
                        key,
                        s3 -> s3.createMultipartUpload(
                                calls.newUpload(key, placement).build()))
                .uploadId();
        try {
            folder.abort(key, id);
            return true;
        } catch (CallFailed e) {
            fault(
                    check,
                    "Upload " + id + " of " + key + " in bucket " + settings.bucket()
                            + " is left, and has no part yet: abort it by hand. " + sentence(e, Call.ABORT));
            return false;
        }
    }

    private void locks() throws InterruptedException {
        if (settings.placement().retention() == null) {
            return;
        }
        String key = folder.key("locked");
        String cure =
                " Use a bucket with Object Lock and give the S3 credentials the right s3:PutObjectRetention, or take"
                        + " archiver.storage.object-lock-mode and archiver.storage.object-lock-days away.";
        try {
            if (isWithoutLock()) {
                fault("bucket.object-lock", "The bucket has no Object Lock, so every object would be refused." + cure);
                return;
            }
            folder.requireAbort(key);
        } catch (CallFailed e) {
            untried(
                    "bucket.object-lock",
                    "Object Lock is not tried, since a trial could not be undone: " + e.detail() + ".");
            return;
        }
        try {
            if (beginsAndAborts("bucket.object-lock", key, settings.placement())) {
                ok("bucket.object-lock", "New objects may be locked as configured.");
            }
        } catch (CallFailed e) {
            fault("bucket.object-lock", capitalised(e.detail().text()) + " with a lock." + cure);
        }
    }

    private boolean isWithoutLock() throws CallFailed, InterruptedException {
        try {
            GetObjectLockConfigurationResponse answer =
                    calls.optional(prefix, s3 -> s3.getObjectLockConfiguration(r -> r.bucket(settings.bucket())));
            return answer.objectLockConfiguration() == null
                    || answer.objectLockConfiguration().objectLockEnabled() != ObjectLockEnabled.ENABLED;
        } catch (CallFailed e) {
            if (e.kind() == Kind.FORBIDDEN) {
                return false;
            }
            if (e.kind() == Kind.ABSENT || e.kind() == Kind.FINAL) {
                return true;
            }
            throw e;
        }
    }

    // What the store does by itself.

    private void tellFeatures() {
        boolean md5 = found.has(Feature.MD5_VERIFIED);
        tell(
                "store.sha256",
                Feature.SHA256_VERIFIED,
                "A put with a wrong SHA-256 is refused.",
                md5
                        ? "A wrong SHA-256 is not noticed, and a wrong Content-MD5 is: a run sends that too, and reads every object back."
                        : "Neither a wrong SHA-256 nor a wrong Content-MD5 is noticed: a run reads every object back.");
        tell(
                "store.head-checksum",
                Feature.SHA256_TOLD,
                "A HEAD tells an object's SHA-256.",
                "A HEAD does not tell an object's SHA-256: where the put does not either, a run reads every object back.");
        tell(
                "store.create-only",
                Feature.CONDITION_KEPT,
                "A second object under the same key is refused.",
                "A second object under the same key would overwrite the first: a run looks up every key before it stores."
                        + " Let no two machines archive the same tasks at once.");
        tell(
                "store.complete-only",
                Feature.COMPLETION_CONDITION_KEPT,
                "An upload in parts to a key that is taken is refused.",
                "An upload in parts to a key that is taken is not refused, or there are no uploads in parts: a run looks up"
                        + " the key once more before it completes one.");
        tell(
                "store.complete-crc",
                Feature.FULL_CRC_VERIFIED,
                "An upload in parts is completed only with the right checksum of the whole.",
                "No checksum of the whole is held against the completion of an upload in parts: a run goes by those of the"
                        + " parts, and reads the object back where the store tells none.");
        tell(
                "store.replace-only",
                Feature.MATCH_KEPT,
                "An object is replaced only if it is still the one that was seen.",
                "An object cannot be replaced under the condition that it is still the one that was seen, as repairs do it.");
    }

    private void tell(String check, Feature feature, String fine, String lacking) {
        switch (found.of(feature)) {
            case YES -> ok(check, fine);
            case NO -> note(check, lacking);
            case UNKNOWN -> note(check, "A trial showed nothing, so a run does not rely on it. Run doctor again.");
        }
    }

    /** Audits merge listings with manifests, and would take an object that comes late for a missing one. */
    private void keepsOrder() throws InterruptedException {
        check("store.order", "Keys are listed in the order of their bytes.", Call.LIST, () -> {
            List<String> keys = IN_ORDER.stream().map(folder::key).toList();
            for (String key : List.of(keys.get(2), keys.get(0), keys.get(3), keys.get(1))) {
                PutObjectRequest request = withDigest(
                                calls.newPut(key, withoutLock(settings.placement())), BYTES, found)
                        .build();
                calls.tried(Call.PUT, key, s3 -> s3.putObject(request, RequestBody.fromBytes(BYTES)));
            }
            List<String> listed = calls
                    .tried(
                            Call.LIST,
                            folder.path(),
                            s3 -> s3.listObjectsV2(
                                    calls.listing(folder.key("order/")).build()))
                    .contents()
                    .stream()
                    .map(S3Object::key)
                    .toList();
            if (!listed.equals(keys)) {
                throw new CallFailed(
                        Kind.FINAL,
                        Reason.STORE_REFUSED,
                        "the store lists keys in another order than that of their bytes; audits would take objects for missing");
            }
        });
    }

    // Telling.

    private boolean check(String name, String fine, Call call, Trial trial) throws InterruptedException {
        try {
            trial.make();
            ok(name, fine);
            return true;
        } catch (CallFailed e) {
            fault(name, sentence(e, call));
            return false;
        }
    }

    private static void absentIsFine(Trial trial) throws CallFailed, InterruptedException {
        try {
            trial.make();
        } catch (CallFailed e) {
            if (e.kind() != Kind.ABSENT) {
                throw e;
            }
        }
    }

    private static String sentence(CallFailed e, Call call) {
        String cure = switch (e.kind()) {
            case FORBIDDEN -> " " + call.cure();
            case PASSING, UNKNOWN -> " Run doctor again; if it stays so, ask who runs the store.";
            case ABSENT, EXISTS, UNSUPPORTED, FINAL -> "";
        };
        return capitalised(e.detail().text()) + "." + cure;
    }

    private static String capitalised(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private void ok(String name, String message) {
        told.accept(Check.ok(name, message));
    }

    private void note(String name, String message) {
        told.accept(Check.note(name, message));
    }

    private void fault(String name, String message) {
        told.accept(Check.fault(name, message));
    }

    private void untried(String name, String message) {
        told.accept(Check.untried(name, message));
    }
}
