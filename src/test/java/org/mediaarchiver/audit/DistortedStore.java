package org.mediaarchiver.audit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mediaarchiver.storage.ObjectStore;

/** A store whose reads are not what was stored, while everything it says of its objects is. */
public class DistortedStore implements ObjectStore {
    private final ObjectStore store;

    public DistortedStore(ObjectStore store) {
        this.store = store;
    }

    /** Returns what a reader of the object gets. */
    protected InputStream distort(String name, byte[] bytes) throws IOException {
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public String bucket() {
        return store.bucket();
    }

    @Override
    public Creation create(NewObject object) throws InterruptedException {
        throw new AssertionError("an audit changes nothing");
    }

    @Override
    public Creation replace(NewObject object, ObjectHead seen) {
        throw new AssertionError("an audit changes nothing");
    }

    @Override
    public boolean replaces() {
        return store.replaces();
    }

    @Override
    public List<ObjectVersion> earlierVersions(String key) throws IOException {
        return store.earlierVersions(key);
    }

    @Override
    public InputStream open(ObjectVersion version) throws IOException {
        return store.open(version);
    }

    @Override
    public Optional<ObjectHead> head(String key) throws IOException {
        return store.head(key);
    }

    @Override
    public InputStream open(String key) throws IOException {
        return distort(key, SmallArchive.read(store, key));
    }

    @Override
    public Stream<ObjectHead> list(String prefix) {
        return store.list(prefix);
    }

    @Override
    public void close() {}
}
