package org.mediaarchiver.ledger;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.TaskState;
import org.springframework.jdbc.core.JdbcTemplate;

/** Where every task stands that any run has dealt with. */
final class LedgerTable {
    private final JdbcTemplate jdbc;

    LedgerTable(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A task and where it stands.
     *
     * @param isKnown whether the ledger has the task already
     */
    record Entry(String task, Standing standing, boolean isKnown) {}

    /** Returns where these tasks stand, by id; those are left out that no run has dealt with. */
    Map<String, Standing> of(int archiveId, Collection<String> ids) {
        Map<String, Standing> standings = new HashMap<>();
        jdbc.query(
                "SELECT l.task_id, l.state, l.attempts, l.failures, l.pending_since FROM " + Ids.TABLE
                        + " JOIN ledger l ON l.archive_id = ? AND l.task_id = c.id",
                Ids.then(ids, archiveId),
                row -> {
                    standings.put(
                            row.getString(1),
                            new Standing(
                                    TaskState.valueOf(row.getString(2)),
                                    row.getInt(3),
                                    row.getInt(4),
                                    ManifestRowTable.instant(row, 5)));
                });
        return standings;
    }

    /** Writes where tasks stand after a run whose rows tell of their objects. */
    void write(Run run, List<Entry> entries) {
        Map<Boolean, List<Entry>> byKnown = entries.stream().collect(Collectors.partitioningBy(Entry::isKnown));
        // A task that was repaired stays in the line of runs that it is in.
        jdbc.batchUpdate(
                "UPDATE ledger SET job = COALESCE(CAST(? AS VARCHAR(128)), job), state = ?, attempts = ?, failures = ?,"
                        + " pending_since = ?, run_id = ? WHERE archive_id = ? AND task_id = ?",
                columns(run, run.isRepair() ? null : run.job(), byKnown.getOrDefault(true, List.of())));
        jdbc.batchUpdate(
                "INSERT INTO ledger (job, state, attempts, failures, pending_since, run_id, archive_id, task_id)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                columns(run, run.job(), byKnown.getOrDefault(false, List.of())));
    }

    private static List<@Nullable Object[]> columns(Run run, @Nullable String job, List<Entry> entries) {
        return entries.stream()
                .map(entry -> new @Nullable Object[] {
                    job,
                    entry.standing().state().name(),
                    entry.standing().attempts(),
                    entry.standing().failures(),
                    TaskTable.utc(entry.standing().pendingSince()),
                    run.id().value(),
                    run.archiveId(),
                    entry.task()
                })
                .toList();
    }

    /** Returns how many tasks of an archive stand in each state. */
    Map<TaskState, Long> counts(int archiveId) {
        Map<TaskState, Long> counts = new HashMap<>();
        jdbc.query(
                "SELECT state, COUNT(*) FROM ledger WHERE archive_id = ? GROUP BY state",
                row -> {
                    counts.put(TaskState.valueOf(row.getString(1)), row.getLong(2));
                },
                archiveId);
        return counts;
    }
}
