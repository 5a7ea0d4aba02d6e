package org.mediaarchiver.audit;

import java.util.List;
import org.mediaarchiver.domain.RunId;

/**
 * What an audit has looked at.
 *
 * @param runs by id
 * @param unfinished runs in the bucket without a commit mark, which do not exist yet
 * @param heads the ends of chains: runs that no other names
 * @param rowsAreWhole whether every row could be held against the bucket; the others are findings themselves
 * @param expected objects that were to be looked at
 * @param population objects from which they were chosen: those of the slice, or all
 * @param objects those of which something is known
 * @param newer objects that no row tells of, and that came after the audit had begun
 * @param bytesRead of objects, second reads included
 * @param extrasLookedFor whether objects were looked for that no row tells of
 */
public record Looked(
        List<RunId> runs,
        List<RunId> unfinished,
        List<EvidenceAudit.Head> heads,
        boolean rowsAreWhole,
        long expected,
        long population,
        long objects,
        long newer,
        long bytesRead,
        boolean extrasLookedFor) {}
