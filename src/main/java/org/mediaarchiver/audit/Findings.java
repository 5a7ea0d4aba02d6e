package org.mediaarchiver.audit;

/** Takes what an audit finds, one finding after the other. */
public interface Findings {
    /** Takes a finding. */
    void add(Finding finding);
}
