package org.mediaarchiver.batch;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import org.mediaarchiver.archive.RepairSurvey;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.DamageTable;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.StoreProbeTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.storage.S3Settings;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts the rooms together for a run; {@link Settings} and {@link Home} are there before the application context is. */
@SpringBootConfiguration(proxyBeanMethods = false)
@Import(LedgerConfiguration.class)
public class ArchiverConfiguration {

    @Bean
    TaskServiceClient taskService(Settings settings, InstantSource clock) {
        return new TaskServiceClient(RoomSettings.taskService(settings, () -> token(settings)), clock);
    }

    /** A token file is read for every request, so that a renewed token is used at once. */
    static Secret token(Settings settings) {
        Secret token = settings.taskService().token();
        if (token != null) {
            return token;
        }
        Path file = Objects.requireNonNull(settings.taskService().tokenFile());
        try {
            return new Secret(Files.readString(file, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            throw new StopException(
                    "The token file " + file + " cannot be read. Make it readable and run the same command again.", e);
        }
    }

    @Bean
    MediaFetcher mediaFetcher(Settings settings, Home home, InstantSource clock) {
        return new MediaFetcher(RoomSettings.downloads(settings, home.spool()), clock);
    }

    @Bean
    S3ObjectStore objectStore(Settings settings, InstantSource clock) {
        return new S3ObjectStore(RoomSettings.s3(settings, settings.storage().bucket()), clock);
    }

    @Bean
    StoreProbes storeProbes(
            Settings settings,
            StoreProbeTable probes,
            S3ObjectStore store,
            PlatformTransactionManager transactionManager,
            InstantSource clock) {
        return new StoreProbes(settings.storage(), probes, store, transactionManager, clock);
    }

    @Bean
    InputCopies inputCopies(Home home, Settings settings, InstantSource clock) {
        // Not System.in, which no other thread can close while it is read.
        InputStream standardInput = Channels.newInputStream(new FileInputStream(FileDescriptor.in).getChannel());
        return new InputCopies(
                home, (bucket, key) -> openObject(RoomSettings.s3(settings, bucket), key, clock), standardInput);
    }

    /** Inputs may be in another bucket than the archive; the client of that one lives as long as the stream. */
    private static InputStream openObject(S3Settings settings, String key, InstantSource clock) throws IOException {
        S3ObjectStore other = new S3ObjectStore(settings, clock);
        boolean handedOver = false;
        try {
            InputStream in = new FilterInputStream(other.open(key)) {
                @Override
                public void close() throws IOException {
                    try (other) {
                        super.close();
                    }
                }
            };
            handedOver = true;
            return in;
        } finally {
            if (!handedOver) {
                other.close();
            }
        }
    }

    @Bean
    RunProjection runProjection(
            Settings settings,
            Home home,
            RunTable runs,
            TaskTable tasks,
            ManifestRowTable rows,
            StoreProbes storeProbes,
            S3ObjectStore store,
            JobLock lock,
            PlatformTransactionManager transactionManager,
            InstantSource clock,
            BuildProperties build) {
        return new RunProjection(
                settings,
                home,
                runs,
                tasks,
                rows,
                storeProbes,
                store,
                lock,
                new TransactionTemplate(transactionManager),
                clock,
                Objects.toString(build.getVersion()));
    }

    @Bean
    JobLaunch jobLaunch(JobRepository jobRepository, JobOperator jobOperator, InstantSource clock) {
        return new JobLaunch(jobRepository, jobOperator, clock);
    }

    @Bean
    ArchiveJob archiveJob(
            Settings settings,
            Home home,
            RunTable runs,
            TaskTable tasks,
            DamageTable damages,
            RunProjection projection,
            JobLock lock,
            JobRepository jobRepository,
            JobLaunch launch,
            PlatformTransactionManager transactionManager,
            InstantSource clock) {
        return new ArchiveJob(
                settings,
                home,
                runs,
                tasks,
                damages,
                projection,
                lock,
                jobRepository,
                launch,
                transactionManager,
                clock);
    }

    @Bean
    ArchiveRuns archiveRuns(
            Settings settings,
            ArchiveTable archives,
            RunTable runs,
            TaskTable tasks,
            TaskServiceClient taskService,
            MediaFetcher media,
            S3ObjectStore store,
            StoreProbes storeProbes,
            InputCopies inputs,
            Home home,
            DamageTable damages,
            ArchiveJob job,
            JobLock lock,
            RunProjection projection,
            PlatformTransactionManager transactionManager,
            InstantSource clock) {
        return new ArchiveRuns(
                settings,
                archives,
                runs,
                tasks,
                taskService,
                media,
                store,
                storeProbes,
                inputs,
                new AuditCopies(settings.storage(), home, inputs),
                new RepairPlan(
                        settings.concurrency(),
                        new RepairSurvey(taskService, media, store),
                        damages,
                        settings.storage().prefix()),
                job,
                lock,
                projection,
                new TransactionTemplate(transactionManager),
                clock);
    }

    @Bean
    DryRun dryRun(
            Settings settings,
            ArchiveTable archives,
            TaskTable tasks,
            TaskServiceClient taskService,
            MediaFetcher media,
            S3ObjectStore store,
            InputCopies inputs) {
        return new DryRun(settings, archives, tasks, taskService, media, store, inputs);
    }

    @Bean
    GracefulStop gracefulStop(ArchiveRuns runs, Settings settings) {
        return new GracefulStop(runs, settings.stopGrace());
    }

    @Bean
    RunMonitor runMonitor(Settings settings, InstantSource clock) {
        return new RunMonitor(settings.monitoring(), clock);
    }
}
