package org.mediaarchiver.ledger;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.TaskState;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The tasks of every run, and where each task stands.
 *
 * <p>What is archived is looked up here, a whole chunk with one statement, before any request is made. Pages are ordered by all
 * columns of the index that finds them: HSQLDB sorts all that is left for each page otherwise.
 */
public final class TaskTable {
    /** A task that fails in a way that may pass is tried by this many runs. */
    static final int MOST_FAILURES = 5;

    private final JdbcTemplate jdbc;
    private final ManifestRowTable rows;

    public TaskTable(JdbcTemplate jdbc, ManifestRowTable rows) {
        this.jdbc = jdbc;
        this.rows = rows;
    }

    /**
     * A task id as the load step found it.
     *
     * @param id the task
     * @param place its place in the run's order
     * @param inputLine physical line, null for a task carried over
     */
    public record NewTask(TaskId id, long place, @Nullable Long inputLine) {}

    /**
     * A task and what became of it in the run at hand.
     *
     * @param task as the run took it up
     * @param outcome as it ended
     */
    public record SettledTask(OpenTask task, TaskOutcome outcome) {}

    /** How many tasks of a run there are of each kind. */
    public record Counts(long tasks, long toDo, long archivedBefore, long listed, long notTaken, long carriedOver) {}

    /** What a run has to do about a task. */
    private enum State {
        /** Ask, download, store. */
        TODO,
        /** Its outcome is committed. */
        DONE,
        /** An earlier run archived it. */
        ARCHIVED,
        /** It failed for good in an earlier run; the manifest lists it again. */
        LISTED,
        /** Beyond the run's limit. */
        LEFT
    }

    /**
     * Adds tasks to a run, each once, and decides from the ledger which of them need anything done.
     *
     * @return how many were left out because the run has them already
     */
    public int add(Run run, List<NewTask> tasks) {
        Map<String, NewTask> added = new LinkedHashMap<>();
        tasks.forEach(task -> added.putIfAbsent(task.id().value(), task));
        if (added.isEmpty()) {
            return 0;
        }
        jdbc.query(
                "SELECT t.task_id FROM " + Ids.TABLE + " JOIN task t ON t.run_id = ? AND t.task_id = c.id",
                Ids.then(added.keySet(), run.id().value()),
                row -> {
                    added.remove(row.getString(1));
                });
        if (!added.isEmpty()) {
            Map<String, State> states = planned(run, added.keySet());
            insert(run, added.values(), states);
            list(run, added, states);
        }
        return tasks.size() - added.size();
    }

    private Map<String, State> planned(Run run, Set<String> ids) {
        Map<String, State> states = new HashMap<>();
        settled(run.archiveId(), ids).forEach((id, state) -> {
            if (state == TaskState.ARCHIVED) {
                states.put(id, State.ARCHIVED);
            } else if (!run.options().retryFailed()) {
                states.put(id, State.LISTED);
            }
        });
        Long limit = run.options().limit();
        long free = limit == null
                ? Long.MAX_VALUE
                : limit
                        - count(
                                "SELECT COUNT(*) FROM task WHERE run_id = ? AND state = 'TODO'",
                                run.id().value());
        for (String id : ids) {
            if (!states.containsKey(id)) {
                states.put(id, free > 0 ? State.TODO : State.LEFT);
                free--;
            }
        }
        return states;
    }

    private void insert(Run run, Collection<NewTask> tasks, Map<String, State> states) {
        jdbc.batchUpdate(
                "INSERT INTO task (run_id, task_id, place, input_line, state) VALUES (?, ?, ?, ?, ?)",
                tasks.stream()
                        .map(task -> new @Nullable Object[] {
                            run.id().value(),
                            task.id().value(),
                            task.place(),
                            task.inputLine(),
                            state(states, task.id().value()).name()
                        })
                        .toList());
    }

