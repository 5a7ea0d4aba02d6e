package org.mediaarchiver.batch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;

/** Puts runs into the order of their chain; where there are several, as homes that know nothing of each other make them, by time. */
final class ChainOrder {
    private ChainOrder() {}

    /**
     * A run and its place in the chain.
     *
     * @param previous the run before it, null for the first
     */
    record Link(RunId run, @Nullable RunId previous, Instant finishedAt) {}

    /** Returns the runs, each behind the one that it names; a link that leads to none of them is no link. */
    static List<RunId> of(Collection<Link> links) {
        Map<RunId, Link> byRun = links.stream().collect(Collectors.toMap(Link::run, link -> link));
        Map<RunId, List<Link>> followers = new HashMap<>();
        PriorityQueue<Link> ready = new PriorityQueue<>(Comparator.comparing(Link::finishedAt)
                .thenComparing(link -> link.run().value()));
        for (Link link : links) {
            RunId previous = link.previous();
            if (previous == null || !byRun.containsKey(previous)) {
                ready.add(link);
            } else {
                followers.computeIfAbsent(previous, run -> new ArrayList<>()).add(link);
            }
        }
        List<RunId> order = new ArrayList<>();
        for (Link link = ready.poll(); link != null; link = ready.poll()) {
            order.add(link.run());
            ready.addAll(followers.getOrDefault(link.run(), List.of()));
        }
        return order;
    }
}
