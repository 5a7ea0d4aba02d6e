package org.mediaarchiver.domain;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * One row of a manifest: what became of one object of a task in a run. The components are the columns, in their order.
 *
 * <p>Texts that the task service or the store chose are percent-encoded to safe CSV cells; instants are cut to milliseconds.
 *
 * @param runId the run that wrote the row
 * @param inputLine physical line of the task's first occurrence in the input, the header being 1; null for a task carried over
 * @param attempts over all runs
 * @param bucket null where there is no object
 * @param key the whole key, prefix included; null where there is no object
 * @param versionId null where there is no object or the bucket keeps no versions
 * @param sizeBytes of the bytes received, null where not all of them were
 * @param sha256 of the bytes received, null where not all of them were
 * @param contentType told by the bytes, null where not all of them were received
 * @param etag as the store says, without quotes
 * @param storeChecksum as the store says, {@code ALG:TYPE:base64}
 * @param sourceUrl without query and fragment
 * @param sourceUrlSha256 of the whole URL
 * @param workStatus the raw {@code web_work_status}, its first character percent-encoded where a formula could begin with it
 * @param fetchedAt when the last byte had been received
 * @param storedAt when the store confirmed the object
 * @param verifyMethod how the stored object was verified, null where there is none
 * @param errorDetail what happened, as a {@link Detail} spells it
 */
public record ManifestRow(
        RunId runId,
        @Nullable Long inputLine,
        TaskId taskId,
        Role role,
        Status status,
        @Nullable Reason reason,
        int attempts,
        @Nullable String bucket,
        @Nullable String key,
        @Nullable String versionId,
        @Nullable Long sizeBytes,
        @Nullable Sha256 sha256,
        @Nullable String contentType,
        @Nullable String etag,
        @Nullable String storeChecksum,
        @Nullable String sourceUrl,
        @Nullable Sha256 sourceUrlSha256,
        @Nullable String workStatus,
        @Nullable Instant fetchedAt,
        @Nullable Instant storedAt,
        @Nullable VerifyMethod verifyMethod,
        @Nullable String errorDetail) {

    /**
     * @throws IllegalArgumentException if the reason does not go with the status, a stored row lacks its object, a row of
     *     another status names one, or a number is negative
     */
    public ManifestRow {
        if (reason == null ? status != Status.STORED : reason.status() != status) {
            throw new IllegalArgumentException("reason " + reason + " does not go with status " + status.word());
        }
        if (status == Status.STORED) {
            if (bucket == null
                    || key == null
                    || sizeBytes == null
                    || sha256 == null
                    || contentType == null
                    || storedAt == null
                    || verifyMethod == null) {
                throw new IllegalArgumentException(
                        "a stored row names its object, size, digest, type and verification");
            }
        } else if (bucket != null
                || key != null
                || versionId != null
                || etag != null
                || storeChecksum != null
                || storedAt != null
                || verifyMethod != null) {
            throw new IllegalArgumentException("a row that is not stored names no object");
        }
        if (attempts < 0 || (sizeBytes != null && sizeBytes < 0) || (inputLine != null && inputLine < 1)) {
            throw new IllegalArgumentException("attempts, sizes and lines are not negative");
        }
        fetchedAt = fetchedAt == null ? null : fetchedAt.truncatedTo(ChronoUnit.MILLIS);
        storedAt = storedAt == null ? null : storedAt.truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Makes the row of one object of a task.
     *
     * @param inputLine null for a task carried over
     * @param attempts over all runs, this one included
     */
    public static ManifestRow of(
            RunId run, @Nullable Long inputLine, int attempts, TaskOutcome task, ObjectOutcome object) {
        return switch (object) {
            case ObjectOutcome.Stored stored -> stored(run, inputLine, attempts, task, stored);
            case ObjectOutcome.NotStored lost -> notStored(run, inputLine, attempts, task, lost);
        };
    }

    /**
     * Returns what rows are ordered by, bytewise: {@code task_id/role}, so that rows stand in the order in which S3 lists keys.
     *
     * <p>The slash belongs to it: {@code a-b/} comes before {@code a/}.
     */
    public String sortKey() {
        return sortKey(taskId, role);
    }

    /** Returns what the row of this object is ordered by. */
    public static String sortKey(TaskId task, Role role) {
        return task.value() + "/" + role.word();
    }

    private static ManifestRow stored(
            RunId run, @Nullable Long inputLine, int attempts, TaskOutcome task, ObjectOutcome.Stored outcome) {
        StoredObject object = outcome.object();
        SourceUrl source = outcome.source();
        return new ManifestRow(
                run,
                inputLine,
                task.task(),
                outcome.role(),
                Status.STORED,
                outcome.reason(),
                attempts,
                object.bucket(),
                object.key(),
                safe(object.versionId()),
                object.content().size(),
                object.content().sha256(),
                Text.percentEncoded(object.content().contentType()),
                safe(object.etag()),
                safe(object.storeChecksum()),
                source == null ? null : source.withoutQuery(),
                source == null ? null : source.sha256(),
                safe(task.workStatus()),
                outcome.fetchedAt(),
                object.storedAt(),
                object.verifiedBy(),
                null);
    }

    private static ManifestRow notStored(
            RunId run, @Nullable Long inputLine, int attempts, TaskOutcome task, ObjectOutcome.NotStored outcome) {
        StoredObject.Content received = outcome.received();
        SourceUrl source = outcome.source();
        Detail detail = outcome.detail();
        return new ManifestRow(
                run,
                inputLine,
                task.task(),
                outcome.role(),
                outcome.status(),
                outcome.reason(),
                attempts,
                null,
                null,
                null,
                received == null ? null : received.size(),
                received == null ? null : received.sha256(),
                received == null ? null : Text.percentEncoded(received.contentType()),
                null,
                null,
                source == null ? null : source.withoutQuery(),
                source == null ? null : source.sha256(),
                safe(task.workStatus()),
                outcome.fetchedAt(),
                null,
                null,
                detail == null ? null : detail.text());
    }

    /** A store may begin a version id with a minus sign (Ceph does); an empty text is as good as none. */
    private static @Nullable String safe(@Nullable String text) {
        return text == null || text.isEmpty() ? null : Text.percentEncoded(text);
    }
}
