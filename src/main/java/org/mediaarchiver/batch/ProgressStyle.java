package org.mediaarchiver.batch;

/** How the progress of a run is shown. */
public enum ProgressStyle {
    /** A bar that is drawn anew on a terminal. */
    BAR,
    /** A line every 30 seconds. */
    LINES,
    /** Not at all. */
    NONE
}
