package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestRateTest {
    private static final int TASKS = 64;

    @Test
    void noTurnComesBeforeItsTimeUnder64Threads() throws Exception {
        long start = System.nanoTime();
        RequestRate rate = new RequestRate(400);

        List<Long> turns = turns(rate, start);

        for (int i = 0; i < TASKS; i++) {
            assertThat(turns.get(i)).as("turn %d", i).isGreaterThanOrEqualTo(i * 2_500_000L);
        }
        assertThat(turns.getLast()).isLessThan(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void aPauseHoldsBackEveryThreadAndKeepsThePaceAfterwards() throws Exception {
        RequestRate rate = new RequestRate(400);
        long start = System.nanoTime();
        rate.pauseFor(Duration.ofMillis(80));

        List<Long> turns = turns(rate, start);

        for (int i = 0; i < TASKS; i++) {
            assertThat(turns.get(i))
                    .as("turn %d", i)
                    .isGreaterThanOrEqualTo(80_000_000L + Math.max(0, i - 1) * 2_500_000L);
        }
    }

    @Test
    void aPauseThatBeginsDuringTheWaitIsKept() throws Exception {
        RequestRate rate = new RequestRate(10);
        rate.acquire();
        CountDownLatch waiting = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Long> turn = threads.submit(() -> {
                waiting.countDown();
                rate.acquire();
                return System.nanoTime();
            });
            waiting.await();
            long start = System.nanoTime();
            rate.pauseFor(Duration.ofMillis(300));

            assertThat(turn.get() - start).isGreaterThanOrEqualTo(300_000_000L);
        }
    }

    @Test
    void aShorterPauseDoesNotEndALongerOne() throws Exception {
        RequestRate rate = new RequestRate(0);
        long start = System.nanoTime();
        rate.pauseFor(Duration.ofMillis(100));
        rate.pauseFor(Duration.ofMillis(1));

        rate.acquire();

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(100_000_000L);
    }

    @Test
    void zeroIsNoLimit() throws Exception {
        RequestRate rate = new RequestRate(0);
        long start = System.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            rate.acquire();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        RequestRate rate = new RequestRate(0.001);
        rate.acquire();
        List<Class<?>> ends = new ArrayList<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                rate.acquire();
            } catch (InterruptedException e) {
                ends.add(e.getClass());
            }
        });
        thread.interrupt();
        thread.join();

        assertThat(ends).containsExactly(InterruptedException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0.0001, 2_000_000, Double.NaN, Double.POSITIVE_INFINITY})
    void ratesThatMeanNothingAreRefused(double requestsPerSecond) {
        assertThatIllegalArgumentException().isThrownBy(() -> new RequestRate(requestsPerSecond));
    }

    private static List<Long> turns(RequestRate rate, long start) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> turns = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
                turns.add(threads.submit(() -> {
                    rate.acquire();
                    return System.nanoTime() - start;
                }));
            }
            List<Long> sorted = new ArrayList<>();
            for (Future<Long> turn : turns) {
                sorted.add(turn.get());
            }
            sorted.sort(null);
            return sorted;
        }
    }
}