    /** Writes the manifest rows of tasks that an earlier run settled and that this manifest shows again. */
    private void list(Run run, Map<String, NewTask> tasks, Map<String, State> states) {
        List<String> shown = tasks.keySet().stream()
                .filter(id -> switch (state(states, id)) {
                    case LISTED -> true;
                    case ARCHIVED -> run.options().fullManifest();
                    case TODO, DONE, LEFT -> false;
                })
                .toList();
        if (shown.isEmpty()) {
            return;
        }
        List<ManifestRowTable.Entry> entries = new ArrayList<>();
        for (ManifestRow row : latestRows(run.archiveId(), shown)) {
            NewTask task = tasks.get(row.taskId().value());
            if (task != null) {
                entries.add(new ManifestRowTable.Entry(EarlierRow.listed(row, run.id(), task.inputLine()), false));
            }
        }
        rows.insert(entries);
    }

    private static State state(Map<String, State> states, String id) {
        return states.getOrDefault(id, State.TODO);
    }

    /** Returns the rows of the run that last dealt with each of the tasks. */
    private List<ManifestRow> latestRows(int archiveId, Collection<String> ids) {
        Map<String, List<String>> byRun = new TreeMap<>();
        jdbc.query(
                "SELECT l.run_id, l.task_id FROM " + Ids.TABLE
                        + " JOIN ledger l ON l.archive_id = ? AND l.task_id = c.id",
                Ids.then(ids, archiveId),
                row -> {
                    byRun.computeIfAbsent(row.getString(1), key -> new ArrayList<>())
                            .add(row.getString(2));
                });
        List<ManifestRow> latest = new ArrayList<>();
        byRun.forEach((run, tasks) -> latest.addAll(rows.ofTasks(new RunId(run), tasks)));
        return latest;
    }

    /** Keeps the lines of the input that name no task. */
    public void reject(Run run, List<RejectedLine> lines) {
        jdbc.batchUpdate(
                "INSERT INTO rejected_line (run_id, input_line, line_text, reason, detail) VALUES (?, ?, ?, ?, ?)",
                lines.stream()
                        .map(line ->
                                new Object[] {run.id().value(), line.line(), line.text(), line.reason(), line.detail()})
                        .toList());
    }

    /** Returns the lines of the input that name no task, by line number. */
    public List<RejectedLine> rejectedLines(RunId run, long afterLine, int limit) {
        return jdbc.query(
                "SELECT input_line, line_text, reason, detail FROM rejected_line"
                        + " WHERE run_id = ? AND input_line > ? ORDER BY run_id, input_line LIMIT ?",
                (row, number) -> new RejectedLine(row.getLong(1), row.getString(2), row.getString(3), row.getString(4)),
                run.value(),
                afterLine,
                limit);
    }

    /** Returns how many lines of the input name no task. */
    public long rejected(RunId run) {
        return count("SELECT COUNT(*) FROM rejected_line WHERE run_id = ?", run.value());
    }

    /**
     * Returns the tasks that earlier runs of a job left in this state, by task id.
     *
     * @param state {@code OPEN} for those that the next run takes up by itself
     * @param afterId where to go on, empty for the first page
     */
    public List<TaskId> left(int archiveId, String job, TaskState state, String afterId, int limit) {
        return jdbc.query(
                "SELECT task_id FROM ledger WHERE archive_id = ? AND job = ? AND state = ? AND task_id > ?"
                        + " ORDER BY archive_id, job, state, task_id LIMIT ?",
                (row, number) -> new TaskId(row.getString(1)),
                archiveId,
                job,
                state.name(),
                afterId,
                limit);
    }

    /** Returns which of these tasks are archived or have failed for good. */
    public Map<String, TaskState> settled(int archiveId, Collection<String> ids) {
        Map<String, TaskState> settled = new HashMap<>();
        jdbc.query(
                "SELECT l.task_id, l.state FROM " + Ids.TABLE
                        + " JOIN ledger l ON l.archive_id = ? AND l.task_id = c.id WHERE l.state <> 'OPEN'",
                Ids.then(ids, archiveId),
                row -> {
                    settled.put(row.getString(1), TaskState.valueOf(row.getString(2)));
                });
        return settled;
    }

