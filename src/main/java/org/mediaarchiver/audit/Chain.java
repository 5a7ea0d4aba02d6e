package org.mediaarchiver.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.mediaarchiver.domain.RunId;

/**
 * How runs follow one another: each may name the one before it.
 *
 * <p>Ids tell the second in which a run began, which is not the order in which runs were published: clocks are set back, and a run
 * that was interrupted ends after one that began later.
 */
final class Chain {
    private static final Comparator<RunId> BY_START = Comparator.comparing(RunId::value);

    private final Map<RunId, RunId> previous = new TreeMap<>(BY_START);
    private final Map<RunId, List<RunId>> next = new TreeMap<>(BY_START);
    private final Set<RunId> runs;

    /**
     * @param runs all that there are
     * @param previous what they name, where they name one; it need not be among them
     */
    Chain(Set<RunId> runs, Map<RunId, RunId> previous) {
        this.runs = Set.copyOf(runs);
        this.previous.putAll(previous);
        // In the order of ids, since the map is sorted.
        this.previous.forEach((run, before) ->
                next.computeIfAbsent(before, named -> new ArrayList<>()).add(run));
    }

    /** Returns all runs, each after the one it names, and where none of that tells, by id. */
    List<RunId> order() {
        Queue<RunId> ready = new PriorityQueue<>(BY_START);
        runs.stream().filter(run -> !isAfterAnother(run)).forEach(ready::add);
        List<RunId> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            RunId run = ready.remove();
            order.add(run);
            next.getOrDefault(run, List.of()).stream().filter(runs::contains).forEach(ready::add);
        }
        // Runs that name each other in a ring, which takes a forged run.json, come last.
        Set<RunId> placed = new HashSet<>(order);
        runs.stream().filter(run -> !placed.contains(run)).sorted(BY_START).forEach(order::add);
        return order;
    }

    private boolean isAfterAnother(RunId run) {
        RunId before = previous.get(run);
        return before != null && runs.contains(before);
    }

    /** Returns the runs that no other names: one, unless ledgers were begun anew or runs are missing. */
    List<RunId> heads() {
        return runs.stream()
                .filter(run -> !next.containsKey(run))
                .sorted(BY_START)
                .toList();
    }

    /** Returns each run that several others name as the one before them, with those. */
    Map<RunId, List<RunId>> forks() {
        Map<RunId, List<RunId>> forks = new TreeMap<>(BY_START);
        next.forEach((run, named) -> {
            if (named.size() > 1) {
                forks.put(run, List.copyOf(named));
            }
        });
        return forks;
    }
}
