package org.mediaarchiver.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;

/** A bucket in memory, which keeps the port's promises and nothing else. */
public final class InMemoryObjectStore implements ObjectStore {
    private final String bucket;
    private final InstantSource clock;
    private final ConcurrentSkipListMap<String, Held> objects = new ConcurrentSkipListMap<>(
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));

    private final boolean keepsVersions;
    /** What is no longer there, the oldest first; its id is its place. */
    private final Map<String, List<Held>> earlier = new ConcurrentHashMap<>();

    private record Held(byte[] bytes, String contentType, Map<String, String> metadata) {}

    /** An empty bucket that keeps no versions. */
    public InMemoryObjectStore(String bucket, InstantSource clock) {
        this(bucket, clock, false);
    }

    private InMemoryObjectStore(String bucket, InstantSource clock, boolean keepsVersions) {
        this.bucket = bucket;
        this.clock = clock;
        this.keepsVersions = keepsVersions;
    }

    /** An empty bucket that keeps what was replaced, planted over or removed. */
    public static InMemoryObjectStore withVersions(String bucket, InstantSource clock) {
        return new InMemoryObjectStore(bucket, clock, true);
    }

    /** Returns the user metadata an object was created with. */
    public Map<String, String> metadata(String key) {
        Held held = objects.get(key);
        return held == null ? Map.of() : held.metadata();
    }

    /** Puts bytes under a key whatever is there: the damage that audits look for. */
    public void plant(String key, byte[] bytes) {
        keep(key, objects.put(key, new Held(bytes.clone(), "application/octet-stream", Map.of())));
    }

    /** Takes an object away. */
    public void remove(String key) {
        keep(key, objects.remove(key));
    }

    private void keep(String key, @Nullable Held held) {
        if (keepsVersions && held != null) {
            earlier.computeIfAbsent(key, k -> new CopyOnWriteArrayList<>()).add(held);
        }
    }

    @Override
    public String bucket() {
        return bucket;
    }

    @Override
    public Creation create(NewObject object) {
        Held held = held(object);
        if (held == null) {
            return refused();
        }
        Held before = objects.putIfAbsent(object.key(), held);
        return before == null ? new Creation.Created(stored(object)) : found(object, before);
    }

    @Override
    public Creation replace(NewObject object, ObjectHead seen) {
        Held held = held(object);
        if (held == null) {
            return refused();
        }
        Held before = objects.get(object.key());
        if (before == null) {
            return new Creation.NotCreated(Reason.STORE_REFUSED, new Detail("there is nothing to replace"));
        }
        if (etag(before.bytes()).equals(seen.etag()) && objects.replace(object.key(), before, held)) {
            keep(object.key(), before);
            return new Creation.Created(stored(object));
        }
        return found(object, objects.getOrDefault(object.key(), before));
    }

    @Override
    public boolean replaces() {
        return true;
    }

    private static Creation refused() {
        return new Creation.NotCreated(
                Reason.STORE_REFUSED, new Detail("the bytes do not have the digest that was announced"));
    }

    private Creation found(NewObject object, Held there) {
        return Sha256.of(there.bytes()).equals(object.content().sha256())
                ? new Creation.Same(stored(object))
                : new Creation.Different(described(object.key(), there));
    }

    private static @Nullable Held held(NewObject object) {
        byte[] bytes = bytes(object.body());
        StoredObject.Content content = object.content();
        if (!Sha256.of(bytes).equals(content.sha256())) {
            return null;
        }
        Map<String, String> metadata = new HashMap<>(object.metadata());
        metadata.put("sha256", content.sha256().hex());
        return new Held(bytes, content.contentType(), Map.copyOf(metadata));
    }

    private StoredObject stored(NewObject object) {
        byte[] bytes = bytes(object.body());
        return new StoredObject(
                bucket,
                object.key(),
                null,
                object.content(),
                etag(bytes),
                checksum(bytes),
                clock.instant(),
                VerifyMethod.PUT_CHECKSUM);
    }

    private static byte[] bytes(Body body) {
        try (InputStream in = body.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<ObjectHead> head(String key) {
        return Optional.ofNullable(objects.get(key)).map(held -> described(key, held));
    }

    private static ObjectHead described(String key, Held held) {
        return new ObjectHead(
                key,
                held.bytes().length,
                Sha256.of(held.bytes()),
                held.contentType(),
                etag(held.bytes()),
                checksum(held.bytes()),
                null);
    }

    private static String etag(byte[] bytes) {
        return Sha256.of(bytes).hex().substring(0, 32);
    }

    private static String checksum(byte[] bytes) {
        return "SHA256:FULL_OBJECT:" + Sha256.of(bytes).base64();
    }

    @Override
    public InputStream open(String key) throws IOException {
        Held held = objects.get(key);
        if (held == null) {
            throw new NoSuchFileException(key);
        }
        return new ByteArrayInputStream(held.bytes());
    }

    @Override
    public List<ObjectVersion> earlierVersions(String key) {
        List<ObjectVersion> versions = new ArrayList<>();
        for (Held held : earlier.getOrDefault(key, List.of())) {
            versions.addFirst(new ObjectVersion(key, Integer.toString(versions.size()), held.bytes().length));
        }
        return versions;
    }

    @Override
    public InputStream open(ObjectVersion version) {
        List<Held> held = earlier.getOrDefault(version.key(), List.of());
        return new ByteArrayInputStream(
                held.get(Integer.parseInt(version.versionId())).bytes());
    }

    @Override
    public Stream<ObjectHead> list(String prefix) {
        return objects.entrySet().stream()
                .filter(object -> object.getKey().startsWith(prefix))
                .map(object -> new ObjectHead(
                        object.getKey(),
                        object.getValue().bytes().length,
                        null,
                        null,
                        etag(object.getValue().bytes()),
                        null,
                        null));
    }

    @Override
    public void close() {
        objects.clear();
    }
}
