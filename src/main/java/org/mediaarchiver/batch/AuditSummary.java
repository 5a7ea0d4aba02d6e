package org.mediaarchiver.batch;

import java.util.List;
import org.mediaarchiver.audit.AuditResult;

/** What an audit has to say. */
public final class AuditSummary {
    private final AuditResult result;
    private final List<String> places;

    /** @param places where the results are, or why they are not there */
    AuditSummary(AuditResult result, List<String> places) {
        this.result = result;
        this.places = places;
    }

    /** Tells whether run files do not hold; then nothing that they say of objects counts. */
    public boolean isEvidenceBroken() {
        return result.verdict() == AuditResult.Verdict.EVIDENCE;
    }

    /** Tells whether anything was found, objects that could not be checked included. */
    public boolean hasFindings() {
        return result.verdict() != AuditResult.Verdict.SOUND;
    }

    /** Returns the audit as lines for a person; the last one is the verdict. */
    public String text() {
        return result.text(places);
    }
}
