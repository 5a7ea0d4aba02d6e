package org.mediaarchiver.ledger;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;

/** The objects that repairs are about, and what each of them must be: the newest row tells that speaks of it as stored. */
public final class DamageTable {
    private final JdbcTemplate jdbc;
    private final ManifestRowTable rows;

    public DamageTable(JdbcTemplate jdbc, ManifestRowTable rows) {
        this.jdbc = jdbc;
        this.rows = rows;
    }

    /**
     * An object that an audit found missing or changed.
     *
     * @param line of the findings
     * @param key its whole key
     */
    public record Damage(long line, TaskId task, Role role, String key) {
        private String sortKey() {
            return ManifestRow.sortKey(task, role);
        }
    }

    /** Returns what these objects must be; those are left out of which the ledger does not tell, or tells of another key. */
    public Map<Damage, Stored> expected(int archiveId, Collection<Damage> found) {
        Map<Damage, Stored> expected = new LinkedHashMap<>();
        told(archiveId, found).forEach((damage, row) -> expected.put(damage, (Stored) EarlierRow.settled(row)));
        return expected;
    }

    private Map<Damage, ManifestRow> told(int archiveId, Collection<Damage> found) {
        Set<String> tasks = found.stream().map(damage -> damage.task().value()).collect(Collectors.toSet());
        Map<String, ManifestRow> latest = rows.latest(archiveId, tasks).stream()
                .collect(Collectors.toMap(ManifestRow::sortKey, Function.identity()));
        Map<Damage, ManifestRow> told = new LinkedHashMap<>();
        for (Damage damage : found) {
            ManifestRow row = latest.get(damage.sortKey());
            if (row == null) {
                continue;
            }
            if (row.status() != Status.STORED) {
                // An earlier repair has found that it is lost, and its row has no digest.
                rows.newestStored(archiveId, damage.task(), damage.role(), damage.key())
                        .ifPresent(earlier -> told.put(damage, earlier));
            } else if (damage.key().equals(row.key())) {
                told.put(damage, row);
            }
        }
        return told;
    }

    /**
     * What came of damaged objects that a run was to have.
     *
     * @param first those whose tasks had no damage in the run before
     * @param untold those of which the ledger does not tell, which are not added
     */
    public record Added(List<Damage> first, List<Damage> untold) {}

    /** Adds damaged objects to a run, each once, beside their tasks. */
    public Added add(Run run, Collection<Damage> found) {
        Map<Damage, ManifestRow> told = told(run.archiveId(), found);
        Set<String> there = new HashSet<>();
        damaged(run, told.keySet().stream().map(Damage::task), row -> there.add(row.getString(2)));
        List<Damage> first = new ArrayList<>();
        List<Object[]> added = new ArrayList<>();
        told.forEach((damage, row) -> {
            if (sortKeys(damage.task()).noneMatch(there::contains)) {
                first.add(damage);
            }
            if (there.add(damage.sortKey())) {
                added.add(new Object[] {
                    run.id().value(), damage.sortKey(), row.runId().value()
                });
            }
        });
        jdbc.batchUpdate("INSERT INTO damaged_object (run_id, row_key, told_by) VALUES (?, ?, ?)", added);
        return new Added(
                first,
                found.stream().filter(damage -> !told.containsKey(damage)).toList());
    }

    private static Stream<String> sortKeys(TaskId task) {
        return Stream.of(Role.values()).map(role -> ManifestRow.sortKey(task, role));
    }

    /** Reads of the damaged objects of these tasks which run tells what each must be, and its sort key. */
    private void damaged(Run run, Stream<TaskId> tasks, RowCallbackHandler reader) {
        jdbc.query(
                "SELECT d.told_by, d.row_key FROM " + Ids.TABLE
                        + " JOIN damaged_object d ON d.run_id = ? AND d.row_key = c.id",
                Ids.then(
                        tasks.flatMap(DamageTable::sortKeys).collect(Collectors.toSet()),
                        run.id().value()),
                reader);
    }

    /** Returns what the damaged objects of these tasks must be, by task. */
    Map<TaskId, List<Stored>> of(Run run, List<OpenTask> tasks) {
        if (!run.isRepair() || tasks.isEmpty()) {
            return Map.of();
        }
        Map<String, Set<String>> damagedByTeller = new TreeMap<>();
        damaged(
                run,
                tasks.stream().map(OpenTask::id),
                row -> damagedByTeller
                        .computeIfAbsent(row.getString(1), teller -> new HashSet<>())
                        .add(row.getString(2)));
        Map<TaskId, List<Stored>> damaged = new HashMap<>();
        List<String> ids = tasks.stream().map(task -> task.id().value()).toList();
        damagedByTeller.forEach((teller, keysTold) -> {
            for (ManifestRow row : rows.ofTasks(new RunId(teller), ids)) {
                if (keysTold.contains(row.sortKey())) {
                    damaged.computeIfAbsent(row.taskId(), task -> new ArrayList<>())
                            .add((Stored) EarlierRow.settled(row));
                }
            }
        });
        return damaged;
    }
}
