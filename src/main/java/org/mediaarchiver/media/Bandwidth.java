package org.mediaarchiver.media;

import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The bytes a second that all downloads share; whoever has received bytes waits until they were due. */
final class Bandwidth {
    private final long burst;
    private final @Nullable Bucket bucket;
    private final LongAdder taken = new LongAdder();

    /** @param bytesPerSecond the limit, or null for none */
    Bandwidth(@Nullable Long bytesPerSecond) {
        // A quarter of a second's worth: less makes many small waits, more is a limit that is broken at first.
        burst = bytesPerSecond == null ? Long.MAX_VALUE : Math.max(1, bytesPerSecond / 4);
        bucket = bytesPerSecond == null
                ? null
                : Bucket.builder()
                        .addLimit(limit -> limit.capacity(burst)
                                .refillGreedy(bytesPerSecond, Duration.ofSeconds(1))
                                .initialTokens(0))
                        .build();
    }

    void take(int bytes) throws InterruptedException {
        taken.add(bytes);
        if (bucket == null) {
            return;
        }
        for (long left = bytes; left > 0; left -= burst) {
            bucket.asBlocking().consume(Math.min(left, burst));
        }
    }

    /** Returns how many bytes were taken in all. */
    long taken() {
        return taken.sum();
    }
}
