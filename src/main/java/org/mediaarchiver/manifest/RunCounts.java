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
 * @param tasks different tasks
 * @param status rows of each status, in the order of the statuses, none left out
 * @param reason rows of each reason that occurs
 * @param storedBytes of all rows that are stored
 * @param newBytes of those that this run stored
 */
public record RunCounts(
        long tasks, long rows, Map<Status, Long> status, Map<Reason, Long> reason, long storedBytes, long newBytes) {

    /** Adds up the rows that are left to read. */
    static RunCounts of(ManifestReader manifest) throws IOException {
        Sum sum = new Sum();
        for (ManifestRow row = manifest.read(); row != null; row = manifest.read()) {
            sum.add(row);
        }
        return sum.counts();
    }

    /** Adds up rows as they come, those of a task one after the other. */
    static final class Sum {
        private final Map<Status, Long> status = new EnumMap<>(Status.class);
        private final Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
        private long tasks;
        private long rows;
        private long storedBytes;
        private long newBytes;
        private @Nullable TaskId last;

        Sum() {
            for (Status each : Status.values()) {
                status.put(each, 0L);
            }
        }

        void add(ManifestRow row) {
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

        RunCounts counts() {
            return new RunCounts(tasks, rows, status, reasons, storedBytes, newBytes);
        }
    }

    /** Returns the number of rows that are stored. */
    long stored() {
        return status.getOrDefault(Status.STORED, 0L);
    }

    private static long size(@Nullable Long bytes) {
        return bytes == null ? 0 : bytes;
    }
}
