package org.mediaarchiver.domain;

import java.util.Locale;

/** The operating system's limit of files and connections that this process may have open at a time. */
public final class OpenFiles {
    private OpenFiles() {}

    /**
     * Looks whether something failed because the limit is reached, which neither the other side nor the disk is to blame for.
     *
     * @throws StopException if so: whatever comes next would fail alike
     */
    public static void requireNotExhausted(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message =
                    cause.getMessage() == null ? "" : cause.getMessage().toLowerCase(Locale.ROOT);
            if (message.contains("too many open files")) {
                throw new StopException(
                        "No further file or connection can be opened: the limit of open files is reached. Raise it (ulimit -n,"
                                + " or LimitNOFILE in a systemd unit) or lower archiver.concurrency, and run again.",
                        failure);
            }
        }
    }
}
