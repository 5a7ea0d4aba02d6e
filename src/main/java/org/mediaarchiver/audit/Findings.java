package org.mediaarchiver.audit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.mediaarchiver.audit.FindingCode.Kind;

/**
 * What an audit has found: every finding counted and handed on, and the first ones of each code kept to be shown.
 *
 * <p>Not safe for use by several threads.
 */
public final class Findings {
    private static final int SHOWN = 1_000;

    private final Map<FindingCode, Long> counts = new EnumMap<>(FindingCode.class);
    private final Map<FindingCode, List<Finding>> shown = new EnumMap<>(FindingCode.class);
    private final Keeper keeper;

    /** Keeps findings somewhere for good. */
    interface Keeper {
        void keep(Finding finding);
    }

    Findings(Keeper keeper) {
        this.keeper = keeper;
    }

    void add(Finding finding) {
        counts.merge(finding.code(), 1L, Long::sum);
        List<Finding> list = shown.computeIfAbsent(finding.code(), code -> new ArrayList<>());
        if (list.size() < SHOWN) {
            list.add(finding);
        }
        keeper.keep(finding);
    }

    /** Returns how often each code was found; codes that were not are left out. */
    public Map<FindingCode, Long> counts() {
        return Collections.unmodifiableMap(counts);
    }

    /** Returns the first findings of each code, by code. */
    public List<Finding> shown() {
        return shown.values().stream().flatMap(List::stream).toList();
    }

    /** Tells whether there is a finding of this kind. */
    public boolean has(Kind kind) {
        return counts.keySet().stream().anyMatch(code -> code.kind() == kind);
    }

    long count(Kind kind) {
        return counts.entrySet().stream()
                .filter(entry -> entry.getKey().kind() == kind)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
