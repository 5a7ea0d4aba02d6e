package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.storage.ObjectStoreContract.large;
import static org.mediaarchiver.storage.ObjectStoreContract.object;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Check.Result;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.S3Settings.Placement;
import org.mediaarchiver.storage.S3Settings.Retention;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectLockRetentionMode;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** What a server is seen to do, and what {@code src/docs/stores.md} says of it, in the words of that page. */
final class StoreTraits {
    private static final Path PAGE = Path.of("src", "docs", "stores.md");
    private static final byte[] BYTES = "traits".getBytes(UTF_8);

    private final StoreServer server;
    private final S3Client client;
    private final String bucket;
    private final Map<String, String> seen = new TreeMap<>();

    private StoreTraits(StoreServer server, S3Client client, String bucket) {
        this.server = server;
        this.client = client;
        this.bucket = bucket;
    }

    /**
     * Returns the column of a store in the page's first table, by the first cell of each row.
     *
     * @param versions whether what holds for buckets with versions is to be told where it differs
     */
    static Map<String, String> told(String store, boolean versions) throws IOException {
        Map<String, String> told = new TreeMap<>();
        int column = -1;
        for (String line : Files.readAllLines(PAGE)) {
            List<String> cells = List.of(line.split(" ?\\| ?", -1));
            if (column < 0) {
                column = cells.indexOf(store);
            } else if (line.isBlank()) {
                return told;
            } else if (!cells.get(1).contains("---")) {
                String[] ways = cells.get(column).split("; with versions: ", -1);
                told.put(cells.get(1), ways[versions ? ways.length - 1 : 0]);
            }
        }
        return told;
    }

    /**
     * Tries a server for what does not need a test of its own.
     *
     * @param bucket of which there is none yet, nor one whose name begins so
     * @param versions whether it is to keep them
     */
    static Map<String, String> seen(
            StoreServer server, S3Client client, String bucket, boolean versions, Path directory) throws Exception {
        client.createBucket(r -> r.bucket(bucket));
        if (versions) {
            keepVersions(client, bucket);
        }
        StoreTraits traits = new StoreTraits(server, client, bucket);
        traits.seeFeatures(directory);
        traits.see("keeps versions", traits::keepsVersions);
        traits.see("tags objects", traits::tags);
        traits.see("encrypts objects (SSE-S3)", traits::encrypts);
        traits.see("locks objects", traits::locks);
        traits.see("refuses a wrong secret key", traits::refusesAWrongSecret);
        traits.seeDoctor();
        return traits.seen;
    }

    static void keepVersions(S3Client client, String bucket) {
        client.putBucketVersioning(r -> r.bucket(bucket).versioningConfiguration(v -> v.status("Enabled")));
    }

    static String word(boolean is) {
        return is ? "yes" : "no";
    }

    private void seeFeatures(Path directory) throws Exception {
        try (S3ObjectStore store = server.open(bucket)) {
            StoreCapabilities found = store.probe("");
            store.relyOn(found);
            see("takes a SHA-256 with a put", found, Feature.SHA256_TAKEN);
            see("refuses a wrong SHA-256", found, Feature.SHA256_VERIFIED);
            see("refuses a wrong `Content-MD5`", found, Feature.MD5_VERIFIED);
            see("tells the SHA-256 in a HEAD", found, Feature.SHA256_TOLD);
            see("refuses to create what is there", found, Feature.CONDITION_KEPT);
            see("refuses to complete an upload over what is there", found, Feature.COMPLETION_CONDITION_KEPT);
            see("refuses to complete an upload with a wrong CRC of the whole", found, Feature.FULL_CRC_VERIFIED);
            see("replaces only what was seen", found, Feature.MATCH_KEPT);
            seen.put("an object is proved by", proof(store.create(object("whole", BYTES))));
            byte[] large = large(12);
            Path file = Files.write(directory.resolve("large"), large);
            seen.put(
                    "an object in parts is proved by",
                    proof(store.create(object("parts", new Body.File(file), large))));
        }
    }

