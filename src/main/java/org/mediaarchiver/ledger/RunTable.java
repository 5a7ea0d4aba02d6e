package org.mediaarchiver.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunFacts.Options.Flag;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Text;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The runs that this database knows, and the chain that they form. */
public final class RunTable {
    private static final String COLUMNS = "run_id, archive_id, job, started_at, column_name, task_limit, retry_failed,"
            + " full_manifest, input_name, input_sha256, input_bytes";

    private final JdbcClient jdbc;

    public RunTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A run as a listing shows it.
     *
     * @param finishedAt null where it is not finished
     * @param tasks how many it has, null where it is not finished
     * @param previous the run before it in the chain, null for the first and where it has no place yet
     * @param runJsonSha256 null where it is not published
     */
    public record Listed(
            Run run,
            Run.State state,
            @Nullable Instant finishedAt,
            @Nullable Long tasks,
            @Nullable RunId previous,
            @Nullable Sha256 runJsonSha256) {}

    /**
     * What is fixed when a run is published for the first time, so that publishing again gives the same bytes.
     *
     * @param previous the run before it in the chain
     * @param tasks of which none is to do any more
     */
    public record Publication(
            RunFacts.@Nullable Previous previous,
            Instant finishedAt,
            long inputLines,
            long duplicates,
            TaskTable.Counts tasks) {}

