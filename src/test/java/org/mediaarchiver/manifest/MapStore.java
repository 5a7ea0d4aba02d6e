package org.mediaarchiver.manifest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.ObjectStore;

/** A bucket in memory, which remembers the order in which objects were created. */
final class MapStore implements ObjectStore {
    final Map<String, byte[]> objects = new LinkedHashMap<>();
    final Map<String, String> contentTypes = new LinkedHashMap<>();
    private @Nullable Reason refusal;

    @Override
    public String bucket() {
        return "map";
    }

    /** From now on nothing is created, for this reason. */
    void refuse(Reason reason) {
        refusal = reason;
    }

    @Override
    public Creation create(NewObject object) {
        Reason reason = refusal;
        if (reason != null) {
            return new Creation.NotCreated(reason, new Detail("HTTP 503"));
        }
        byte[] bytes = read(object.body());
        if (!Sha256.of(bytes).equals(object.content().sha256())) {
            return new Creation.NotCreated(Reason.STORE_REFUSED, new Detail("BadDigest"));
        }
        byte[] there = objects.putIfAbsent(object.key(), bytes);
        if (there != null && !Arrays.equals(there, bytes)) {
            return new Creation.Different(head(object.key(), there));
        }
        StoredObject stored = new StoredObject(
                "media", object.key(), null, object.content(), null, null, Instant.EPOCH, VerifyMethod.FULL_READ);
        if (there != null) {
            return new Creation.Same(stored);
        }
        contentTypes.put(object.key(), object.content().contentType());
        return new Creation.Created(stored);
    }

    @Override
    public Creation replace(NewObject object, ObjectHead seen) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean replaces() {
        return false;
    }

    @Override
    public List<ObjectVersion> earlierVersions(String key) {
        return List.of();
    }

    @Override
    public InputStream open(ObjectVersion version) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<ObjectHead> head(String key) {
        return Optional.ofNullable(objects.get(key)).map(bytes -> head(key, bytes));
    }

    @Override
    public InputStream open(String key) throws IOException {
        byte[] bytes = objects.get(key);
        if (bytes == null) {
            throw new NoSuchFileException(key);
        }
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public Stream<ObjectHead> list(String prefix) {
        return objects.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .map(entry -> head(entry.getKey(), entry.getValue()));
    }

    @Override
    public void close() {}

    private static ObjectHead head(String key, byte[] bytes) {
        return new ObjectHead(key, bytes.length, Sha256.of(bytes), null, null, null, null);
    }

    private static byte[] read(Body body) {
        try (InputStream in = body.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
