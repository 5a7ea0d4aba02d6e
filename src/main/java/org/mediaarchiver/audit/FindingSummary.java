package org.mediaarchiver.audit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.mediaarchiver.audit.FindingCode.Kind;

/**
 * How often each code was found, and the first findings of each to be shown. What is held grows with neither.
 *
 * <p>Not safe for use by several threads.
 */
public final class FindingSummary implements Findings {
    /** So many findings of a code are shown; the files have them all. */
    static final int SHOWN = 50;

    private final Map<FindingCode, Long> counts = new EnumMap<>(FindingCode.class);
    private final Map<FindingCode, List<Finding>> shown = new EnumMap<>(FindingCode.class);

    @Override
    public void add(Finding finding) {
        counts.merge(finding.code(), 1L, Long::sum);
        List<Finding> list = shown.computeIfAbsent(finding.code(), code -> new ArrayList<>());
        if (list.size() < SHOWN) {
            list.add(finding);
        }
    }

    /** Returns how often each code was found; codes that were not are left out. */
    Map<FindingCode, Long> counts() {
        return new EnumMap<>(counts);
    }

    /** Returns the first findings of a code. */
    List<Finding> shown(FindingCode code) {
        return List.copyOf(shown.getOrDefault(code, List.of()));
    }

    /** Returns how many findings there are of a code. */
    long count(FindingCode code) {
        return counts.getOrDefault(code, 0L);
    }

    /** Returns how many findings there are of a kind. */
    long count(Kind kind) {
        return counts.entrySet().stream()
                .filter(entry -> entry.getKey().kind() == kind)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
