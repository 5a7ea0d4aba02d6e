package org.mediaarchiver.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
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

    private record Held(byte[] bytes, String contentType, Map<String, String> metadata) {}

    /** An empty bucket. */
    public InMemoryObjectStore(String bucket, InstantSource clock) {
        this.bucket = bucket;
        this.clock = clock;
    }

    /** Returns the user metadata an object was created with. */
    public Map<String, String> metadata(String key) {
        Held held = objects.get(key);
        return held == null ? Map.of() : held.metadata();
    }

    /** Puts bytes under a key whatever is there: the damage that audits look for. */
    public void plant(String key, byte[] bytes) {
        objects.put(key, new Held(bytes.clone(), "application/octet-stream", Map.of()));
    }

    /** Takes an object away. */
    public void remove(String key) {
        objects.remove(key);
    }

    @Override
    public String bucket() {
        return bucket;
    }

    @Override
    public Creation create(NewObject object) {
        byte[] bytes = bytes(object.body());
        StoredObject.Content content = object.content();
        if (!Sha256.of(bytes).equals(content.sha256())) {
            return new Creation.NotCreated(
                    Reason.STORE_REFUSED, new Detail("the bytes do not have the digest that was announced"));
        }
        Map<String, String> metadata = new HashMap<>(object.metadata());
        metadata.put("sha256", content.sha256().hex());
        Held before = objects.putIfAbsent(object.key(), new Held(bytes, content.contentType(), Map.copyOf(metadata)));
        if (before != null && !Arrays.equals(before.bytes(), bytes)) {
            return new Creation.Different(described(object.key(), before));
        }
        StoredObject stored = new StoredObject(
                bucket,
                object.key(),
                null,
                content,
                etag(bytes),
                checksum(bytes),
                clock.instant(),
                VerifyMethod.PUT_CHECKSUM);
        return before == null ? new Creation.Created(stored) : new Creation.Same(stored);
    }

    private static byte[] bytes(Body body) {
        try {
            return switch (body) {
                case Body.File file -> Files.readAllBytes(file.path());
                case Body.Bytes memory -> memory.bytes().clone();
            };
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
