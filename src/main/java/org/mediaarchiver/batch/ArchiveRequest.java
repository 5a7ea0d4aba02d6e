package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.LocalTime;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a person or a crontab asks for with {@code archive}.
 *
 * @param job names the line of runs
 * @param input a path, {@code -} or an {@code s3://} URL; null to take up carried-over tasks alone
 * @param column the name of the id column
 * @param limit how many tasks are asked about at the most, null for all
 * @param waitForPending how long to go on asking for tasks that are not ready, zero to ask once
 * @param finishBy the time of day after which nothing is to be under way, null for none
 * @param choices the options given that take no value
 */
public record ArchiveRequest(
        String job,
        @Nullable String input,
        String column,
        @Nullable Long limit,
        Duration waitForPending,
        @Nullable LocalTime finishBy,
        Set<Choice> choices) {
    public ArchiveRequest {
        choices = Set.copyOf(choices);
    }

    /** Options that take no value. */
    public enum Choice {
        /** Starts a new run where an unfinished one would be resumed. */
        NEW,
        /** Takes final failures up again. */
        RETRY_FAILED,
        /** Lists what earlier runs archived as well. */
        FULL_MANIFEST
    }

    boolean has(Choice choice) {
        return choices.contains(choice);
    }
}
