package org.mediaarchiver.batch;

import java.time.Duration;

/** What a command is at when the process is asked to end. May be used by many threads. */
interface StoppableWork {
    /** Tells whether anything is being done. */
    boolean isAtWork();

    /** Begins nothing more; what is in flight may go on for {@code grace} where it would be lost. */
    void stop(Duration grace);

    /** Waits until nothing is being done. */
    void awaitEnd();
}
