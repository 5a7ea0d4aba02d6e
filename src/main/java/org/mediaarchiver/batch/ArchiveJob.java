package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.mediaarchiver.audit.FindingReader;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.DamageTable;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.mediaarchiver.manifest.LocalRunFile;
import org.mediaarchiver.manifest.RunFile;
import org.slf4j.MDC;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.listener.ItemWriteListener;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.transaction.PlatformTransactionManager;

/** The job of one run, in three steps: load its list, archive its tasks, publish its files. */
final class ArchiveJob {
    private static final String JOB = "archive";
    private static final int LOAD_CHUNK = 20_000;

    /** Where each item may have rows in the manifest by then. */
    private static final int ROWS_CHUNK = 1000;

    private static final int ARCHIVE_CHUNK = 8;

    private final Settings settings;
    private final Home home;
    private final RunTable runs;
    private final TaskTable tasks;
    private final DamageTable damages;
    private final RunProjection projection;
    private final JobLock lock;
    private final JobRepository jobRepository;
    private final JobLaunch launch;
    private final PlatformTransactionManager transactionManager;
    private final InstantSource clock;

    ArchiveJob(
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
        this.settings = settings;
        this.home = home;
        this.runs = runs;
        this.tasks = tasks;
        this.damages = damages;
        this.projection = projection;
        this.lock = lock;
        this.jobRepository = jobRepository;
        this.launch = launch;
        this.transactionManager = transactionManager;
        this.clock = clock;
    }

    /**
     * Runs the job, or what is left of it: it has ended once the run's files are published.
     *
     * @param stopped tells whether loading and publishing are to end early; the reader is told by itself
     * @throws StopException if something doomed the run
     */
    JobLaunch.End run(Run run, LookAheadReader reader, Progress progress, BooleanSupplier stopped) {
        JobParameters parameters = new JobParametersBuilder()
                .addString("run", run.id().value(), true)
                .toJobParameters();
        try (var _ = MDC.putCloseable(LogKey.RUN, run.id().value())) {
            home.isAt(run);
            return launch.run(job(run, reader, progress, stopped), parameters, reader::doom);
        }
    }

    private Job job(Run run, LookAheadReader reader, Progress progress, BooleanSupplier stopped) {
        Publisher publisher = new Publisher(run, runs, projection, lock, stopped);
        ItemWriteListener<Object> fence = new ItemWriteListener<>() {
            @Override
            public void beforeWrite(Chunk<?> chunk) {
                lock.requireHeld();
            }
        };
        ArchiveWriter writer = new ArchiveWriter(run, tasks, progress, clock);
        Step archive = new StepBuilder("archive", jobRepository)
                .<SettledTask, SettledTask>chunk(ARCHIVE_CHUNK)
                .transactionManager(transactionManager)
                .reader(reader)
                .writer(writer)
                .listener(reader)
                .listener(writer)
                .listener(fence)
                .build();
        PublishReader files = new PublishReader(stopped);
        Step publish = new StepBuilder("publish", jobRepository)
                .<RunFile, LocalRunFile>chunk(1)
                .transactionManager(transactionManager)
                .reader(files)
                .processor(publisher)
                .writer(publisher)
                .listener(files)
                .listener(publisher)
                .listener(fence)
                .build();
        return new JobBuilder(JOB, jobRepository)
                .start(run.isRepair() ? loadDamage(run, stopped, fence) : load(run, stopped, fence))
                .next(archive)
                .next(publish)
                .build();
    }

    private Step load(Run run, BooleanSupplier stopped, ItemWriteListener<Object> fence) {
        LoadReader lines = new LoadReader(run, home, tasks, stopped);
        return new StepBuilder("load", jobRepository)
                .<LoadReader.Item, LoadReader.Item>chunk(run.options().fullManifest() ? ROWS_CHUNK : LOAD_CHUNK)
                .transactionManager(transactionManager)
                .reader(lines)
                .writer(new LoadWriter(run, runs, tasks))
                .listener(lines)
                .listener(fence)
                .build();
    }

    private Step loadDamage(Run run, BooleanSupplier stopped, ItemWriteListener<Object> fence) {
        DamageReader findings = new DamageReader(run, home, settings.storage().prefix(), stopped);
        return new StepBuilder("load", jobRepository)
                .<FindingReader.Line, FindingReader.Line>chunk(ROWS_CHUNK)
                .transactionManager(transactionManager)
                .reader(findings)
                .writer(new DamageWriter(run, runs, tasks, damages))
                .listener(findings)
                .listener(fence)
                .build();
    }
}
