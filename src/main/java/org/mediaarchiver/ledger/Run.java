package org.mediaarchiver.ledger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;

/**
 * A run as it was asked for; a resumed run keeps to it, whatever the command line says by then.
 *
 * @param id its name
 * @param archiveId where its objects go, see {@link ArchiveTable}
 * @param job the line of runs it belongs to
 * @param startedAt when it was first started, cut to milliseconds as the table keeps it
 * @param input what it reads, null where it only takes up carried-over tasks
 * @param options what shapes it
 */
public record Run(
        RunId id,
        int archiveId,
        String job,
        Instant startedAt,
        @Nullable Input input,
        Options options) {
    /** Databases may round what they cannot keep; the run's files must not depend on who made them first. */
    public Run {
        startedAt = startedAt.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Tells whether this run makes good what an audit found, which is then its input. */
    public boolean isRepair() {
        return job.equals(RunFacts.REPAIR);
    }

    /**
     * The input's copy in the home.
     *
     * @param name as the operator gave it, made absolute where it is a file
     * @param bytes the copy's size
     * @param sha256 the copy's digest
     */
    public record Input(String name, long bytes, Sha256 sha256) {}

    /**
     * What shapes a run beside its input.
     *
     * @param column the name of the id column
     * @param limit how many tasks are asked about at the most, null for all
     * @param retryFailed whether final failures are taken up again
     * @param fullManifest whether tasks that earlier runs archived get their rows
     */
    public record Options(String column, @Nullable Long limit, boolean retryFailed, boolean fullManifest) {}

    /** How far a run has come. */
    public enum State {
        /** Tasks are loaded and archived. */
        STARTED,
        /** Every task has its outcome; the run's files are made and uploaded. */
        PUBLISHING,
        /** The commit mark is in the bucket. */
        PUBLISHED
    }
}
