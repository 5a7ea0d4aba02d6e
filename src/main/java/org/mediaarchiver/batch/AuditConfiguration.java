package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.mediaarchiver.storage.S3ObjectStore;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Puts together what an audit needs; request, settings and workplace are there before the application context is.
 *
 * <p>Its database is its own, with the tables of Spring Batch alone.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = FlywayAutoConfiguration.class)
public class AuditConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    S3ObjectStore objectStore(Settings.Reading settings, InstantSource clock) {
        Settings.Storage storage = settings.storage();
        return new S3ObjectStore(RoomSettings.s3(storage, settings.concurrency(), storage.bucket()), clock);
    }

    @Bean
    JobLaunch jobLaunch(JobRepository jobRepository, JobOperator jobOperator, InstantSource clock) {
        return new JobLaunch(jobRepository, jobOperator, clock);
    }

    @Bean
    Audits audits(
            AuditRequest request,
            Settings.Reading settings,
            AuditWorkplace workplace,
            S3ObjectStore store,
            JobRepository jobRepository,
            JobLaunch launch,
            PlatformTransactionManager transactionManager,
            InstantSource clock,
            BuildProperties build) {
        return new Audits(
                request,
                settings,
                workplace,
                store,
                jobRepository,
                launch,
                transactionManager,
                clock,
                Objects.toString(build.getVersion()));
    }

    @Bean
    GracefulStop gracefulStop(Audits audits) {
        // Whatever is not committed can be looked at again: nothing is worth waiting for.
        return new GracefulStop(audits, Duration.ZERO);
    }
}
