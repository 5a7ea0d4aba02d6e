package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.InstantSource;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.LedgerReplay;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.storage.S3ObjectStore;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts together what a ledger is made anew with: the tables, and the bucket to read. */
@SpringBootConfiguration(proxyBeanMethods = false)
@Import(LedgerConfiguration.class)
public class RebuildConfiguration {

    @Bean
    S3ObjectStore objectStore(Settings.Reading settings, InstantSource clock) {
        Settings.Storage storage = settings.storage();
        return new S3ObjectStore(RoomSettings.s3(storage, settings.concurrency(), storage.bucket()), clock);
    }

    @Bean
    LedgerRebuild ledgerRebuild(
            Settings.Reading settings,
            Home home,
            ArchiveTable archives,
            RunTable runs,
            ManifestRowTable rows,
            JdbcTemplate jdbc,
            JobLock lock,
            S3ObjectStore store,
            PlatformTransactionManager transactionManager,
            InstantSource clock) {
        return new LedgerRebuild(
                settings.storage(),
                home,
                archives,
                runs,
                rows,
                new LedgerReplay(jdbc, rows),
                lock,
                store,
                new TransactionTemplate(transactionManager),
                clock);
    }

    @Bean
    GracefulStop gracefulStop(LedgerRebuild rebuild) {
        return new GracefulStop(rebuild, Duration.ZERO);
    }
}