    /** Returns the next tasks of the run that have no committed outcome, in the run's order. */
    public List<OpenTask> toDo(Run run, long afterPlace, int limit) {
        List<OpenTask> found = jdbc.query(
                "SELECT t.task_id, t.place, t.input_line, l.attempts, l.failures, l.pending_since, l.state FROM task t"
                        + " LEFT JOIN ledger l ON l.archive_id = ? AND l.task_id = t.task_id"
                        + " WHERE t.run_id = ? AND t.state = 'TODO' AND t.place > ?"
                        + " ORDER BY t.run_id, t.state, t.place LIMIT ?",
                (row, number) -> new OpenTask(
                        new TaskId(row.getString(1)),
                        row.getLong(2),
                        row.getObject(3, Long.class),
                        standing(row.getString(7)),
                        row.getInt(4),
                        row.getInt(5),
                        ManifestRowTable.instant(row, 6),
                        List.of()),
                run.archiveId(),
                run.id().value(),
                afterPlace,
                limit);
        Map<String, TaskState> seen = new HashMap<>();
        for (OpenTask task : found) {
            if (task.standing() != null) {
                seen.put(task.id().value(), task.standing());
            }
        }
        Map<TaskId, List<ObjectOutcome>> settled = settledBefore(run, seen);
        return found.stream()
                .map(task -> settled.containsKey(task.id()) ? withSettled(task, settled.get(task.id())) : task)
                .toList();
    }

    private static @Nullable TaskState standing(@Nullable String state) {
        return state == null ? null : TaskState.valueOf(state);
    }

    private static OpenTask withSettled(OpenTask task, List<ObjectOutcome> settled) {
        return new OpenTask(
                task.id(),
                task.place(),
                task.inputLine(),
                task.standing(),
                task.attempts(),
                task.failures(),
                task.pendingSince(),
                settled);
    }

    private Map<TaskId, List<ObjectOutcome>> settledBefore(Run run, Map<String, TaskState> seen) {
        if (seen.isEmpty()) {
            return Map.of();
        }
        return latestRows(run.archiveId(), seen.keySet()).stream()
                .filter(row -> isArchived(seen, row) || stands(row, run.options()))
                .collect(Collectors.groupingBy(
                        ManifestRow::taskId, Collectors.mapping(EarlierRow::settled, Collectors.toList())));
    }

    /** A run of another job may have archived the task since this one was loaded: then nothing of it is tried again. */
    private static boolean isArchived(Map<String, TaskState> seen, ManifestRow row) {
        return seen.get(row.taskId().value()) == TaskState.ARCHIVED;
    }

    private static boolean stands(ManifestRow row, Run.Options options) {
        if (row.status() == Status.STORED) {
            return true;
        }
        Reason reason = row.reason();
        return reason != null && reason.again() == Reason.Again.WHEN_ASKED && !options.retryFailed();
    }

