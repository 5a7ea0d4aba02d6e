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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
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
    private static final int LISTED_AT_ONCE = 1000;

    private final JdbcTemplate jdbc;
    private final ManifestRowTable rows;
    private final DamageTable damages;
    private final LedgerTable ledger;

    public TaskTable(JdbcTemplate jdbc, ManifestRowTable rows) {
        this.jdbc = jdbc;
        this.rows = rows;
        this.damages = new DamageTable(jdbc, rows);
        this.ledger = new LedgerTable(jdbc);
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
        /** An earlier run archived it: there is no row of it, it is counted alone. */
        ARCHIVED,
        /** It failed for good in an earlier run; the manifest lists it again. */
        LISTED,
        /** Beyond the run's limit: it is counted alone where the input names it, since that may be all of a long list every night. */
        LEFT
    }

    /**
     * Adds tasks, and decides from the ledger which of them need anything done.
     *
     * @param tasks none of which the run has already, and none of them twice
     */
    public void add(Run run, List<NewTask> tasks) {
        Map<String, NewTask> added = byId(tasks);
        Map<String, State> states = planned(run, added.keySet());
        enter(run, added, states);
        count(run, states);
    }

    /**
     * Adds tasks that earlier runs left; what has been archived meanwhile is left out.
     *
     * @param tasks none of which the run has already, and none of them twice
     */
    public void carryOver(Run run, List<NewTask> tasks) {
        Map<String, NewTask> added = byId(tasks);
        Map<String, State> states = planned(run, added.keySet());
        added.keySet().removeIf(id -> state(states, id) == State.ARCHIVED);
        enter(run, added, states);
    }

    private static Map<String, NewTask> byId(List<NewTask> tasks) {
        Map<String, NewTask> byId = new LinkedHashMap<>();
        tasks.forEach(task -> byId.put(task.id().value(), task));
        return byId;
    }

    /**
     * Returns tasks of the run in its order, whatever became of them.
     *
     * @param afterPlace where to go on
     */
    public List<NewTask> of(RunId run, long afterPlace, int limit) {
        return jdbc.query(
                "SELECT task_id, place, input_line FROM run_task WHERE run_id = ? AND place > ?"
                        + " ORDER BY run_id, place LIMIT ?",
                (row, number) ->
                        new NewTask(new TaskId(row.getString(1)), row.getLong(2), row.getObject(3, Long.class)),
                run.value(),
                afterPlace,
                limit);
    }

    private Map<String, State> planned(Run run, Set<String> ids) {
        Map<String, State> states = new HashMap<>();
        if (run.isRepair() || ids.isEmpty()) {
            return states;
        }
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
                                "SELECT COUNT(*) FROM run_task WHERE run_id = ? AND state = 'TODO'",
                                run.id().value());
        for (String id : ids) {
            if (!states.containsKey(id)) {
                states.put(id, free > 0 ? State.TODO : State.LEFT);
                free--;
            }
        }
        return states;
    }

    private void enter(Run run, Map<String, NewTask> tasks, Map<String, State> states) {
        jdbc.batchUpdate(
                "INSERT INTO run_task (run_id, task_id, place, input_line, state) VALUES (?, ?, ?, ?, ?)",
                tasks.values().stream()
                        .filter(task -> switch (state(states, task.id().value())) {
                            case TODO, DONE, LISTED -> true;
                            case ARCHIVED -> false;
                            case LEFT -> task.inputLine() == null;
                        })
                        .map(task -> new @Nullable Object[] {
                            run.id().value(),
                            task.id().value(),
                            task.place(),
                            task.inputLine(),
                            state(states, task.id().value()).name()
                        })
                        .toList());
        list(run, tasks, states);
    }

    /** What has no row is counted with the chunk that names it. */
    private void count(Run run, Map<String, State> states) {
        Map<State, Long> counted =
                states.values().stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        long archived = counted.getOrDefault(State.ARCHIVED, 0L);
        long left = counted.getOrDefault(State.LEFT, 0L);
        if (archived + left > 0) {
            jdbc.update(
                    "UPDATE run SET archived_before = COALESCE(archived_before, 0) + ?,"
                            + " not_taken = COALESCE(not_taken, 0) + ? WHERE run_id = ?",
                    archived,
                    left,
                    run.id().value());
        }
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
        for (int from = 0; from < shown.size(); from += LISTED_AT_ONCE) {
            List<String> some = shown.subList(from, Math.min(shown.size(), from + LISTED_AT_ONCE));
            List<ManifestRowTable.Entry> entries = new ArrayList<>();
            for (ManifestRow row : rows.latest(run.archiveId(), some)) {
                NewTask task = tasks.get(row.taskId().value());
                if (task != null) {
                    entries.add(new ManifestRowTable.Entry(
                            EarlierRow.listed(row, run.id(), task.inputLine(), row.attempts()), false));
                }
            }
            rows.insert(entries);
        }
    }

    private static State state(Map<String, State> states, String id) {
        return states.getOrDefault(id, State.TODO);
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

    /** Returns how many lines of the input name no task for this reason. */
    public long rejected(RunId run, String reason) {
        return count("SELECT COUNT(*) FROM rejected_line WHERE run_id = ? AND reason = ?", run.value(), reason);
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
                "SELECT t.task_id, t.place, t.input_line, l.attempts, l.failures, l.pending_since, l.state FROM run_task t"
                        + " LEFT JOIN ledger l ON l.archive_id = ? AND l.task_id = t.task_id"
                        + " WHERE t.run_id = ? AND t.state = 'TODO' AND t.place > ?"
                        + " ORDER BY t.run_id, t.state, t.place LIMIT ?",
                (row, number) -> new OpenTask(
                        new TaskId(row.getString(1)),
                        row.getLong(2),
                        row.getObject(3, Long.class),
                        standing(row.getString(7)),
                        row.getInt(4),
                        Standing.failures(run.options(), row.getInt(5)),
                        ManifestRowTable.instant(row, 6),
                        List.of()),
                run.archiveId(),
                run.id().value(),
                afterPlace,
                limit);
        Map<TaskId, List<ObjectOutcome>> settled = settledBefore(run, found);
        Map<TaskId, List<Stored>> damaged = damages.of(run, found);
        return found.stream()
                .map(task -> begun(
                        task, settled.getOrDefault(task.id(), List.of()), damaged.getOrDefault(task.id(), List.of())))
                .toList();
    }

    private static OpenTask begun(OpenTask task, List<ObjectOutcome> settled, List<Stored> damaged) {
        Set<Role> roles = damaged.stream().map(Stored::role).collect(Collectors.toSet());
        return task.with(
                settled.stream()
                        .filter(object -> !roles.contains(object.role()))
                        .toList(),
                damaged);
    }

    private static @Nullable TaskState standing(@Nullable String state) {
        return state == null ? null : TaskState.valueOf(state);
    }

    private Map<TaskId, List<ObjectOutcome>> settledBefore(Run run, List<OpenTask> tasks) {
        Map<TaskId, OpenTask> seen = tasks.stream()
                .filter(task -> task.standing() != null)
                .collect(Collectors.toMap(OpenTask::id, Function.identity()));
        if (seen.isEmpty()) {
            return Map.of();
        }
        List<String> ids = seen.keySet().stream().map(TaskId::value).toList();
        return rows.latest(run.archiveId(), ids).stream()
                .filter(row -> stands(row, run, Objects.requireNonNull(seen.get(row.taskId()))))
                .collect(Collectors.groupingBy(
                        ManifestRow::taskId, Collectors.mapping(EarlierRow::settled, Collectors.toList())));
    }

    /**
     * A run of another job may have archived the task since this one was loaded: then nothing of it is tried again. And a repair
     * tries nothing but what is damaged.
     */
    private static boolean stands(ManifestRow row, Run run, OpenTask task) {
        return run.isRepair()
                || task.standing() == TaskState.ARCHIVED
                || Standing.stands(row, run.options(), task.failures());
    }

    /**
     * Writes what became of tasks: their manifest rows, where they stand now, and that the run is done with them.
     *
     * @return the same tasks, with what runs of other jobs have stored of them since this one took them up
     */
    public List<SettledTask> settle(Run run, List<? extends SettledTask> ended, Instant now) {
        List<SettledTask> tasks = withWhatOthersStored(run, ended);
        Map<String, Standing> standings = new LinkedHashMap<>();
        for (SettledTask settled : tasks) {
            standings.put(settled.task().id().value(), Standing.after(settled, now));
        }
        rows.insert(entries(run, tasks, standings));
        ledger.write(
                run,
                tasks.stream()
                        .map(settled -> {
                            String id = settled.task().id().value();
                            boolean isKnown = settled.task().standing() != null;
                            return new LedgerTable.Entry(id, Objects.requireNonNull(standings.get(id)), isKnown);
                        })
                        .toList());
        jdbc.batchUpdate(
                "UPDATE run_task SET state = 'DONE' WHERE run_id = ? AND place = ?",
                tasks.stream()
                        .map(settled ->
                                new Object[] {run.id().value(), settled.task().place()})
                        .toList());
        return tasks;
    }

    /** No task goes backwards: what another job stored meanwhile stands, whatever this run came to. */
    private List<SettledTask> withWhatOthersStored(Run run, List<? extends SettledTask> ended) {
        jdbc.queryForObject(ArchiveTable.LOCK, Integer.class, run.archiveId());
        Map<String, OpenTask> changed = new HashMap<>();
        Map<String, SettledTask> byId = ended.stream()
                .collect(Collectors.toMap(settled -> settled.task().id().value(), Function.identity()));
        jdbc.query(
                "SELECT l.task_id, l.state, l.attempts, l.failures, l.pending_since FROM " + Ids.TABLE
                        + " JOIN ledger l ON l.archive_id = ? AND l.task_id = c.id",
                Ids.then(byId.keySet(), run.archiveId()),
                row -> {
                    OpenTask task =
                            Objects.requireNonNull(byId.get(row.getString(1))).task();
                    TaskState state = standing(row.getString(2));
                    if (state != task.standing() || row.getInt(3) != task.attempts()) {
                        int failures = Standing.failures(run.options(), row.getInt(4));
                        changed.put(
                                task.id().value(),
                                task.standing(state, row.getInt(3), failures, ManifestRowTable.instant(row, 5)));
                    }
                });
        if (changed.isEmpty()) {
            return List.copyOf(ended);
        }
        Map<TaskId, List<ManifestRow>> latest = rows.latest(run.archiveId(), changed.keySet()).stream()
                .collect(Collectors.groupingBy(ManifestRow::taskId));
        return ended.stream()
                .map(settled -> {
                    OpenTask task = changed.get(settled.task().id().value());
                    return task == null
                            ? settled
                            : with(settled.outcome(), task, latest.getOrDefault(task.id(), List.of()));
                })
                .toList();
    }

    private static SettledTask with(TaskOutcome outcome, OpenTask task, List<ManifestRow> latest) {
        boolean archivedByOthers = task.standing() == TaskState.ARCHIVED && outcome.state() != TaskState.ARCHIVED;
        Map<Role, ObjectOutcome> theirs = latest.stream()
                .filter(row -> task.damaged(row.role()).isEmpty())
                .filter(row -> archivedByOthers
                        || (row.status() == Status.STORED
                                && outcome.object(row.role()).status() != Status.STORED))
                .collect(Collectors.toMap(ManifestRow::role, EarlierRow::settled));
        List<ObjectOutcome> objects = outcome.objects().stream()
                .map(object -> theirs.getOrDefault(object.role(), object))
                .toList();
        List<ObjectOutcome> settled = objects.stream()
                .filter(object ->
                        theirs.containsKey(object.role()) || task.settled().contains(object))
                .toList();
        return new SettledTask(
                task.with(settled, task.damaged()), new TaskOutcome(outcome.task(), outcome.workStatus(), objects));
    }

    private List<ManifestRowTable.Entry> entries(
            Run run, List<? extends SettledTask> tasks, Map<String, Standing> standings) {
        Map<String, ManifestRow> earlier = earlierRows(run, tasks);
        List<ManifestRowTable.Entry> entries = new ArrayList<>();
        for (SettledTask settled : tasks) {
            OpenTask task = settled.task();
            int attempts =
                    Objects.requireNonNull(standings.get(task.id().value())).attempts();
            for (ObjectOutcome object : settled.outcome().objects()) {
                boolean isNew = !task.settled().contains(object);
                ManifestRow before = isNew ? null : earlier.get(ManifestRow.sortKey(task.id(), object.role()));
                ManifestRow row = before == null
                        ? ManifestRow.of(run.id(), task.inputLine(), attempts, settled.outcome(), object)
                        : EarlierRow.listed(before, run.id(), task.inputLine(), attempts);
                entries.add(new ManifestRowTable.Entry(row, isNew));
            }
        }
        return entries;
    }

    /** What stands is told as it was, with the status that the service gave it then. */
    private Map<String, ManifestRow> earlierRows(Run run, List<? extends SettledTask> tasks) {
        List<String> begun = tasks.stream()
                .map(SettledTask::task)
                .filter(task -> !task.settled().isEmpty())
                .map(task -> task.id().value())
                .toList();
        return begun.isEmpty()
                ? Map.of()
                : rows.latest(run.archiveId(), begun).stream()
                        .collect(Collectors.toMap(ManifestRow::sortKey, Function.identity()));
    }

    /** Counts the tasks of a run whose publication has not begun. */
    public Counts counts(RunId run) {
        Map<String, Long> states = new HashMap<>();
        AtomicLong named = new AtomicLong();
        jdbc.query(
                "SELECT state, COUNT(*), COUNT(input_line) FROM run_task WHERE run_id = ? GROUP BY state",
                row -> {
                    states.put(row.getString(1), row.getLong(2));
                    named.addAndGet(row.getLong(3));
                },
                run.value());
        long rows = states.values().stream().mapToLong(Long::longValue).sum();
        long archived = count("SELECT COALESCE(archived_before, 0) FROM run WHERE run_id = ?", run.value());
        long left = count("SELECT COALESCE(not_taken, 0) FROM run WHERE run_id = ?", run.value());
        return new Counts(
                rows + archived + left,
                states.getOrDefault(State.TODO.name(), 0L),
                archived,
                states.getOrDefault(State.LISTED.name(), 0L),
                left + states.getOrDefault(State.LEFT.name(), 0L),
                rows - named.get());
    }

    private long count(String sql, Object... arguments) {
        Long count = jdbc.queryForObject(sql, Long.class, arguments);
        return count == null ? 0 : count;
    }

    static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
