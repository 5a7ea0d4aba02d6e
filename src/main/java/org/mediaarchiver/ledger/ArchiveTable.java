package org.mediaarchiver.ledger;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The places where objects are kept: endpoint, bucket and prefix.
 *
 * <p>Everything else in the ledger hangs on one of them: a task that is archived in one bucket is not archived in another, and a
 * home that is pointed at a new bucket begins anew there.
 */
public final class ArchiveTable {
    private final JdbcClient jdbc;

    public ArchiveTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Returns the number of this place, and gives it one where it is new. */
    public int idOf(String endpoint, String bucket, String prefix) {
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
        jdbc.sql("INSERT INTO archive (archive_id, endpoint, bucket, prefix) VALUES (?, ?, ?, ?)")
                .params(next, endpoint, bucket, prefix)
                .update();
        return next;
    }
}
