package org.mediaarchiver.batch;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.DamageTable;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.StoreProbeTable;
import org.mediaarchiver.ledger.TaskTable;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The tables alone: all that a command needs which only reads them. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class LedgerConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    ArchiveTable archiveTable(JdbcClient jdbc) {
        return new ArchiveTable(jdbc);
    }

    @Bean
    RunTable runTable(JdbcClient jdbc) {
        return new RunTable(jdbc);
    }

    @Bean
    StoreProbeTable storeProbeTable(JdbcClient jdbc) {
        return new StoreProbeTable(jdbc);
    }

    @Bean
    ManifestRowTable manifestRowTable(JdbcTemplate jdbc) {
        return new ManifestRowTable(jdbc);
    }

    @Bean
    DamageTable damageTable(JdbcTemplate jdbc, ManifestRowTable rows) {
        return new DamageTable(jdbc, rows);
    }

    @Bean
    TaskTable taskTable(JdbcTemplate jdbc, ManifestRowTable rows) {
        return new TaskTable(jdbc, rows);
    }

    @Bean
    JobLock jobLock(Settings.Tables tables, DataSource dataSource, JdbcTemplate jdbc, InstantSource clock)
            throws SQLException {
        return tables.postgres() == null
                ? new HomeJobLock()
                : new PostgresJobLock(dataSource.unwrap(HikariDataSource.class), jdbc, clock);
    }

    @Bean
    RunListing runListing(Home home, RunTable runs, TaskTable tasks, ManifestRowTable rows, ArchiveTable archives) {
        return new RunListing(home, runs, tasks, rows, archives);
    }
}
