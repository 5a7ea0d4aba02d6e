package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.RunId;

class ChainTest {
    private static final RunId A = run(1);
    private static final RunId B = run(2);
    private static final RunId C = run(3);
    private static final RunId D = run(4);

    @Test
    void aRunComesAfterTheOneItNamesWhateverTheClockSaid() {
        Chain chain = chain(B + "<" + D, D + "<" + A, A + "<" + C);

        assertThat(chain.order()).containsExactly(B, D, A, C);
        assertThat(chain.heads()).containsExactly(C);
        assertThat(chain.forks()).isEmpty();
    }

    @Test
    void whereNothingTellsTheClockDoes() {
        Chain chain = new Chain(Set.of(C, A, B), Map.of());

        assertThat(chain.order()).containsExactly(A, B, C);
        assertThat(chain.heads()).containsExactly(A, B, C);
    }

    @Test
    void twoRunsThatNameTheSameOneAreAFork() {
        Chain chain = chain(A + "<" + C, A + "<" + B, C + "<" + D);

        assertThat(chain.forks()).isEqualTo(Map.of(A, List.of(B, C)));
        assertThat(chain.order()).containsExactly(A, B, C, D);
        assertThat(chain.heads()).containsExactly(B, D);
    }

    @Test
    void aForkShowsEvenWhereTheRunThatIsNamedIsGone() {
        Chain chain = new Chain(Set.of(B, C), Map.of(B, A, C, A));

        assertThat(chain.forks()).containsOnlyKeys(A);
        assertThat(chain.order()).containsExactly(B, C);
    }

    @Test
    void runsThatNameEachOtherHaveAnOrderAllTheSame() {
        Chain chain = chain(B + "<" + C, C + "<" + B, A + "<" + D);

        assertThat(chain.order()).containsExactly(A, D, B, C);
        assertThat(chain.heads()).containsExactly(D);
    }

    /** @param links as {@code named<naming} */
    private static Chain chain(String... links) {
        Map<RunId, RunId> previous = new HashMap<>();
        Set<RunId> runs = new HashSet<>();
        for (String link : links) {
            List<RunId> ends = Stream.of(link.split("<", -1)).map(RunId::new).toList();
            runs.addAll(ends);
            previous.put(ends.getLast(), ends.getFirst());
        }
        return new Chain(runs, previous);
    }

    private static RunId run(int day) {
        return new RunId("2026112%dT020000Z-00000%d".formatted(day, day));
    }
}
