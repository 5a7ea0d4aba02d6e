package org.mediaarchiver.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.domain.VerifyMethod;
import org.springframework.jdbc.core.JdbcTemplate;

/** The rows of the manifests of all runs. */
public final class ManifestRowTable {
    private static final int PAGE = 1000;
    private static final String COLUMNS =
            "run_id, input_line, task_id, role, status, reason, attempts, bucket, object_key,"
                    + " version_id, size_bytes, sha256, content_type, etag, store_checksum, source_url, source_url_sha256,"
                    + " work_status, fetched_at, stored_at, verify_method, error_detail";
    private static final String INSERT = "INSERT INTO manifest_row (" + COLUMNS + ", row_key, is_new) VALUES ("
            + "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final JdbcTemplate jdbc;

    public ManifestRowTable(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A row as it is kept.
     *
     * @param row as the manifest shows it
     * @param isNew false where an earlier run settled it
     */
    record Entry(ManifestRow row, boolean isNew) {}

    /**
     * Rows that are alike.
     *
     * @param reason null where objects were stored anew
     * @param isNew false where earlier runs settled them
     * @param bytes total size of those that are stored
     */
    public record Tally(Status status, @Nullable Reason reason, boolean isNew, long rows, long bytes) {}

    void insert(List<Entry> entries) {
        jdbc.batchUpdate(INSERT, entries.stream().map(ManifestRowTable::columns).toList());
    }

    /** Returns the rows of a run in their order; they are read in pages, as the stream is. */
    public Stream<ManifestRow> rows(RunId run) {
        Iterator<ManifestRow> pages = new Pages(run);
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(pages, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    /** Returns all rows that a run has of these tasks. */
    List<ManifestRow> ofTasks(RunId run, Collection<String> tasks) {
        List<String> keys = tasks.stream()
                .flatMap(task -> Stream.of(Role.values()).map(role -> ManifestRow.sortKey(new TaskId(task), role)))
                .toList();
        return jdbc.query(
                "SELECT " + COLUMNS + " FROM " + Ids.TABLE + " JOIN manifest_row ON run_id = ? AND row_key = c.id",
                Ids.then(keys, run.value()),
                (row, number) -> row(row));
    }

    /** Returns the rows of the run that last dealt with each of the tasks. */
    List<ManifestRow> latest(int archiveId, Collection<String> ids) {
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
        byRun.forEach((run, tasks) -> latest.addAll(ofTasks(new RunId(run), tasks)));
        return latest;
    }

    /**
     * Returns the newest row that tells of an object as stored under this key, of whatever run of the archive.
     *
     * <p>It looks at every run, so it is for the few objects of which {@link #latest} does not tell.
     */
    Optional<ManifestRow> newestStored(int archiveId, TaskId task, Role role, String key) {
        List<RunId> newest = jdbc.query(
                "SELECT m.run_id FROM run r JOIN manifest_row m ON m.run_id = r.run_id AND m.row_key = ?"
                        + " WHERE r.archive_id = ? AND m.status = 'STORED' AND m.object_key = ?"
                        + " ORDER BY m.run_id DESC LIMIT 1",
                (row, number) -> new RunId(row.getString(1)),
                ManifestRow.sortKey(task, role),
                archiveId,
                key);
        return newest.stream()
                .flatMap(run -> ofTasks(run, List.of(task.value())).stream())
                .filter(row -> row.role() == role)
                .findFirst();
    }

    /** Counts the rows of a run by status and reason. */
    public List<Tally> tally(RunId run) {
        return jdbc.query(
                "SELECT status, reason, is_new, COUNT(*), SUM(size_bytes) FROM manifest_row WHERE run_id = ?"
                        + " GROUP BY status, reason, is_new ORDER BY status, reason NULLS FIRST, is_new",
                (row, number) -> new Tally(
                        Status.valueOf(row.getString(1)),
                        word(Reason.class, row.getString(2)),
                        row.getBoolean(3),
                        row.getLong(4),
                        row.getLong(5)),
                run.value());
    }

    private final class Pages implements Iterator<ManifestRow> {
        private final RunId run;
        private Iterator<ManifestRow> page = List.<ManifestRow>of().iterator();
        private String last = "";
        private boolean more = true;

        Pages(RunId run) {
            this.run = run;
        }

        @Override
        public boolean hasNext() {
            if (!page.hasNext() && more) {
                List<ManifestRow> rows = jdbc.query(
                        "SELECT " + COLUMNS + " FROM manifest_row WHERE run_id = ? AND row_key > ?"
                                + " ORDER BY run_id, row_key LIMIT " + PAGE,
                        (row, number) -> row(row),
                        run.value(),
                        last);
                more = rows.size() == PAGE;
                page = rows.iterator();
            }
            return page.hasNext();
        }

        @Override
        public ManifestRow next() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            ManifestRow row = page.next();
            last = row.sortKey();
            return row;
        }
    }

    private static @Nullable Object[] columns(Entry entry) {
        ManifestRow row = entry.row();
        List<@Nullable Object> columns = new ArrayList<>();
        columns.add(row.runId().value());
        columns.add(row.inputLine());
        columns.add(row.taskId().value());
        columns.add(row.role().name());
        columns.add(row.status().name());
        columns.add(name(row.reason()));
        columns.add(row.attempts());
        columns.add(row.bucket());
        columns.add(row.key());
        columns.add(cut(row.versionId(), 1024));
        columns.add(row.sizeBytes());
        columns.add(hex(row.sha256()));
        columns.add(row.contentType());
        columns.add(cut(row.etag(), 255));
        columns.add(cut(row.storeChecksum(), 255));
        columns.add(row.sourceUrl());
        columns.add(hex(row.sourceUrlSha256()));
        columns.add(row.workStatus());
        columns.add(TaskTable.utc(row.fetchedAt()));
        columns.add(TaskTable.utc(row.storedAt()));
        columns.add(name(row.verifyMethod()));
        columns.add(row.errorDetail());
        columns.add(row.sortKey());
        columns.add(entry.isNew());
        return columns.toArray();
    }

    private static ManifestRow row(ResultSet row) throws SQLException {
        return new ManifestRow(
                new RunId(row.getString("run_id")),
                row.getObject("input_line", Long.class),
                new TaskId(row.getString("task_id")),
                Role.valueOf(row.getString("role")),
                Status.valueOf(row.getString("status")),
                word(Reason.class, row.getString("reason")),
                row.getInt("attempts"),
                row.getString("bucket"),
                row.getString("object_key"),
                row.getString("version_id"),
                row.getObject("size_bytes", Long.class),
                digest(row.getString("sha256")),
                row.getString("content_type"),
                row.getString("etag"),
                row.getString("store_checksum"),
                row.getString("source_url"),
                digest(row.getString("source_url_sha256")),
                row.getString("work_status"),
                instant(row, row.findColumn("fetched_at")),
                instant(row, row.findColumn("stored_at")),
                word(VerifyMethod.class, row.getString("verify_method")),
                row.getString("error_detail"));
    }

    static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** A store may say what it likes: what does not fit must not keep the run from ending. */
    private static @Nullable String cut(@Nullable String text, int limit) {
        return text == null ? null : Text.cut(text, limit);
    }

    private static @Nullable String name(@Nullable Enum<?> word) {
        return word == null ? null : word.name();
    }

    private static <E extends Enum<E>> @Nullable E word(Class<E> words, @Nullable String name) {
        return name == null ? null : Enum.valueOf(words, name.toUpperCase(Locale.ROOT));
    }

    private static @Nullable String hex(@Nullable Sha256 digest) {
        return digest == null ? null : digest.hex();
    }

    private static @Nullable Sha256 digest(@Nullable String hex) {
        return hex == null ? null : new Sha256(hex);
    }
}
