package org.mediaarchiver.ledger;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.ledger.TaskTable.NewTask;
import org.mediaarchiver.testing.PostgresServer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/** The program's tables in a database of their own. */
public final class LedgerDatabase implements AutoCloseable {
    /** When the first run of a test begins. */
    public static final Instant START = Instant.parse("2026-11-23T02:00:00.123Z");

    private final Kind kind;
    private final HikariDataSource dataSource = new HikariDataSource();
    private final JdbcTemplate jdbc;
    private final PlatformTransactionManager transactions;
    private @Nullable TransactionStatus test;
    private int runsSoFar;

    /** The kinds of databases that the program knows. */
    public enum Kind {
        HSQLDB,
        POSTGRESQL
    }

    /**
     * Opens a new database, with the options that the program's own has.
     *
     * @param folder for those that are files
     */
    public LedgerDatabase(Kind kind, Path folder) {
        this(kind, folder, "latest");
    }

    /** @param version of the tables */
    LedgerDatabase(Kind kind, Path folder, String version) {
        this.kind = kind;
        switch (kind) {
            case HSQLDB -> {
                dataSource.setJdbcUrl("jdbc:hsqldb:file:" + folder.resolve("archiver")
                        + ";hsqldb.tx=mvcc;hsqldb.write_delay=false;hsqldb.lock_file=false"
                        + ";hsqldb.default_table_type=cached;shutdown=true");
                dataSource.setUsername("SA");
            }
            case POSTGRESQL -> {
                dataSource.setJdbcUrl(PostgresServer.newDatabase());
                dataSource.setUsername(PostgresServer.USER);
            }
        }
        dataSource.setMaximumPoolSize(4);
        migrate(version);
        jdbc = new JdbcTemplate(dataSource);
        transactions = new DataSourceTransactionManager(dataSource);
    }

    void migrate(String version) {
        Flyway.configure()
                .dataSource(dataSource)
                .locations(
                        "classpath:db/migration",
                        "classpath:db/vendor/" + kind.name().toLowerCase(Locale.ROOT))
                .target(version)
                .load()
                .migrate();
    }

    public JdbcTemplate jdbc() {
        return jdbc;
    }

    public ArchiveTable archives() {
        return new ArchiveTable(JdbcClient.create(dataSource));
    }

    public RunTable runs() {
        return new RunTable(JdbcClient.create(dataSource));
    }

    public StoreProbeTable storeProbes() {
        return new StoreProbeTable(JdbcClient.create(dataSource));
    }

    public ManifestRowTable rows() {
        return new ManifestRowTable(jdbc);
    }

    public TaskTable tasks() {
        return new TaskTable(jdbc, rows());
    }

    /** Does this in a transaction of its own, as a step does. */
    public void inTransaction(Runnable work) {
        new TransactionTemplate(transactions).executeWithoutResult(status -> work.run());
    }

    /** Begins a transaction for one test. */
    public void begins() {
        test = transactions.getTransaction(TransactionDefinition.withDefaults());
    }

    /** Takes back whatever the test did: the next one finds empty tables. */
    public void ends() {
        transactions.rollback(Objects.requireNonNull(test));
    }

    /** Begins a run, a minute after the one before it. */
    public Run begin(String bucket, String job, Run.Options options) {
        int archive = archives().idOf("", bucket, "");
        Instant start = START.plusSeconds(60L * runsSoFar++);
        Run run = new Run(
                RunId.of(start, runsSoFar),
                archive,
                job,
                start,
                new Run.Input("/lists/tasks.csv", 7, Sha256.of(new byte[7])),
                options);
        runs().insert(run);
        return run;
    }

    /** Begins a run of the job {@code nightly} that nothing special was asked of. */
    public Run begin() {
        return begin("media", "nightly", new Run.Options("task_id", null, false, false));
    }

    /** The tasks as lines of an input, from line 2 on. */
    public static List<NewTask> lines(String... ids) {
        List<NewTask> tasks = new ArrayList<>();
        for (String id : ids) {
            tasks.add(new NewTask(new TaskId(id), tasks.size(), tasks.size() + 2L));
        }
        return tasks;
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
