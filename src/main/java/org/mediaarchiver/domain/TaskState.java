package org.mediaarchiver.domain;

/** Where a task stands once a run has dealt with it. */
public enum TaskState {
    /** Video and result are stored, and the preview is stored or there is none. */
    ARCHIVED,
    /** Something is missing that the next run of the same job will try for. */
    OPEN,
    /** Something is missing for good, unless a run is asked to retry failed tasks. */
    FAILED
}
