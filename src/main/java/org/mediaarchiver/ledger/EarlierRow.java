package org.mediaarchiver.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.StoredObject.Content;
import org.mediaarchiver.domain.VerifyMethod;

/** What a row of an earlier run means to a later one. */
final class EarlierRow {
    private EarlierRow() {}

    /**
     * Returns the row as a later run lists it: an object that is stored already, or a failure that stands.
     *
     * @param attempts of the task, over all runs by now
     */
    static ManifestRow listed(ManifestRow row, RunId run, @Nullable Long inputLine, int attempts) {
        boolean stored = row.status() == Status.STORED;
        return new ManifestRow(
                run,
                inputLine,
                row.taskId(),
                row.role(),
                row.status(),
                stored ? Reason.ALREADY_STORED : row.reason(),
                attempts,
                row.bucket(),
                row.key(),
                row.versionId(),
                row.sizeBytes(),
                row.sha256(),
                row.contentType(),
                row.etag(),
                row.storeChecksum(),
                row.sourceUrl(),
                row.sourceUrlSha256(),
                row.workStatus(),
                row.fetchedAt(),
                row.storedAt(),
                stored ? VerifyMethod.LEDGER : null,
                row.errorDetail());
    }

    /** Returns the outcome that the row stands for, for a run that works on the task's other objects. */
    static ObjectOutcome settled(ManifestRow row) {
        Reason reason = row.reason();
        if (row.status() != Status.STORED && reason != null) {
            String detail = row.errorDetail();
            return new ObjectOutcome.NotStored(
                    row.role(),
                    reason,
                    detail == null ? null : new Detail(detail),
                    source(row),
                    content(row),
                    row.fetchedAt());
        }
        String bucket = row.bucket();
        String key = row.key();
        Content content = content(row);
        Instant storedAt = row.storedAt();
        if (bucket == null || key == null || content == null || storedAt == null) {
            throw new IllegalStateException("a stored row names its object");
        }
        StoredObject object = new StoredObject(
                bucket, key, row.versionId(), content, row.etag(), row.storeChecksum(), storedAt, VerifyMethod.LEDGER);
        return new ObjectOutcome.Stored(row.role(), Reason.ALREADY_STORED, object, source(row), row.fetchedAt());
    }

    private static @Nullable Content content(ManifestRow row) {
        Long size = row.sizeBytes();
        Sha256 sha256 = row.sha256();
        String contentType = row.contentType();
        return size == null || sha256 == null || contentType == null ? null : new Content(size, sha256, contentType);
    }

    private static @Nullable SourceUrl source(ManifestRow row) {
        String url = row.sourceUrl();
        Sha256 sha256 = row.sourceUrlSha256();
        return url == null || sha256 == null ? null : new SourceUrl(url, sha256);
    }
}
