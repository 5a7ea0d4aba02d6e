package org.mediaarchiver.batch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** This process, as another one is told of it that wants what this one holds. */
final class Holder {
    private Holder() {}

    /** @param since when it began to hold it */
    static String since(Instant since) {
        return "process %d on %s since %s"
                .formatted(ProcessHandle.current().pid(), host(), since.truncatedTo(ChronoUnit.SECONDS));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }
}
