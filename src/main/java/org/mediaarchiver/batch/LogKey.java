package org.mediaarchiver.batch;

/** What log lines carry beside their text, by the names that structured logs give them. */
final class LogKey {
    static final String RUN = "run";
    static final String TASK = "task";

    private LogKey() {}
}
