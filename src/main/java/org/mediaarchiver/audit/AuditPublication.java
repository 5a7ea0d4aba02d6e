package org.mediaarchiver.audit;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.ResultFolder.Placed;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.Creation;

/**
 * Puts the files of one audit into the bucket, beside the runs and never among them, where that is allowed.
 *
 * <p>An auditor need not have the right to write: the first file that the store does not take is the last one that it is offered.
 */
public final class AuditPublication {
    private final ObjectStore store;
    private final String prefix;
    private final RunId audit;
    private @Nullable String refusal;

    /** @param prefix before every key, may be empty */
    public AuditPublication(ObjectStore store, String prefix, RunId audit) {
        this.store = store;
        this.prefix = prefix;
        this.audit = audit;
    }

    /** Uploads a file, or finds that an earlier try has. Files are to be published in the order of {@link AuditFile}. */
    public void publish(AuditFile file, Placed placed) throws InterruptedException {
        if (refusal != null) {
            return;
        }
        try {
            Creation creation = store.create(new ObjectStore.NewObject(
                    file.key(prefix, audit), new Body.File(placed.path()), placed.content(), Map.of()));
            refusal = switch (creation) {
                case Creation.Created ignored -> null;
                case Creation.Same ignored -> null;
                case Creation.Different ignored -> "it holds other bytes under " + file.key(prefix, audit);
                case Creation.NotCreated failed -> failed.detail().text();
            };
        } catch (StopException e) {
            refusal = String.valueOf(e.getMessage());
        }
    }

    /** Returns why the bucket does not have the results, or nothing where it has. */
    public Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }
}
