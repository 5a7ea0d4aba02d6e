package org.mediaarchiver.batch;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcUtils;

/**
 * An advisory lock of PostgreSQL, on a connection of its own that lives as long as the lock.
 *
 * <p>The server gives the lock up when that connection ends: at once where the process ends, and a minute after a machine or
 * network has vanished without a word. A process that lost its connection takes the lock again, where nobody else had it
 * meanwhile; the turn tells, which grows with every process that takes the lock. It is read in every transaction that commits
 * something, and nobody can take the lock before that transaction has ended.
 *
 * <p>For use by one thread at a time.
 */
final class PostgresJobLock implements JobLock {
    private static final Logger log = LoggerFactory.getLogger(PostgresJobLock.class);
    private static final int ANSWER_SECONDS = 5;

    /** The server does not end the session for being idle, and finds out within a minute that its other end has vanished. */
    private static final String SESSION = "SET idle_session_timeout = 0; SET tcp_keepalives_idle = 30;"
            + " SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";

    private static final String KEY = "hashtextextended('media-archiver ' || ?::text || ' ' || ?, 0)";

    private final HikariDataSource pool;
    private final JdbcTemplate jdbc;
    private final InstantSource clock;
    private @Nullable Connection session;
    private @Nullable Held held;

    /** A lock that this process has, as long as nobody else has had a turn. */
    private record Held(int archiveId, String job, long turn) {}

    /** @param pool whose server is to keep the lock, and whose connections do the work */
    PostgresJobLock(HikariDataSource pool, JdbcTemplate jdbc, InstantSource clock) {
        this.pool = pool;
        this.jdbc = jdbc;
        this.clock = clock;
    }

    @Override
    public void take(int archiveId, String job) {
        if (isHeldHere(archiveId, job)) {
            return;
        }
        close();
        if (!job.equals(LEDGER) && isHeldElsewhere(archiveId, LEDGER)) {
            throw locked(archiveId, LEDGER, "");
        }
        try {
            Connection opened = connect();
            if (!tryLock(opened, archiveId, job)) {
                close();
                throw locked(archiveId, job, ", or give this one another --job");
            }
            held = new Held(archiveId, job, nextTurn(opened, archiveId, job));
        } catch (SQLException e) {
            throw new DataAccessResourceFailureException("the lock of a job cannot be taken", e);
        }
    }

    private Home.LockedException locked(int archiveId, String job, String orElse) {
        String holder = holder(archiveId, job);
        return new Home.LockedException(
                "Another run works on job " + job + " (" + holder + "). Wait until it has ended" + orElse + ".",
                holder);
    }

    private boolean isHeldHere(int archiveId, String job) {
        Held mine = held;
        return mine != null && mine.archiveId() == archiveId && mine.job().equals(job);
    }