    private void see(String trait, StoreCapabilities found, Feature feature) {
        seen.put(trait, found.of(feature).name().toLowerCase(Locale.ROOT));
    }

    private static String proof(Creation creation) {
        return creation instanceof Creation.Created created
                ? "`" + created.object().verifiedBy().word() + "`"
                : creation.toString();
    }

    /** A server that does not know what it is asked for does not have the trait. */
    private void see(String trait, Callable<Boolean> trial) throws Exception {
        try {
            seen.put(trait, word(trial.call()));
        } catch (SdkException e) {
            seen.put(trait, word(false));
        }
    }

    private boolean keepsVersions() throws Exception {
        String versioned = bucket + "-versions";
        client.createBucket(r -> r.bucket(versioned));
        keepVersions(client, versioned);
        String version = create(versioned, "version", Placement.AS_THE_BUCKET_SAYS)
                ? client.headObject(r -> r.bucket(versioned).key("version")).versionId()
                : null;
        return version != null && !version.equals("null");
    }

    private boolean tags() throws Exception {
        return create(bucket, "tagged", new Placement(null, null, null, null, Map.of("team", "media")))
                && !client.getObjectTagging(r -> r.bucket(bucket).key("tagged"))
                        .tagSet()
                        .isEmpty();
    }

    private boolean encrypts() throws Exception {
        Placement encrypted = new Placement(null, "AES256", null, null, Map.of());
        boolean encrypts = create(bucket, "encrypted", encrypted)
                && client.headObject(r -> r.bucket(bucket).key("encrypted")).serverSideEncryption()
                        == ServerSideEncryption.AES256;
        assertThat(checks(encrypted))
                .as("doctor tells whether objects are encrypted")
                .anySatisfy(check -> {
                    assertThat(check.name()).isEqualTo("bucket.encryption");
                    assertThat(check.result()).isEqualTo(encrypts ? Result.OK : Result.FAULT);
                });
        return encrypts;
    }

    private boolean locks() throws Exception {
        String locking = bucket + "-locks";
        Retention aDay = new Retention(Retention.Mode.GOVERNANCE, 1);
        client.createBucket(r -> r.bucket(locking).objectLockEnabledForBucket(true));
        return create(locking, "locked", new Placement(null, null, null, aDay, Map.of()))
                && client.getObjectRetention(r -> r.bucket(locking).key("locked"))
                                .retention()
                                .mode()
                        == ObjectLockRetentionMode.GOVERNANCE;
    }

    private boolean create(String where, String key, Placement placement) throws Exception {
        try (S3ObjectStore store = server.open(where, placement)) {
            return store.create(object(key, BYTES)) instanceof Creation.Created;
        }
    }

    private boolean refusesAWrongSecret() throws Exception {
        try (S3ObjectStore store = new StoreServer(server.endpoint(), server.accessKey(), "wrong").open(bucket)) {
            store.requireUsable("");
            return false;
        } catch (StopException e) {
            return true;
        }
    }

    private void seeDoctor() throws Exception {
        List<Check> checks = checks(Placement.AS_THE_BUCKET_SAYS);
        for (Result result : List.of(Result.NOTE, Result.FAULT, Result.UNTRIED)) {
            String names = checks.stream()
                    .filter(check -> check.result() == result)
                    .map(check -> "`" + check.name() + "`")
                    .collect(Collectors.joining(", "));
            if (result != Result.UNTRIED || !names.isEmpty()) {
                seen.put(result.word() + "s of `doctor`", names.isEmpty() ? "none" : names);
            }
        }
    }

    private List<Check> checks(Placement placement) throws Exception {
        List<Check> checks = new ArrayList<>();
        try (S3ObjectStore store = server.open(bucket, placement)) {
            store.checkUp("", 1, checks::add);
        }
        return checks;
    }
}
