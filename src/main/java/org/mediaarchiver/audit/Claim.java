package org.mediaarchiver.audit;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * What may be said of all objects once a random sample of them was looked at and nothing was found.
 *
 * <p>If there were {@code badBelow} bad objects or more, a sample without any would come up in at most 1 of 20 cases: this many are
 * ruled out at 95 % confidence. Objects are drawn without putting them back, so the smaller the population, the stronger the claim.
 *
 * @param sampled objects that were looked at
 * @param population all objects from which they were drawn
 * @param badBelow there are fewer bad objects than this
 */
record Claim(long sampled, long population, long badBelow) {
    static final double CONFIDENCE = 0.95;

    private static final double DOUBT = Math.log1p(-CONFIDENCE);

    /**
     * Computes what may be said.
     *
     * @param sampled at most {@code population}
     */
    static Claim of(long sampled, long population) {
        long possible = 0;
        long ruledOut = population - sampled + 1;
        while (ruledOut - possible > 1) {
            long bad = possible + (ruledOut - possible) / 2;
            if (likelihoodOfNone(bad, sampled, population) > DOUBT) {
                possible = bad;
            } else {
                ruledOut = bad;
            }
        }
        return new Claim(sampled, population, ruledOut);
    }

    /** Returns the logarithm of how likely no bad object is in the sample: each draw must be one of the good. */
    private static double likelihoodOfNone(long bad, long sampled, long population) {
        // Drawing the sample and none of the bad, or the bad and none of the sample, is the same; the shorter sum is
        // taken.
        long draws = Math.min(bad, sampled);
        long avoided = Math.max(bad, sampled);
        double sum = 0;
        for (long i = 0; i < draws && sum > DOUBT; i++) {
            sum += Math.log1p(-(double) avoided / (population - i));
        }
        return sum;
    }

    /** Returns the share of bad objects as a percentage that is not exceeded: two digits, rounded up. */
    String percentage() {
        return BigDecimal.valueOf(badBelow)
                .multiply(BigDecimal.valueOf(100))
                .divide(BigDecimal.valueOf(population), new MathContext(2, RoundingMode.CEILING))
                .stripTrailingZeros()
                .toPlainString();
    }
}
