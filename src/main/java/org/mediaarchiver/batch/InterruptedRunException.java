package org.mediaarchiver.batch;

import org.mediaarchiver.domain.RunId;

/** The command was stopped from outside after what it had done was committed. */
public final class InterruptedRunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private InterruptedRunException(String message) {
        super(message);
    }

    static InterruptedRunException during(RunId run) {
        return new InterruptedRunException(
                "Run " + run + " was interrupted; what it has done is kept. Run the same command again to go on.");
    }

    static InterruptedRunException duringAudit(RunId audit) {
        return new InterruptedRunException(
                "Audit " + audit + " was interrupted; what it has found is kept. Run the same command again to go on.");
    }

    static InterruptedRunException duringRebuild() {
        return new InterruptedRunException("The ledger is not whole yet: making it anew was interrupted. Run the same"
                + " command again to go on.");
    }

    static InterruptedRunException between() {
        return new InterruptedRunException(
                "The command was interrupted before its run had begun. Run it again to go on.");
    }
}