    /** Enters a new run. */
    public void insert(Run run) {
        Run.Input input = run.input();
        jdbc.sql("INSERT INTO run (" + COLUMNS + ", state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .param(run.id().value())
                .param(run.archiveId())
                .param(run.job())
                .param(TaskTable.utc(run.startedAt()))
                .param(run.options().column())
                .param(run.options().limit())
                .param(run.options().retryFailed())
                .param(run.options().fullManifest())
                .param(input == null ? null : input.name())
                .param(input == null ? null : input.sha256().hex())
                .param(input == null ? null : input.bytes())
                .param(Run.State.STARTED.name())
                .update();
    }

    /** Returns the runs of a job that are not published yet, the oldest first. */
    public List<Run> unfinished(int archiveId, String job) {
        return jdbc.sql("SELECT " + COLUMNS + " FROM run WHERE archive_id = ? AND job = ? AND state <> 'PUBLISHED'"
                        + " ORDER BY started_at, run_id")
                .params(archiveId, job)
                .query(RUN)
                .list();
    }

    /** Returns the runs of a job whose publication was begun and not ended, in the order of the chain. */
    public List<Run> publishing(int archiveId, String job) {
        return jdbc.sql("SELECT " + COLUMNS + " FROM run WHERE archive_id = ? AND job = ? AND state = 'PUBLISHING'"
                        + " ORDER BY chain_position")
                .params(archiveId, job)
                .query(RUN)
                .list();
    }

    /**
     * Returns the first of the runs whose publication was begun before that of this one and is not ended: no run may be published
     * before the one that it names as its predecessor.
     *
     * <p>Until the transaction ends, no other run of the archive begins to be published.
     */
    public Optional<Run> ahead(Run run) {
        jdbc.sql(ArchiveTable.LOCK).param(run.archiveId()).query(Integer.class).single();
        return jdbc.sql("SELECT " + COLUMNS + " FROM run WHERE archive_id = ? AND state = 'PUBLISHING' AND run_id <> ?"
                        + " AND chain_position < COALESCE((SELECT chain_position FROM run WHERE run_id = ?), ?)"
                        + " ORDER BY chain_position LIMIT 1")
                .params(run.archiveId(), run.id().value(), run.id().value(), Long.MAX_VALUE)
                .query(RUN)
                .optional();
    }

    /** Returns all runs, the newest first. */
    public List<Listed> all() {
        return jdbc.sql("SELECT " + COLUMNS + ", state, finished_at, tasks, previous_run_id, run_json_sha256 FROM run"
                        + " ORDER BY started_at DESC, run_id DESC")
                .query((row, number) -> {
                    String previous = row.getString("previous_run_id");
                    String digest = row.getString("run_json_sha256");
                    return new Listed(
                            run(row),
                            Run.State.valueOf(row.getString("state")),
                            ManifestRowTable.instant(row, row.findColumn("finished_at")),
                            row.getObject("tasks", Long.class),
                            previous == null ? null : new RunId(previous),
                            digest == null ? null : new Sha256(digest));
                })
                .list();
    }

    /**
     * Enters a run that another database has published, as its files tell of it.
     *
     * <p>It counts as begun until {@link #published} says otherwise. What it was told beside what its files tell is lost: nobody
     * resumes it.
     */
    public Run enter(RunFacts facts, int archiveId) {
        RunFacts.Input input = facts.input();
        Set<Flag> flags = facts.options().flags();
        Run run = new Run(
                facts.runId(),
                archiveId,
                facts.job(),
                facts.startedAt(),
                input == null ? null : new Run.Input(Text.cut(input.name(), 4096), input.bytes(), input.sha256()),
                new Run.Options(
                        "task_id",
                        facts.options().limit(),
                        flags.contains(Flag.RETRY_FAILED),
                        flags.contains(Flag.FULL_MANIFEST)));
        insert(run);
        RunFacts.Previous previous = facts.previous();
        jdbc.sql("UPDATE run SET finished_at = ?, input_lines = ?, duplicates = ?, previous_run_id = ?,"
                        + " previous_run_json_sha256 = ?, tasks = ?, archived_before = ?, listed = 0, not_taken = ?,"
                        + " carried_over = ? WHERE run_id = ?")
                .param(TaskTable.utc(facts.finishedAt()))
                .param(input == null ? 0 : input.lines())
                .param(input == null ? 0 : input.duplicates())
                .param(previous == null ? null : previous.runId().value())
                .param(previous == null ? null : previous.runJsonSha256().hex())
                .param(facts.counts().carriedOver() + (input == null ? 0 : input.tasks()))
                .param(facts.counts().alreadyArchived())
                .param(facts.counts().notTaken())
                .param(facts.counts().carriedOver())
                .param(run.id().value())
                .update();
        return run;
    }

    /** Gives a run its place in the chain of its archive; the first is 1. */
    public void place(RunId run, long position) {
        jdbc.sql("UPDATE run SET chain_position = ? WHERE run_id = ?")
                .params(position, run.value())
                .update();
    }

    /** Adds to the number of lines that named a task once more. */
    public void countDuplicates(RunId run, int more) {
        jdbc.sql("UPDATE run SET duplicates = duplicates + ? WHERE run_id = ?")
                .params(more, run.value())
                .update();
    }

    /** Notes how many physical lines the input has. */
    public void countLines(RunId run, long lines) {
        jdbc.sql("UPDATE run SET input_lines = ? WHERE run_id = ?")
                .params(lines, run.value())
                .update();
    }

    /** Gives the run its place in the chain, its end and its counts, once: a run that is published again keeps them. */
    public Publication beginPublication(Run run, TaskTable.Counts tasks, Instant now) {
        jdbc.sql("UPDATE run SET state = 'PUBLISHING', finished_at = ?, tasks = ?, archived_before = ?, listed = ?,"
                        + " not_taken = ?, carried_over = ?,"
                        + " chain_position = (SELECT COALESCE(MAX(chain_position), 0) + 1 FROM run WHERE archive_id = ?)"
                        + " WHERE run_id = ? AND state = 'STARTED'")
                .param(TaskTable.utc(now))
                .param(tasks.tasks())
                .param(tasks.archivedBefore())
                .param(tasks.listed())
                .param(tasks.notTaken())
                .param(tasks.carriedOver())
                .param(run.archiveId())
                .param(run.id().value())
                .update();
        jdbc.sql("SELECT run_id, run_json_sha256 FROM run WHERE archive_id = ? AND state = 'PUBLISHED'"
                        + " AND chain_position < (SELECT chain_position FROM run WHERE run_id = ?)"
                        + " ORDER BY chain_position DESC LIMIT 1")
                .params(run.archiveId(), run.id().value())
                .query((row, number) -> new String[] {row.getString(1), row.getString(2)})
                .optional()
                .ifPresent(previous -> jdbc.sql("UPDATE run SET previous_run_id = ?, previous_run_json_sha256 = ?"
                                + " WHERE run_id = ? AND previous_run_id IS NULL")
                        .params(previous[0], previous[1], run.id().value())
                        .update());
        return publication(run.id());
    }

    /** Returns what was fixed when the run was first published. */
    public Publication publication(RunId run) {
        return jdbc.sql("SELECT previous_run_id, previous_run_json_sha256, finished_at, input_lines, duplicates,"
                        + " tasks, archived_before, listed, not_taken, carried_over FROM run WHERE run_id = ?")
                .param(run.value())
                .query((row, number) -> {
                    String previous = row.getString(1);
                    Instant finishedAt = ManifestRowTable.instant(row, 3);
                    if (finishedAt == null) {
                        throw new IllegalStateException("run " + run + " is not being published");
                    }
                    return new Publication(
                            previous == null
                                    ? null
                                    : new RunFacts.Previous(new RunId(previous), new Sha256(row.getString(2))),
                            finishedAt,
                            row.getLong(4),
                            row.getLong(5),
                            new TaskTable.Counts(
                                    row.getLong(6),
                                    0,
                                    row.getLong(7),
                                    row.getLong(8),
                                    row.getLong(9),
                                    row.getLong(10)));
                })
                .single();
    }

    /** Closes the run: its commit mark is in the bucket. */
    public void published(RunId run, Sha256 runJson) {
        jdbc.sql("UPDATE run SET state = 'PUBLISHED', run_json_sha256 = ? WHERE run_id = ?")
                .params(runJson.hex(), run.value())
                .update();
    }

    /** Tells whether the run is known and its commit mark is in the bucket. */
    public boolean isPublished(RunId run) {
        return state(run).filter(state -> state == Run.State.PUBLISHED).isPresent();
    }

    /** Tells whether the run is known and not published yet. */
    public boolean isUnfinished(RunId run) {
        return state(run).filter(state -> state != Run.State.PUBLISHED).isPresent();
    }

    private Optional<Run.State> state(RunId run) {
        return jdbc.sql("SELECT state FROM run WHERE run_id = ?")
                .param(run.value())
                .query(String.class)
                .optional()
                .map(Run.State::valueOf);
    }

    /** Returns the digest of a published run's {@code run.json}. */
    public Sha256 runJson(RunId run) {
        return jdbc.sql("SELECT run_json_sha256 FROM run WHERE run_id = ?")
                .param(run.value())
                .query((row, number) -> new Sha256(row.getString(1)))
                .single();
    }

    private static final RowMapper<Run> RUN = (row, number) -> run(row);

    private static Run run(ResultSet row) throws SQLException {
        String inputName = row.getString("input_name");
        Instant startedAt = ManifestRowTable.instant(row, row.findColumn("started_at"));
        if (startedAt == null) {
            throw new IllegalStateException("a run has a start");
        }
        return new Run(
                new RunId(row.getString("run_id")),
                row.getInt("archive_id"),
                row.getString("job"),
                startedAt,
                inputName == null
                        ? null
                        : new Run.Input(
                                inputName, row.getLong("input_bytes"), new Sha256(row.getString("input_sha256"))),
                new Run.Options(
                        row.getString("column_name"),
                        row.getObject("task_limit", Long.class),
                        row.getBoolean("retry_failed"),
                        row.getBoolean("full_manifest")));
    }
}
