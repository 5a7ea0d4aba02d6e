package org.mediaarchiver.domain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A random choice of objects, each set of {@code size} of them being as likely as any other, and the same for the same seed.
 *
 * <p>Chosen are the keys whose ranks are the smallest, whatever the order in which they come.
 *
 * @param size how many objects, at most 1,000,000
 * @param seed what makes one choice differ from another, null where it is still to be drawn
 */
public record Sample(int size, @Nullable Long seed) {
    private static final int LARGEST = 1_000_000;

    /** @throws IllegalArgumentException if the size is not from 1 to 1,000,000 */
    public Sample {
        if (size < 1 || size > LARGEST) {
            throw new IllegalArgumentException("a sample has 1 to 1000000 objects");
        }
    }

    /** Returns the sample with this seed where it has none. */
    public Sample orSeed(long drawn) {
        return seed == null ? new Sample(size, drawn) : this;
    }

    /**
     * Returns the rank of a key: the number that the first sixteen hexadecimal digits of the SHA-256 of seed, slash and key spell,
     * to be compared as an unsigned one.
     *
     * @throws IllegalStateException if there is no seed yet
     */
    public long rank(String key) {
        if (seed == null) {
            throw new IllegalStateException("no seed was drawn");
        }
        byte[] digest = Sha256.newDigest().digest((seed + "/" + key).getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong();
    }
}
