package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClaimTest {
    /** The figures that auditors know, for populations so large that their size does not matter. */
    @ParameterizedTest
    @CsvSource({"299, 1", "2995, 0.1", "59, 5", "29, 9.9", "1, 95"})
    void aSampleOfALargePopulationClaimsWhatTablesSay(int sampled, String percentage) {
        assertThat(Claim.of(sampled, 1_000_000_000L).percentage()).isEqualTo(percentage);
    }

    @ParameterizedTest
    @CsvSource({"298, 1.1", "2994, 0.11"})
    void oneObjectLessClaimsLess(int sampled, String percentage) {
        assertThat(Claim.of(sampled, 1_000_000_000L).percentage()).isEqualTo(percentage);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "19, 20", "20, 20", "5, 20", "10, 40", "30, 60", "299, 300", "299, 1000", "300, 5000"})
    void thePopulationIsTakenAsItIs(int sampled, int population) {
        Claim claim = Claim.of(sampled, population);

        assertThat(isRuledOut(claim.badBelow(), sampled, population)).isTrue();
        assertThat(isRuledOut(claim.badBelow() - 1, sampled, population)).isFalse();
    }

    @Test
    void whoHasSeenAllMayClaimThatNoneIsBad() {
        assertThat(Claim.of(18, 18).badBelow()).isEqualTo(1);
    }

    /** Counts samples without a bad object among all samples, exactly. */
    private static boolean isRuledOut(long bad, long sampled, long population) {
        if (bad > population - sampled) {
            return true;
        }
        BigInteger without = samples(population - bad, sampled);
        return without.multiply(BigInteger.valueOf(20)).compareTo(samples(population, sampled)) <= 0;
    }

    private static BigInteger samples(long of, long size) {
        BigInteger count = BigInteger.ONE;
        for (long i = 0; i < size; i++) {
            count = count.multiply(BigInteger.valueOf(of - i)).divide(BigInteger.valueOf(i + 1));
        }
        return count;
    }
}
