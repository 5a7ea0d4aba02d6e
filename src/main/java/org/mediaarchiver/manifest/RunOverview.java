package org.mediaarchiver.manifest;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;

/**
 * What a page tells of a run's rows: sums, and the first few of what is told one by one.
 *
 * <p>It takes the rows once, in their order, and holds a bounded number of them however many there are.
 */
final class RunOverview {
    /** The most tasks that are told one by one for each reason. */
    static final int TASKS_TOLD = 50;
    /** The most previews on a page. */
    static final int PREVIEWS = 12;
    /** The largest preview on a page, in bytes. */
    static final long LARGEST_PREVIEW = 300_000;
    /** What the previews of a page have together at most, in bytes. */
    static final long ALL_PREVIEWS = 2_000_000;
    /** The upper bounds by which {@link #waits} are counted; the last count is of all that took longer. */
    static final List<Duration> WAITS = List.of(
            Duration.ofMillis(100),
            Duration.ofMillis(300),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(100));

    private static final Set<MediaType> PICTURES =
            EnumSet.of(MediaType.WEBP, MediaType.JPEG, MediaType.PNG, MediaType.GIF);

    private final Tally created = new Tally();
    private final Map<Reason, Tally> tallies = new EnumMap<>(Reason.class);
    private final Map<Status, Long> tasks = new EnumMap<>(Status.class);
    private final Timeline timeline;
    private final long[] waits = new long[WAITS.size() + 1];
    private final List<ManifestRow> previews = new ArrayList<>();
    private long previewsStored;
    private long previewBytes;
    private @Nullable TaskId current;
    private Status worst = Status.STORED;

    RunOverview(RunFacts facts) {
        this.timeline = new Timeline(facts.startedAt(), facts.finishedAt());
    }

    /** The objects that came to one end. */
    static final class Tally {
        private final Map<Role, Long> objects = new EnumMap<>(Role.class);
        private final List<Told> told = new ArrayList<>();
        private long bytes;
        private long tasks;
        private @Nullable TaskId last;

        long objects(Role role) {
            return objects.getOrDefault(role, 0L);
        }

        long objects() {
            return objects.values().stream().mapToLong(Long::longValue).sum();
        }

        /** Returns the size of those that are stored. */
        long bytes() {
            return bytes;
        }

        /** Returns how many tasks have such an object. */
        long tasks() {
            return tasks;
        }

        /** Returns the first tasks that failed or wait for this reason. */
        List<Told> told() {
            return told;
        }

        private void add(ManifestRow row) {
            objects.merge(row.role(), 1L, Long::sum);
            if (row.status() == Status.STORED) {
                bytes += Objects.requireNonNull(row.sizeBytes());
            }
            boolean another = !row.taskId().equals(last);
            if (another) {
                tasks++;
                last = row.taskId();
            }
            if (row.status() == Status.FAILED || row.status() == Status.PENDING) {
                tell(row, another);
            }
        }

        private void tell(ManifestRow row, boolean another) {
            if (!another && tasks <= TASKS_TOLD) {
                Told before = told.getLast();
                if (Objects.equals(before.detail(), row.errorDetail())) {
                    before.roles().add(row.role());
                    return;
                }
            }
            if (tasks <= TASKS_TOLD) {
                told.add(new Told(
                        row.taskId(), EnumSet.of(row.role()), row.inputLine(), row.attempts(), row.errorDetail()));
            }
        }
    }

    /**
     * A task that is told of, with its objects to which the same happened.
     *
     * @param inputLine null for a task carried over
     * @param attempts over all runs
     * @param detail what happened, null where the reason tells all
     */
    record Told(
            TaskId task,
            Set<Role> roles,
            @Nullable Long inputLine,
            int attempts,
            @Nullable String detail) {}

    /** Takes the next row. */
    void add(ManifestRow row) {
        if (!row.taskId().equals(current)) {
            endTask();
            current = row.taskId();
            worst = Status.STORED;
        }
        worst = worse(worst, row.status());
        Reason reason = row.reason();
        (reason == null ? created : tallies.computeIfAbsent(reason, unseen -> new Tally())).add(row);
        if (reason == null) {
            time(row);
        }
        if (row.role() == Role.PREVIEW && row.status() == Status.STORED && reason != Reason.ALREADY_STORED) {
            preview(row);
        }
    }

    /** Ends the rows. */
    void end() {
        endTask();
        current = null;
    }

    private void endTask() {
        if (current != null) {
            tasks.merge(worst, 1L, Long::sum);
        }
    }

    /** A task is as well as its worst object; one that is skipped is in order. */
    private static Status worse(Status one, Status other) {
        if (one == Status.FAILED || other == Status.FAILED) {
            return Status.FAILED;
        }
        return one == Status.PENDING || other == Status.PENDING ? Status.PENDING : Status.STORED;
    }

    private void time(ManifestRow row) {
        Instant storedAt = Objects.requireNonNull(row.storedAt());
        timeline.add(storedAt, Objects.requireNonNull(row.sizeBytes()));
        Instant fetchedAt = row.fetchedAt();
        if (fetchedAt != null) {
            Duration wait = Duration.between(fetchedAt, storedAt);
            int bound = 0;
            while (bound < WAITS.size() && wait.compareTo(WAITS.get(bound)) >= 0) {
                bound++;
            }
            waits[bound]++;
        }
    }

    private void preview(ManifestRow row) {
        previewsStored++;
        long size = Objects.requireNonNull(row.sizeBytes());
        boolean picture = PICTURES.stream().anyMatch(type -> type.contentType().equals(row.contentType()));
        if (picture && previews.size() < PREVIEWS && size <= LARGEST_PREVIEW && previewBytes + size <= ALL_PREVIEWS) {
            previews.add(row);
            previewBytes += size;
        }
    }

    /** Returns the number of all tasks. */
    long tasks() {
        return tasks.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns the number of tasks of which something failed. */
    long failedTasks() {
        return tasks.getOrDefault(Status.FAILED, 0L);
    }

    /** Returns the number of tasks that wait for the next run, and of which nothing failed. */
    long pendingTasks() {
        return tasks.getOrDefault(Status.PENDING, 0L);
    }

    /** Returns the number of tasks of which everything is there. */
    long archivedTasks() {
        return tasks.getOrDefault(Status.STORED, 0L);
    }

    /** Returns what this run stored. */
    Tally created() {
        return created;
    }

    /** Returns the reasons of a status that occur, the most frequent first. */
    List<Map.Entry<Reason, Tally>> reasons(Status status) {
        return tallies.entrySet().stream()
                .filter(entry -> entry.getKey().status() == status)
                .sorted(Comparator.comparingLong(entry -> -entry.getValue().objects()))
                .toList();
    }

    /** Returns the number of objects of a status. */
    long objects(Status status) {
        long reasoned = reasons(status).stream()
                .mapToLong(entry -> entry.getValue().objects())
                .sum();
        return status == Status.STORED ? reasoned + created.objects() : reasoned;
    }

    /** Returns when objects were stored by this run. */
    Timeline timeline() {
        return timeline;
    }

    /** Returns how many objects took how long from their last byte to the store's confirmation, by {@link #WAITS}. */
    long[] waits() {
        return waits.clone();
    }

    /** Returns how many previews this run stored or found stored. */
    long previewsStored() {
        return previewsStored;
    }

    /** Returns the first of those that are small enough to be shown. */
    List<ManifestRow> previews() {
        return previews;
    }
}
