package org.mediaarchiver.taskservice;

import java.net.URI;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.StopException;

/**
 * What the answers to all tasks together say of the service: single failures are the tasks' own, but a row of them is not.
 * Thread-safe.
 */
final class ServiceHealth {
    /** As many as nobody asks for by chance, and few enough to lose no night over. */
    private static final int TOO_MANY = 20;

    private final URI baseUrl;
    private int givenUpInARow;
    private int bareNotFound;
    private boolean addressProven;

    ServiceHealth(URI baseUrl) {
        this.baseUrl = baseUrl;
    }

    /** Notes an answer other than a plain 404, whatever it says. */
    synchronized void answered() {
        givenUpInARow = 0;
        addressProven = true;
    }

    /**
     * Notes a 404 that any web server could have given.
     *
     * @throws StopException if nothing but 20 of these has been answered
     */
    synchronized void notFound() {
        givenUpInARow = 0;
        if (addressProven) {
            return;
        }
        bareNotFound++;
        if (bareNotFound >= TOO_MANY) {
            throw new StopException("The first " + TOO_MANY + " tasks were all answered with a plain 404, so " + baseUrl
                    + " does not seem to be the task service. Check archiver.task-service.base-url, then run the same command"
                    + " again; nothing was lost.");
        }
    }

    /**
     * Notes a task that got no answer of use in all its tries.
     *
     * @throws StopException if it is the 20th in a row
     */
    synchronized void gaveUp(Reason reason, Detail last) {
        givenUpInARow++;
        if (givenUpInARow >= TOO_MANY) {
            String cure = reason == Reason.RATE_LIMITED
                    ? "Lower archiver.task-service.requests-per-second or wait, then run the same command again"
                    : "Run the same command again when " + baseUrl + " can be reached";
            throw new StopException("The task service has not answered for " + TOO_MANY + " tasks in a row (" + last
                    + "). " + cure + "; nothing was lost.");
        }
    }

    /** Tells whether plain 404s are all that was answered so far. */
    synchronized boolean isAddressInDoubt() {
        return !addressProven && bareNotFound > 0;
    }
}
