package org.mediaarchiver.manifest;

import java.util.Map;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.Creation;

/** Puts the files of one run into the bucket, where each is created once and never overwritten. */
public final class RunPublication {
    private final ObjectStore store;
    private final String prefix;
    private final RunId run;

    /** @param prefix before every key, may be empty */
    public RunPublication(ObjectStore store, String prefix, RunId run) {
        this.store = store;
        this.prefix = prefix;
        this.run = run;
    }

    /**
     * Uploads a file, or finds that an earlier try has.
     *
     * <p>Files are to be published in the order of {@link RunFile}: whoever finds the mark finds all.
     *
     * @return what the bucket holds, verified
     * @throws StopException if the bucket holds other bytes under the file's key, or did not take the file
     */
    public StoredObject publish(LocalRunFile file) throws InterruptedException {
        String key = file.file().key(prefix, run);
        Creation creation =
                store.create(new ObjectStore.NewObject(key, new Body.File(file.path()), file.content(), Map.of()));
        return switch (creation) {
            case Creation.Created created -> created.object();
            case Creation.Same same -> same.object();
            case Creation.Different ignored ->
                throw new StopException("The bucket holds other bytes under " + key + " than " + file.path()
                        + ". Nothing was overwritten: find out who wrote them, move the object away and run again.");
            case Creation.NotCreated failed ->
                throw new StopException("The run's file " + key + " could not be stored: "
                        + failed.reason().meaning() + " (" + failed.detail() + "). Run again to go on.");
        };
    }
}
