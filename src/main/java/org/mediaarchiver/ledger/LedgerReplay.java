package org.mediaarchiver.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Makes the ledger of an archive anew: it is told what became of the tasks, run by run, the oldest first.
 *
 * <p>The rules are those by which a run at work writes the ledger. Every method is to be called in a transaction.
 */
public final class LedgerReplay {
    /** HSQLDB keeps what a transaction has changed in memory. */
    private static final int AT_ONCE = 10_000;

    private final JdbcTemplate jdbc;
    private final LedgerTable ledger;
    private final ManifestRowTable rows;

    public LedgerReplay(JdbcTemplate jdbc, ManifestRowTable rows) {
        this.jdbc = jdbc;
        this.ledger = new LedgerTable(jdbc);
        this.rows = rows;
    }

    /** Forgets where some thousands of an archive's tasks stand, and returns whether any are left. */
    public boolean forgetSome(int archiveId) {
        return deleteSome("ledger", "archive_id", archiveId, "task_id");
    }

    /**
     * Forgets some thousands of the rows that are kept of a run, and in the end the run.
     *
     * @return whether anything is left
     */
    public boolean forgetSome(RunId run) {
        if (deleteSome("manifest_row", "run_id", run.value(), "row_key")
                || deleteSome("run_task", "run_id", run.value(), "place")
                || deleteSome("damaged_object", "run_id", run.value(), "row_key")
                || deleteSome("rejected_line", "run_id", run.value(), "input_line")) {
            return true;
        }
        jdbc.update("DELETE FROM run WHERE run_id = ?", run.value());
        return false;
    }

    private boolean deleteSome(String table, String ownerColumn, Object owner, String orderColumn) {
        List<Object> last = jdbc.query(
                "SELECT " + orderColumn + " FROM " + table + " WHERE " + ownerColumn + " = ? ORDER BY " + ownerColumn
                        + ", " + orderColumn + " LIMIT 1 OFFSET " + (AT_ONCE - 1),
                (row, number) -> Objects.requireNonNull(row.getObject(1)),
                owner);
        String delete = "DELETE FROM " + table + " WHERE " + ownerColumn + " = ?";
        if (last.isEmpty()) {
            jdbc.update(delete, owner);
            return false;
        }
        jdbc.update(delete + " AND " + orderColumn + " <= ?", owner, last.getFirst());
        return true;
    }

    /** Keeps rows of a run that another database has made. */
    public void keep(List<ManifestRow> told) {
        rows.insert(told.stream()
                .map(row -> new ManifestRowTable.Entry(row, row.reason() != Reason.ALREADY_STORED))
                .toList());
    }

    /**
     * Tells what became of tasks in a run.
     *
     * @param ended when that was, or later
     * @param told rows of the run: all that it has of each task
     */
    public void tell(Run run, Instant ended, List<ManifestRow> told) {
        Map<String, List<ManifestRow>> byTask = told.stream()
                .collect(Collectors.groupingBy(
                        row -> row.taskId().value(), LinkedHashMap::new, Collectors.toUnmodifiableList()));
        Map<String, Standing> standings = ledger.of(run.archiveId(), byTask.keySet());
        Map<String, ManifestRow> earlier = run.isRepair() ? earlier(run, byTask.keySet()) : Map.of();
        List<LedgerTable.Entry> news = new ArrayList<>();
        byTask.forEach((task, ofTask) -> {
            if (ofTask.size() == Role.values().length) {
                Standing before = standings.get(task);
                Standing after = run.isRepair()
                        ? repaired(ended, ofTask, before, earlier)
                        : after(ended, ofTask, before, Standing.failures(run.options(), failures(before)));
                if (before == null || run.isRepair() || isNews(before, after, ofTask)) {
                    news.add(new LedgerTable.Entry(task, after, before != null));
                }
            }
        });
        ledger.write(run, news);
    }

    /**
     * A run lists what earlier ones settled without having tried it. And where two databases have archived into one bucket, a task
     * that one of them has archived may be lost to the other.
     */
    private static boolean isNews(Standing before, Standing after, List<ManifestRow> told) {
        boolean wasTried = after.attempts() > before.attempts();
        if (before.state() == TaskState.ARCHIVED || after.state() == TaskState.ARCHIVED) {
            return before.state() != TaskState.ARCHIVED || (wasTried && after.state() == TaskState.ARCHIVED);
        }
        return wasTried || told.stream().anyMatch(row -> row.reason() == Reason.RUN_STOPPED);
    }

    private static Standing after(Instant ended, List<ManifestRow> told, @Nullable Standing before, int failures) {
        return Standing.after(settled(told, before, failures, List.of(), List.of()), ended);
    }

    private static int failures(@Nullable Standing before) {
        return before == null ? 0 : before.failures();
    }

    private Map<String, ManifestRow> earlier(Run run, Collection<String> tasks) {
        return rows.latest(run.archiveId(), tasks).stream()
                .collect(Collectors.toMap(ManifestRow::sortKey, Function.identity()));
    }

    /** A repair lists what it has not touched as stored already; the rest of what was stored was damaged. */
    private static Standing repaired(
            Instant ended, List<ManifestRow> told, @Nullable Standing before, Map<String, ManifestRow> earlier) {
        List<Stored> damaged = new ArrayList<>();
        List<ObjectOutcome> untouched = new ArrayList<>();
        for (ManifestRow row : told) {
            ManifestRow was = earlier.get(row.sortKey());
            if (was != null && was.status() == Status.STORED && row.reason() != Reason.ALREADY_STORED) {
                damaged.add((Stored) EarlierRow.settled(was));
            } else {
                untouched.add(EarlierRow.settled(row));
            }
        }
        Standing after = Standing.after(settled(told, before, failures(before), untouched, damaged), ended);
        // What an earlier repair did not get back has no digest in its rows any more, and is as lost as it was.
        boolean isLostStill = before != null && before.state() == TaskState.FAILED && after.state() == TaskState.OPEN;
        return isLostStill
                ? new Standing(TaskState.FAILED, after.attempts(), after.failures(), after.pendingSince())
                : after;
    }

    private static SettledTask settled(
            List<ManifestRow> told,
            @Nullable Standing before,
            int failures,
            List<ObjectOutcome> untouched,
            List<Stored> damaged) {
        TaskId task = told.getFirst().taskId();
        boolean wasTried = told.stream().noneMatch(row -> row.reason() == Reason.RUN_STOPPED);
        OpenTask open = new OpenTask(
                task,
                0,
                null,
                before == null ? null : before.state(),
                told.getFirst().attempts() - (wasTried ? 1 : 0),
                failures,
                before == null ? null : before.pendingSince(),
                untouched,
                damaged);
        return new SettledTask(
                open,
                new TaskOutcome(
                        task, null, told.stream().map(EarlierRow::settled).toList()));
    }

    /** Returns how many tasks of an archive stand in each state; none has no entry. */
    public Map<TaskState, Long> counts(int archiveId) {
        return ledger.counts(archiveId);
    }
}
