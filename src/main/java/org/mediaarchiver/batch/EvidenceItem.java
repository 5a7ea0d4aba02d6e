package org.mediaarchiver.batch;

import org.mediaarchiver.domain.RunId;

/** What the evidence step deals with, one at a time. */
sealed interface EvidenceItem {
    /** The files of a run. */
    record OfRun(RunId run) implements EvidenceItem {}

    /** The chain that all runs make, once their files have been checked. */
    record OfChain() implements EvidenceItem {}
}
