package org.mediaarchiver.ledger;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.StopException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The places where objects are kept: endpoint, bucket and prefix.
 *
 * <p>Everything else in the ledger hangs on one of them: a task that is archived in one bucket is not archived in another, and a
 * home that is pointed at a new bucket begins anew there.
 */
public final class ArchiveTable {
    /**
     * Keeps every other process from settling tasks of an archive, and from taking a place in its chain of runs, until the
     * transaction ends; its parameter is the archive's number.
     */
    static final String LOCK = "SELECT archive_id FROM archive WHERE archive_id = ? FOR UPDATE";

    private final JdbcClient jdbc;

    public ArchiveTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Returns the number of this place, and gives it one where it is new.
     *
     * <p>Not to be called in a transaction: where another process gives it one at the same time, that one is looked up.
     *
     * @throws StopException if its ledger is being made anew and that has not ended
     */
    public int idOf(String endpoint, String bucket, String prefix) {
        int id = numberOf(endpoint, bucket, prefix);
        if (isRebuilding(id)) {
            throw new StopException("The ledger of s3://" + bucket + "/" + prefix
                    + " is not whole: it is being made anew, or that was interrupted. Where nobody is at it, run 'ledger rebuild'"
                    + " again.");
        }
        return id;
    }

    /** Tells whether the ledger of a place is being made anew, or that was interrupted. */
    public boolean isRebuilding(int id) {
        return jdbc.sql("SELECT is_rebuilding FROM archive WHERE archive_id = ?")
                .param(id)
                .query(Boolean.class)
                .single();
    }

    /** Says that a ledger does not count until {@link #endRebuild}. */
    public void beginRebuild(int id) {
        setRebuilding(id, true);
    }

    /** Says that a ledger is whole. */
    public void endRebuild(int id) {
        setRebuilding(id, false);
    }

    private void setRebuilding(int id, boolean isRebuilding) {
        jdbc.sql("UPDATE archive SET is_rebuilding = ? WHERE archive_id = ?")
                .params(isRebuilding, id)
                .update();
    }

    /** Returns all places by their numbers. */
    public Map<Integer, RunFacts.Archive> all() {
        Map<Integer, RunFacts.Archive> places = new HashMap<>();
        jdbc.sql("SELECT archive_id, endpoint, bucket, prefix FROM archive").query(row -> {
            String endpoint = row.getString(2);
            places.put(
                    row.getInt(1),
                    new RunFacts.Archive(endpoint.isEmpty() ? null : endpoint, row.getString(3), row.getString(4)));
        });
        return places;
    }

    /**
     * Returns the number of this place as {@link #idOf} does, whatever is being done with its ledger.
     *
     * <p>Not to be called in a transaction either.
     */
    public int numberOf(String endpoint, String bucket, String prefix) {
        while (true) {
            Optional<Integer> known = jdbc.sql(
                            "SELECT archive_id FROM archive WHERE endpoint = ? AND bucket = ? AND prefix = ?")
                    .params(endpoint, bucket, prefix)
                    .query(Integer.class)
                    .optional();
            if (known.isPresent()) {
                return known.get();
            }
            int next = jdbc.sql("SELECT COALESCE(MAX(archive_id), 0) + 1 FROM archive")
                    .query(Integer.class)
                    .single();
            try {
                jdbc.sql("INSERT INTO archive (archive_id, endpoint, bucket, prefix) VALUES (?, ?, ?, ?)")
                        .params(next, endpoint, bucket, prefix)
                        .update();
            } catch (DuplicateKeyException e) {
                // Another process was quicker, with this place or with another one; in the end one of them gets a
                // number.
                Thread.onSpinWait();
            }
        }
    }
}