    /** Writes what became of tasks: their manifest rows, where they stand now, and that the run is done with them. */
    public void settle(Run run, List<? extends SettledTask> tasks, Instant now) {
        List<ManifestRowTable.Entry> entries = new ArrayList<>();
        for (SettledTask settled : tasks) {
            OpenTask task = settled.task();
            for (ObjectOutcome object : settled.outcome().objects()) {
                ManifestRow row =
                        ManifestRow.of(run.id(), task.inputLine(), attempts(settled), settled.outcome(), object);
                entries.add(new ManifestRowTable.Entry(row, !task.settled().contains(object)));
            }
        }
        rows.insert(entries);
        record Standing(
                SettledTask settled,
                TaskState state,
                int failures,
                @Nullable OffsetDateTime pendingSince) {}
        List<Standing> standings = tasks.stream()
                .map(settled ->
                        new Standing(settled, standing(settled), failures(settled), utc(pendingSince(settled, now))))
                .toList();
        List<Standing> known = standings.stream()
                .filter(standing -> standing.settled().task().standing() != null)
                .toList();
        List<Standing> unknown = standings.stream()
                .filter(standing -> standing.settled().task().standing() == null)
                .toList();
        jdbc.batchUpdate(
                "UPDATE ledger SET job = ?, state = ?, attempts = ?, failures = ?, pending_since = ?, run_id = ?"
                        + " WHERE archive_id = ? AND task_id = ?",
                known.stream()
                        .map(standing -> new @Nullable Object[] {
                            run.job(),
                            standing.state().name(),
                            attempts(standing.settled()),
                            standing.failures(),
                            standing.pendingSince(),
                            run.id().value(),
                            run.archiveId(),
                            standing.settled().task().id().value()
                        })
                        .toList());
        jdbc.batchUpdate(
                "INSERT INTO ledger (archive_id, task_id, job, state, attempts, failures, pending_since, run_id)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                unknown.stream()
                        .map(standing -> new @Nullable Object[] {
                            run.archiveId(),
                            standing.settled().task().id().value(),
                            run.job(),
                            standing.state().name(),
                            attempts(standing.settled()),
                            standing.failures(),
                            standing.pendingSince(),
                            run.id().value()
                        })
                        .toList());
        jdbc.batchUpdate(
                "UPDATE task SET state = 'DONE' WHERE run_id = ? AND task_id = ?",
                tasks.stream()
                        .map(settled -> new Object[] {
                            run.id().value(), settled.task().id().value()
                        })
                        .toList());
    }

    /** A run that ended before the task's turn has not tried it. */
    private static int attempts(SettledTask settled) {
        return settled.task().attempts() + (has(settled, Reason.RUN_STOPPED) ? 0 : 1);
    }

    private static boolean has(SettledTask settled, Reason reason) {
        return settled.outcome().objects().stream().anyMatch(object -> object.reason() == reason);
    }

    private static int failures(SettledTask settled) {
        boolean failed = settled.outcome().objects().stream()
                .anyMatch(object -> object.status() == Status.FAILED && isTriedAgain(object));
        return settled.task().failures() + (failed ? 1 : 0);
    }

    private static boolean isTriedAgain(ObjectOutcome object) {
        Reason reason = object.reason();
        return reason != null && reason.again() == Reason.Again.BY_THE_NEXT_RUN;
    }

    private static TaskState standing(SettledTask settled) {
        TaskState state = settled.outcome().state();
        if (state != TaskState.OPEN) {
            return state;
        }
        boolean pending = settled.outcome().objects().stream().anyMatch(object -> object.status() == Status.PENDING);
        return pending || failures(settled) < MOST_FAILURES ? TaskState.OPEN : TaskState.FAILED;
    }

    private static @Nullable Instant pendingSince(SettledTask settled, Instant now) {
        Instant since = settled.task().pendingSince();
        boolean heardNothing = has(settled, Reason.RUN_STOPPED)
                || has(settled, Reason.SERVICE_UNAVAILABLE)
                || has(settled, Reason.RATE_LIMITED);
        if (heardNothing) {
            return since;
        }
        if (!has(settled, Reason.NOT_READY)) {
            return null;
        }
        return since == null ? now : since;
    }

    /** Counts the tasks of a run. */
    public Counts counts(RunId run) {
        Map<String, Long> states = new HashMap<>();
        jdbc.query(
                "SELECT state, COUNT(*) FROM task WHERE run_id = ? GROUP BY state",
                row -> {
                    states.put(row.getString(1), row.getLong(2));
                },
                run.value());
        long tasks = states.values().stream().mapToLong(Long::longValue).sum();
        return new Counts(
                tasks,
                states.getOrDefault(State.TODO.name(), 0L),
                states.getOrDefault(State.ARCHIVED.name(), 0L),
                states.getOrDefault(State.LISTED.name(), 0L),
                states.getOrDefault(State.LEFT.name(), 0L),
                count("SELECT COUNT(*) FROM task WHERE run_id = ? AND input_line IS NULL", run.value()));
    }

    private long count(String sql, Object... arguments) {
        Long count = jdbc.queryForObject(sql, Long.class, arguments);
        return count == null ? 0 : count;
    }

    static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
