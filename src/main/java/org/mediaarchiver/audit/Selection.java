package org.mediaarchiver.audit;

import java.io.IOException;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Slice;

/**
 * Which objects are looked at: a pure function of the key, so that it does not matter where an audit begins or goes on.
 *
 * @param sample null for all objects of the slice
 * @param highestRank the highest rank that is in the sample
 * @param population how many objects the sample was drawn from, 0 where there is none
 */
record Selection(@Nullable Slice slice, @Nullable Sample sample, long highestRank, long population) {

    /**
     * Chooses as the extent says; a sample is drawn from all rows that tell of objects.
     *
     * <p>Memory grows with the sample, at most 1,000,000 numbers, and not with the rows.
     */
    static Selection of(AuditExtent extent, EvidenceAudit evidence) throws IOException {
        Sample sample = extent.sample();
        Selection all = new Selection(extent.slice(), null, 0, 0);
        if (sample == null) {
            return all;
        }
        long population = 0;
        PriorityQueue<Long> smallest = new PriorityQueue<>(
                Comparator.comparingLong((Long rank) -> rank + Long.MIN_VALUE).reversed());
        try (ExpectedObjects rows = evidence.expectedObjects()) {
            for (ExpectedObject row = rows.next(); row != null; row = rows.next()) {
                if (all.includes(row.key())) {
                    population++;
                    smallest.add(sample.rank(row.key()));
                    if (smallest.size() > sample.size()) {
                        smallest.remove();
                    }
                }
            }
        }
        Long highest = smallest.peek();
        return new Selection(extent.slice(), sample, highest == null ? 0 : highest, population);
    }

    /** Tells whether the object with this key is looked at. */
    boolean includes(String key) {
        return (slice == null || slice.includes(key))
                && (sample == null || Long.compareUnsigned(sample.rank(key), highestRank) <= 0);
    }
}
