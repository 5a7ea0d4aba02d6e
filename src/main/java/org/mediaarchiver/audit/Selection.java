package org.mediaarchiver.audit;

import java.io.IOException;
import java.util.Comparator;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Slice;

/** Which objects are looked at: a pure function of the key, so that it does not matter where an audit begins or goes on. */
final class Selection {
    private final @Nullable Slice slice;
    private final @Nullable Sample sample;
    private final long highestRank;

    private Selection(@Nullable Slice slice, @Nullable Sample sample, long highestRank) {
        this.slice = slice;
        this.sample = sample;
        this.highestRank = highestRank;
    }

    /** Takes in what the extent says, leaving out its sample. */
    static Selection bySlice(AuditExtent extent) {
        return new Selection(extent.slice(), null, 0);
    }

    /**
     * Chooses the sample of an extent from all rows.
     *
     * <p>Memory grows with the sample, at most 1,000,000 numbers, and not with the rows.
     */
    static Selection bySample(AuditExtent extent, ExpectedObjects rows) throws IOException {
        Sample sample = Objects.requireNonNull(extent.sample());
        Selection population = bySlice(extent);
        PriorityQueue<Long> smallest = new PriorityQueue<>(
                Comparator.comparingLong((Long rank) -> rank + Long.MIN_VALUE).reversed());
        for (ManifestRow row = rows.next(); row != null; row = rows.next()) {
            String key = String.valueOf(row.key());
            if (!population.includes(key)) {
                continue;
            }
            smallest.add(sample.rank(key));
            if (smallest.size() > sample.size()) {
                smallest.remove();
            }
        }
        Long highest = smallest.peek();
        return new Selection(extent.slice(), sample, highest == null ? 0 : highest);
    }

    /** Tells whether the object with this key is looked at. */
    boolean includes(String key) {
        return isOfPopulation(key) && (sample == null || Long.compareUnsigned(sample.rank(key), highestRank) <= 0);
    }

    /** Tells whether the object with this key could have been drawn. */
    boolean isOfPopulation(String key) {
        return slice == null || slice.includes(key);
    }
}
