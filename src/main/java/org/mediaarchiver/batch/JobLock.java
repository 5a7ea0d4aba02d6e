package org.mediaarchiver.batch;

import org.mediaarchiver.domain.StopException;

/**
 * Keeps two processes from working on the same job.
 *
 * <p>One job is held at a time. The lock ends with the process that holds it, however that ends.
 */
interface JobLock extends AutoCloseable {
    /** What making a ledger anew is called, where it is locked like a job; a job's name has no space. */
    String LEDGER = "ledger rebuild";

    /**
     * Takes the lock of a job; where this process has it, nothing happens.
     *
     * @throws Home.LockedException if another process has it
     */
    void take(int archiveId, String job);

    /**
     * Makes sure that what is written in the transaction at hand is not written behind the back of another process.
     *
     * @throws StopException if another process has taken the lock, which this one had lost
     */
    void requireHeld();

    /**
     * Makes sure that nobody else works on any job of an archive: one that has lost its lock without knowing stops before it writes
     * anything more. To be called by whoever has the lock of {@link #LEDGER}, once the tables say that no run may begin.
     *
     * @throws Home.LockedException if another process works on one of them
     */
    void requireAlone(int archiveId);

    /** Tells whether another process works on the job at the moment. */
    boolean isHeldElsewhere(int archiveId, String job);

    @Override
    void close();
}