    /** Not one of the pool's, which gives up its connections after a while. */
    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.putAll(pool.getDataSourceProperties());
        if (pool.getUsername() != null) {
            properties.setProperty("user", pool.getUsername());
        }
        if (pool.getPassword() != null) {
            properties.setProperty("password", pool.getPassword());
        }
        Connection opened = DriverManager.getConnection(pool.getJdbcUrl(), properties);
        session = opened;
        try (Statement settings = opened.createStatement()) {
            settings.execute(SESSION);
        }
        return opened;
    }

    private static boolean tryLock(Connection session, int archiveId, String job) throws SQLException {
        try (PreparedStatement lock = session.prepareStatement("SELECT pg_try_advisory_lock(" + KEY + ")")) {
            lock.setInt(1, archiveId);
            lock.setString(2, job);
            try (ResultSet answer = lock.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        }
    }

    private long nextTurn(Connection session, int archiveId, String job) throws SQLException {
        try (PreparedStatement next = session.prepareStatement(
                "INSERT INTO job_lock (archive_id, job, turn, holder) VALUES (?, ?, 1, ?) ON CONFLICT (archive_id, job)"
                        + " DO UPDATE SET turn = job_lock.turn + 1, holder = EXCLUDED.holder RETURNING turn")) {
            next.setInt(1, archiveId);
            next.setString(2, job);
            next.setString(3, Holder.since(clock.instant()));
            try (ResultSet row = next.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private String holder(int archiveId, String job) {
        String who = jdbc
                .queryForList(
                        "SELECT holder FROM job_lock WHERE archive_id = ? AND job = ?", String.class, archiveId, job)
                .stream()
                .findFirst()
                .orElse("a process that has only just begun");
        return jdbc
                .queryForList(
                        "SELECT run_id FROM run WHERE archive_id = ? AND job = ? AND state <> 'PUBLISHED'"
                                + " ORDER BY started_at LIMIT 1",
                        String.class,
                        archiveId,
                        job)
                .stream()
                .findFirst()
                .map(run -> who + ", at run " + run)
                .orElse(who);
    }

    @Override
    public void requireHeld() {
        Held mine = held;
        if (mine == null) {
            throw new IllegalStateException("no lock was taken");
        }
        Long turn = jdbc.queryForObject(
                "SELECT turn FROM job_lock WHERE archive_id = ? AND job = ? FOR SHARE",
                Long.class,
                mine.archiveId(),
                mine.job());
        if (turn == null || turn != mine.turn()) {
            throw new StopException(
                    "This run's connection to the database was lost, and another one has gone on with job "
                            + mine.job() + " since (" + holder(mine.archiveId(), mine.job())
                            + "). Nothing is lost: wait until that one has ended.");
        }
        if (!isConnected()) {
            takeAgain(mine);
        }
    }

    private boolean isConnected() {
        Connection opened = session;
        try {
            return opened != null && opened.isValid(ANSWER_SECONDS);
        } catch (SQLException e) {
            throw new IllegalStateException("isValid takes " + ANSWER_SECONDS + " seconds", e);
        }
    }

    /** Nobody has had a turn meanwhile, and nobody gets one before the transaction at hand has ended: it holds the row. */
    private void takeAgain(Held mine) {
        disconnect();
        try {
            // Where the server does not know yet that the old connection is gone, the next transaction tries again.
            if (tryLock(connect(), mine.archiveId(), mine.job())) {
                log.info("The connection that held the lock of job {} was lost; the lock was taken again", mine.job());
            } else {
                disconnect();
            }
        } catch (SQLException e) {
            log.debug("The lock of job {} is not taken again yet", mine.job(), e);
            disconnect();
        }
    }

    @Override
    public void requireAlone(int archiveId) {
        List<String> jobs = jdbc.query(
                "SELECT job FROM job_lock WHERE archive_id = ?", (row, number) -> row.getString(1), archiveId);
        for (String job : jobs) {
            if (isHeldElsewhere(archiveId, job)) {
                throw locked(archiveId, job, "");
            }
        }
        jdbc.update(
                "UPDATE job_lock SET turn = turn + 1, holder = ? WHERE archive_id = ? AND job <> ?",
                Holder.since(clock.instant()),
                archiveId,
                LEDGER);
    }

    @Override
    public boolean isHeldElsewhere(int archiveId, String job) {
        if (isHeldHere(archiveId, job)) {
            return false;
        }
        Long holders = jdbc.queryForObject(
                "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
                        + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                        + " AND (classid::bigint << 32 | objid::bigint) = " + KEY,
                Long.class,
                archiveId,
                job);
        return holders != null && holders > 0;
    }

    @Override
    public void close() {
        held = null;
        giveUp();
        disconnect();
    }

    /** A server notices some time after its end that a connection is gone, and whoever comes next need not wait for that. */
    private void giveUp() {
        Connection opened = session;
        if (opened == null) {
            return;
        }
        try (Statement statement = opened.createStatement()) {
            opened.setNetworkTimeout(Runnable::run, (int) TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
            statement.execute("SELECT pg_advisory_unlock_all()");
        } catch (SQLException e) {
            log.debug("The lock of a job is given up by the end of its connection alone", e);
        }
    }

    private void disconnect() {
        Connection opened = session;
        session = null;
        JdbcUtils.closeConnection(opened);
    }
}
