package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mediaarchiver.domain.StopException;

@Timeout(20)
class LookAheadTest {
    @Test
    void resultsComeInTheOrderInWhichItemsEnd() throws Exception {
        List<CountDownLatch> ends =
                Stream.generate(() -> new CountDownLatch(1)).limit(3).toList();
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(3), 3, item -> {
            ends.get(item).await();
            return item;
        })) {
            List<Integer> order = new ArrayList<>();
            for (int item : List.of(2, 0, 1)) {
                ends.get(item).countDown();
                ahead.next().ifPresent(order::add);
            }

            assertThat(order).containsExactly(2, 0, 1);
            assertThat(ahead.next()).isEmpty();
        }
    }

    @Test
    void noMoreItemsAreInFlightThanThereArePlaces() throws Exception {
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch allPlacesTaken = new CountDownLatch(4);
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(300), 4, item -> {
            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            allPlacesTaken.countDown();
            allPlacesTaken.await();
            inFlight.decrementAndGet();
            return item;
        })) {
            assertThat(results(ahead)).hasSize(300).doesNotHaveDuplicates();
        }
        assertThat(most).hasValue(4);
    }

    @Test
    void aPlaceThatBecomesFreeIsTakenWhileTheConsumerIsBusy() throws Exception {
        CountDownLatch ended = new CountDownLatch(40);
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(100), 2, item -> {
            ended.countDown();
            return item;
        })) {
            ahead.next();

            assertThat(ended.await(10, TimeUnit.SECONDS))
                    .as("38 more items end although nobody asks for them")
                    .isTrue();
        }
    }

    @Test
    void itemsAreDrawnOnlyALittleAheadOfTheNeed() throws Exception {
        AtomicInteger drawn = new AtomicInteger();
        Iterator<Integer> endless = Stream.generate(drawn::incrementAndGet).iterator();
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(endless, 2, item -> item)) {
            for (int i = 0; i < 100; i++) {
                ahead.next();
            }

            assertThat(drawn.get()).isLessThanOrEqualTo(100 + 2 * 2 + 64);
        }
    }

    /** Fifteen of sixteen places are taken by items that do not end before all others have been handed out. */
    @Test
    void slowItemsHoldNobodyUp() throws Exception {
        Set<Integer> slow = IntStream.range(0, 15).mapToObj(i -> i * 60).collect(java.util.stream.Collectors.toSet());
        CountDownLatch others = new CountDownLatch(985);
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(1000), 16, item -> {
            if (slow.contains(item)) {
                others.await();
            }
            return item;
        })) {
            List<Integer> order = new ArrayList<>();
            for (Optional<Integer> next = ahead.next(); next.isPresent(); next = ahead.next()) {
                order.add(next.get());
                others.countDown();
            }

            assertThat(order).hasSize(1000).doesNotHaveDuplicates();
            assertThat(order.subList(985, 1000)).containsExactlyInAnyOrderElementsOf(slow);
        }
    }

    @Test
    void aStopBeginsNothingNewAndLetsThoseInFlightFinish() throws Exception {
        CountDownLatch inFlight = new CountDownLatch(3);
        CountDownLatch end = new CountDownLatch(1);
        Set<Integer> begun = ConcurrentHashMap.newKeySet();
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(50), 3, item -> {
            begun.add(item);
            if (item > 0) {
                inFlight.countDown();
                end.await();
            }
            return item;
        })) {
            assertThat(ahead.next()).contains(0);
            inFlight.await();
            ahead.stop(Duration.ofMinutes(1));
            end.countDown();

            assertThat(results(ahead)).containsExactlyInAnyOrder(1, 2, 3);
            assertThat(begun).containsExactlyInAnyOrder(0, 1, 2, 3);
            assertThat(ahead.isStopped()).isTrue();
        }
    }

    @Test
    void whatIsStillInFlightWhenTheGraceEndsIsInterruptedAndNotHandedOut() throws Exception {
        CountDownLatch inFlight = new CountDownLatch(2);
        AtomicInteger interrupted = new AtomicInteger();
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(50), 2, item -> {
            inFlight.countDown();
            try {
                new Semaphore(0).acquire();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw e;
            }
            return item;
        })) {
            Thread stopper = Thread.ofVirtual().start(() -> {
                awaitUninterrupted(inFlight);
                ahead.stop(Duration.ofMillis(1));
            });
            assertThat(ahead.next()).isEmpty();
            stopper.join();
        }
        assertThat(interrupted).hasValue(2);
    }

    @Test
    void whatStopsTheRunIsThrownAfterAllOtherResults() throws Exception {
        CountDownLatch inFlight = new CountDownLatch(4);
        CountDownLatch refused = new CountDownLatch(1);
        Set<Integer> begun = ConcurrentHashMap.newKeySet();
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(50), 4, item -> {
            begun.add(item);
            inFlight.countDown();
            inFlight.await();
            if (item == 2) {
                refused.countDown();
                throw new StopException("the token is refused");
            }
            refused.await();
            return item;
        })) {
            List<Integer> handedOut = new ArrayList<>();

            assertThatThrownBy(() -> {
                        for (Optional<Integer> next = ahead.next(); next.isPresent(); next = ahead.next()) {
                            handedOut.add(next.get());
                        }
                    })
                    .isInstanceOf(StopException.class)
                    .hasMessage("the token is refused");
            begun.remove(2);
            assertThat(handedOut).containsExactlyInAnyOrderElementsOf(begun);
            assertThat(ahead.isStopped()).isTrue();
            assertThatThrownBy(ahead::next).isInstanceOf(StopException.class);
        }
    }

    @Test
    void aBugSurfacesWhereSomebodySeesIt() throws Exception {
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(1), 1, item -> {
            throw new IllegalStateException("bug");
        })) {
            assertThatThrownBy(ahead::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("bug");
        }
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(1), 1, item -> {
            throw new StackOverflowError("bug");
        })) {
            assertThatThrownBy(ahead::next).isInstanceOf(StackOverflowError.class);
        }
    }

    @Test
    void closingInterruptsAndWaitsForWhatIsInFlight() throws Exception {
        CountDownLatch inFlight = new CountDownLatch(1);
        AtomicInteger letGo = new AtomicInteger();
        LookAhead<Integer, Integer> ahead = new LookAhead<>(List.of(1, 2).iterator(), 1, item -> {
            if (item == 1) {
                return item;
            }
            inFlight.countDown();
            try {
                new Semaphore(0).acquire();
                return item;
            } finally {
                letGo.incrementAndGet();
            }
        });
        ahead.next();
        inFlight.await();

        ahead.close();

        assertThat(letGo).hasValue(1);
    }

    @Test
    void nothingToDoEndsAtOnce() throws Exception {
        try (LookAhead<Integer, Integer> ahead = new LookAhead<>(numbers(0), 3, item -> item)) {
            assertThat(ahead.next()).isEmpty();
            assertThat(ahead.isStopped()).isFalse();
        }
    }

    private static Iterator<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().iterator();
    }

    private static List<Integer> results(LookAhead<Integer, Integer> ahead) throws InterruptedException {
        List<Integer> results = new ArrayList<>();
        for (Optional<Integer> next = ahead.next(); next.isPresent(); next = ahead.next()) {
            results.add(next.get());
        }
        return results;
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
