package org.mediaarchiver.domain;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code run.json} says of a finished run beside what follows from its rows.
 *
 * @param job names the line of runs
 * @param previous the run before it in the chain, null for the first
 * @param input null where the run took up carried-over tasks alone
 * @param counts tasks that no row tells of
 * @param startedAt cut to milliseconds
 * @param finishedAt when the last outcome was committed, cut to milliseconds
 * @param toolVersion of the program that ran
 * @param archive where the objects are
 * @param options what the operator asked for
 * @param store what the store can do, by name; kept in the order of the names
 */
public record RunFacts(
        RunId runId,
        String job,
        @Nullable Previous previous,
        @Nullable Input input,
        Counts counts,
        Instant startedAt,
        Instant finishedAt,
        String toolVersion,
        Archive archive,
        Options options,
        Map<String, String> store) {
    private static final Pattern JOB = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    public RunFacts {
        startedAt = startedAt.truncatedTo(ChronoUnit.MILLIS);
        finishedAt = finishedAt.truncatedTo(ChronoUnit.MILLIS);
        store = Collections.unmodifiableMap(new TreeMap<>(store));
    }

    /** The line of runs that make good what audits found; no other run has this name. */
    public static final String REPAIR = "repair";

    /** Tells whether a line of runs may have this name. */
    public static boolean isJob(String name) {
        return JOB.matcher(name).matches();
    }

    /**
     * The run before in the chain.
     *
     * @param runJsonSha256 of its {@code run.json}
     */
    public record Previous(RunId runId, Sha256 runJsonSha256) {}

    /**
     * The list of tasks that was read.
     *
     * @param name as the operator gave it
     * @param bytes its size, as it was read (before decompression)
     * @param sha256 of those bytes
     * @param lines physical lines
     * @param tasks different task ids
     * @param duplicates lines that name a task once more
     * @param rejected lines that name no task
     */
    public record Input(
            String name, long bytes, Sha256 sha256, long lines, long tasks, long duplicates, long rejected) {}

    /**
     * Tasks that rows do not tell of.
     *
     * @param alreadyArchived tasks of the input that earlier runs had archived
     * @param carriedOver tasks taken up from earlier runs, not from the input
     * @param notTaken tasks left for a later run by {@code --limit}
     */
    public record Counts(long alreadyArchived, long carriedOver, long notTaken) {}

    /**
     * Where the objects are.
     *
     * @param endpoint of an S3-compatible store, null for AWS
     * @param prefix before every key, may be empty
     */
    public record Archive(@Nullable String endpoint, String bucket, String prefix) {}

    /**
     * What the operator asked for.
     *
     * @param limit the most tasks that the run could take, null for all
     * @param flags the options given
     */
    public record Options(@Nullable Long limit, Set<Flag> flags) {
        public Options {
            flags = Set.copyOf(flags);
        }

        /** Options that are given or not. */
        public enum Flag {
            /** {@code --retry-failed}: final failures are taken up again. */
            RETRY_FAILED,
            /** {@code --full-manifest}: what earlier runs archived is listed too. */
            FULL_MANIFEST
        }
    }
}
