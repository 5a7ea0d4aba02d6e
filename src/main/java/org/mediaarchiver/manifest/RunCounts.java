package org.mediaarchiver.manifest;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;

/**
 * What the rows of a manifest add up to.
 *
 * @param status rows of each status, in the order of the statuses, none left out
 * @param reason rows of each reason that occurs
 * @param storedBytes of all rows that are stored
 * @param newBytes of those that this run stored
 */
record RunCounts(
        long tasks, long rows, Map<Status, Long> status, Map<Reason, Long> reason, long storedBytes, long newBytes) {

    /** Adds up the rows that are left to read. */
    static RunCounts of(ManifestReader manifest) throws IOException {
        long tasks = 0;
        long rows = 0;
        long storedBytes = 0;
        long newBytes = 0;
        Map<Status, Long> status = new EnumMap<>(Status.class);
        for (Status each : Status.values()) {
            status.put(each, 0L);
        }
        Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
        TaskId last = null;
        for (ManifestRow row = manifest.read(); row != null; row = manifest.read()) {
            rows++;
            if (!row.taskId().equals(last)) {
                tasks++;
                last = row.taskId();
            }
            status.merge(row.status(), 1L, Long::sum);
            Reason reason = row.reason();
            if (reason != null) {
                reasons.merge(reason, 1L, Long::sum);
            }
            long size = row.status() == Status.STORED ? size(row.sizeBytes()) : 0;
            storedBytes += size;
            newBytes += reason == null ? size : 0;
        }
        return new RunCounts(tasks, rows, status, reasons, storedBytes, newBytes);
    }

    /** Returns the number of rows that are stored. */
    long stored() {
        return status.getOrDefault(Status.STORED, 0L);
    }

    private static long size(@Nullable Long bytes) {
        return bytes == null ? 0 : bytes;
    }
}
