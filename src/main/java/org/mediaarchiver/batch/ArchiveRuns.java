package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.archive.TaskArchiver;
import org.mediaarchiver.batch.ArchiveRequest.Choice;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.ledger.TaskTable.SettledTask;
import org.mediaarchiver.manifest.LocalRunFile;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunFiles;
import org.mediaarchiver.manifest.RunPublication;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Runs the job: decides which run a request goes on with or begins, and sees it through its three steps.
 *
 * <p>A run that a kill, an outage or Ctrl-C left behind is finished before anything new is begun, because its objects are in the
 * bucket and only its manifest tells of them.
 */
public final class ArchiveRuns {
    private static final Logger log = LoggerFactory.getLogger(ArchiveRuns.class);
    private static final String JOB = "archive";
    private static final int LOAD_CHUNK = 1000;
    private static final int ARCHIVE_CHUNK = 8;
    private static final int REJECT_PAGE = 1000;

    private final Settings settings;
    private final Home home;
    private final ArchiveTable archives;
    private final RunTable runs;
    private final TaskTable tasks;
    private final ManifestRowTable rows;
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private final S3ObjectStore store;
    private final InputCopies inputs;
    private final JobRepository jobRepository;
    private final JobOperator jobOperator;
    private final PlatformTransactionManager transactionManager;
    private final TransactionTemplate transaction;
    private final InstantSource clock;
    private final String version;
    private final ReentrantLock busy = new ReentrantLock();
    private volatile @Nullable LookAheadReader running;
    private volatile @Nullable Duration stopGrace;

    ArchiveRuns(
            Settings settings,
            Home home,
            ArchiveTable archives,
            RunTable runs,
            TaskTable tasks,
            ManifestRowTable rows,
            TaskServiceClient taskService,
            MediaFetcher media,
            S3ObjectStore store,
            InputCopies inputs,
            JobRepository jobRepository,
            JobOperator jobOperator,
            PlatformTransactionManager transactionManager,
            InstantSource clock,
            String version) {
        this.settings = settings;
        this.home = home;
        this.archives = archives;
        this.runs = runs;
        this.tasks = tasks;
        this.rows = rows;
        this.taskService = taskService;
        this.media = media;
        this.store = store;
        this.inputs = inputs;
        this.jobRepository = jobRepository;
        this.jobOperator = jobOperator;
        this.transactionManager = transactionManager;
        this.transaction = new TransactionTemplate(transactionManager);
        this.clock = clock;
        this.version = version;
    }

    /** The run was stopped from outside after what was in flight had been committed. */
    public static final class InterruptedRunException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InterruptedRunException(RunId run) {
            super("Run " + run + " was interrupted; what it has done is kept. Run the same command again to go on.");
        }
    }

    /**
     * Sees a request through.
     *
     * @param progress how to show how far it has come
     * @return one summary for each run that was finished, the request's own last
     * @throws StopException if the input, the task service, the store or the disk cannot be used
     * @throws InterruptedRunException if {@link #stop} was called
     */
    public List<RunSummary> archive(ArchiveRequest request, ProgressStyle progress) throws InterruptedException {
        busy.lock();
        try {
            return finishAndBegin(request, progress);
        } catch (InterruptedRunException e) {
            // Said here and not by the caller: once the lock is free, the process may end before the caller's turn.
            log.warn(e.getMessage());
            throw e;
        } finally {
            busy.unlock();
        }
    }

    private List<RunSummary> finishAndBegin(ArchiveRequest request, ProgressStyle progress)
            throws InterruptedException {
        store.requireUsable(settings.storage().prefix());
        int archiveId = Objects.requireNonNull(transaction.execute(status -> archives.idOf(
                Objects.toString(settings.storage().endpoint(), ""),
                settings.storage().bucket(),
                settings.storage().prefix())));
        Stream.Builder<RunSummary> summaries = Stream.builder();
        String input = request.input();
        InputCopies.Copy copy = null;
        if (input != null && InputCopies.isNameless(input)) {
            copy = inputs.copy(input, request.column());
        }
        boolean isSeenTo = false;
        for (Run run : leftBehind(archiveId, request)) {
            summaries.add(resume(run, request, progress));
            if (!request.has(Choice.NEW) && isSameName(run, request)) {
                if (input != null && copy == null) {
                    copy = inputs.copyIfThere(input, request.column()).orElse(null);
                }
                isSeenTo |= copy == null || isSameContent(run, copy);
            }
        }
        if (isSeenTo) {
            if (copy != null) {
                inputs.discard(copy);
            }
            return summaries.build().toList();
        }
        if (input != null && copy == null) {
            copy = inputs.copy(input, request.column());
        }
        summaries.add(finish(begin(request, archiveId, copy), request, progress));
        return summaries.build().toList();
    }

    /** Runs of other jobs as well, where their publication has begun: the chain goes on behind them. */
    private Set<Run> leftBehind(int archiveId, ArchiveRequest request) {
        Set<Run> left = new LinkedHashSet<>(runs.publishing(archiveId));
        if (!request.has(Choice.NEW)) {
            left.addAll(runs.unfinished(archiveId, request.job()));
        }
        return left;
    }

    private static boolean isSameName(Run run, ArchiveRequest request) {
        Run.Input begun = run.input();
        String input = request.input();
        if (begun == null || input == null) {
            return begun == null && input == null && run.job().equals(request.job());
        }
        return begun.name().equals(InputCopies.name(input)) && run.job().equals(request.job());
    }

    /** A list that is written anew every night has the same name and other tasks. */
    private static boolean isSameContent(Run run, InputCopies.Copy copy) {
        Run.Input begun = run.input();
        return begun != null && begun.sha256().equals(copy.input().sha256());
    }

    private Run begin(ArchiveRequest request, int archiveId, InputCopies.@Nullable Copy copy) {
        Instant now = clock.instant();
        RunId id = RunId.of(now, RandomGenerator.getDefault().nextInt());
        Run run = new Run(
                id,
                archiveId,
                request.job(),
                now,
                copy == null ? null : copy.input(),
                new Run.Options(
                        request.column(),
                        request.limit(),
                        request.has(Choice.RETRY_FAILED),
                        request.has(Choice.FULL_MANIFEST)));
        if (copy != null) {
            inputs.give(copy, id);
        }
        transaction.executeWithoutResult(status -> runs.insert(run));
        log.info("run {} of job {} begins", id, run.job());
        return run;
    }

    private RunSummary resume(Run run, ArchiveRequest request, ProgressStyle progress) {
        log.info("run {} of job {} is unfinished and goes on", run.id(), run.job());
        return finish(run, request, progress);
    }

    private RunSummary finish(Run run, ArchiveRequest request, ProgressStyle style) {
        TaskArchiver archiver = new TaskArchiver(
                run.id(),
                new KeyLayout(settings.storage().prefix()),
                settings.pendingMaxAge(),
                taskService,
                media,
                store,
                clock);
        try (Progress progress = new Progress(style, media::bytesReceived)) {
            LookAheadReader reader = new LookAheadReader(
                    run,
                    tasks,
                    taskService,
                    archiver,
                    settings.concurrency(),
                    request.waitForPending(),
                    settings.taskService().pollInterval());
            running = reader;
            Duration grace = stopGrace;
            if (grace != null) {
                reader.stop(grace);
            }
            JobExecution execution = execute(job(run, reader, progress), run);
            StopException doom = reader.doom();
            if (doom != null) {
                throw doom;
            }
            switch (execution.getStatus()) {
                case COMPLETED -> {
                    media.discardLeftovers();
                    log.debug("run {} is published", run.id());
                }
                case STOPPED -> throw new InterruptedRunException(run.id());
                default -> throw failure(execution);
            }
        } finally {
            running = null;
        }
        return summary(run);
    }

    private Job job(Run run, LookAheadReader reader, Progress progress) {
        Publisher publisher = new Publisher(
                run,
                runs,
                () -> runFiles(run),
                new RunPublication(store, settings.storage().prefix(), run.id()));
        Step load = new StepBuilder("load", jobRepository)
                .<LoadReader.Item, LoadReader.Item>chunk(LOAD_CHUNK)
                .transactionManager(transactionManager)
                .reader(new LoadReader(run, home, tasks))
                .writer(new LoadWriter(run, runs, tasks))
                .build();
        ArchiveWriter writer = new ArchiveWriter(run, tasks, progress, clock);
        Step archive = new StepBuilder("archive", jobRepository)
                .<SettledTask, SettledTask>chunk(ARCHIVE_CHUNK)
                .transactionManager(transactionManager)
                .reader(reader)
                .writer(writer)
                .listener(reader)
                .listener(writer)
                .build();
        Step publish = new StepBuilder("publish", jobRepository)
                .<RunFile, LocalRunFile>chunk(1)
                .transactionManager(transactionManager)
                .reader(new PublishReader())
                .processor(publisher)
                .writer(publisher)
                .listener(publisher)
                .build();
        return new JobBuilder(JOB, jobRepository)
                .start(load)
                .next(archive)
                .next(publish)
                .build();
    }

    private JobExecution execute(Job job, Run run) {
        JobParameters parameters = new JobParametersBuilder()
                .addString("run", run.id().value(), true)
                .toJobParameters();
        closeWhatAKillLeftOpen(parameters);
        try {
            return jobOperator.start(job, parameters);
        } catch (JobExecutionException e) {
            throw new IllegalStateException("run " + run.id() + " cannot be started", e);
        }
    }

    /** The home's lock is ours, so whatever the repository takes for running was killed. */
    private void closeWhatAKillLeftOpen(JobParameters parameters) {
        JobExecution last = jobRepository.getLastJobExecution(JOB, parameters);
        if (last == null) {
            return;
        }
        for (StepExecution step : last.getStepExecutions()) {
            if (isOpen(step.getStatus())) {
                step.setStatus(BatchStatus.FAILED);
                jobRepository.update(step);
            }
        }
        if (isOpen(last.getStatus())) {
            last.setStatus(BatchStatus.FAILED);
            last.setEndTime(LocalDateTime.ofInstant(clock.instant(), ZoneId.systemDefault()));
            jobRepository.update(last);
        }
    }

    private static boolean isOpen(BatchStatus status) {
        return status.isRunning() || status == BatchStatus.UNKNOWN;
    }

    private static RuntimeException failure(JobExecution execution) {
        List<Throwable> failures = execution.getAllFailureExceptions();
        for (Throwable failure : failures) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof StopException stop) {
                    return stop;
                }
            }
        }
        Throwable first = failures.isEmpty() ? null : failures.getFirst();
        return new IllegalStateException("the job ended as " + execution.getStatus(), first);
    }

    private RunFiles runFiles(Run run) {
        RunTable.Publication publication =
                Objects.requireNonNull(transaction.execute(status -> runs.beginPublication(run, clock.instant())));
        TaskTable.Counts counts = tasks.counts(run.id());
        Run.Input input = run.input();
        Set<RunFacts.Options.Flag> flags = EnumSet.noneOf(RunFacts.Options.Flag.class);
        if (run.options().retryFailed()) {
            flags.add(RunFacts.Options.Flag.RETRY_FAILED);
        }
        if (run.options().fullManifest()) {
            flags.add(RunFacts.Options.Flag.FULL_MANIFEST);
        }
        RunFacts facts = new RunFacts(
                run.id(),
                run.job(),
                publication.previous(),
                input == null
                        ? null
                        : new RunFacts.Input(
                                input.name(),
                                input.bytes(),
                                input.sha256(),
                                publication.inputLines(),
                                counts.tasks() - counts.carriedOver(),
                                publication.duplicates(),
                                tasks.rejected(run.id())),
                new RunFacts.Counts(counts.archivedBefore(), counts.carriedOver(), counts.notTaken()),
                run.startedAt(),
                publication.finishedAt(),
                version,
                new RunFacts.Archive(
                        settings.storage().endpoint() == null
                                ? null
                                : settings.storage().endpoint().toString(),
                        settings.storage().bucket(),
                        settings.storage().prefix()),
                new RunFacts.Options(run.options().limit(), flags),
                Map.of());
        return new RunFiles(home.run(run.id()), facts, () -> rows.rows(run.id()), () -> rejectedLines(run.id()));
    }

    private Stream<RejectedLine> rejectedLines(RunId run) {
        return Stream.iterate(
                        tasks.rejectedLines(run, 0, REJECT_PAGE),
                        page -> !page.isEmpty(),
                        page -> tasks.rejectedLines(run, page.getLast().line(), REJECT_PAGE))
                .flatMap(List::stream);
    }

    private RunSummary summary(Run run) {
        RunTable.Publication publication = runs.publication(run.id());
        return new RunSummary(
                run.id(),
                run.job(),
                rows.tally(run.id()),
                tasks.counts(run.id()),
                publication.duplicates(),
                tasks.rejected(run.id()),
                Duration.between(run.startedAt(), publication.finishedAt()),
                home.run(run.id()),
                "s3://" + settings.storage().bucket() + "/"
                        + RunFile.MANIFEST_CSV.key(settings.storage().prefix(), run.id()),
                runs.runJson(run.id()));
    }

    /** Begins no further task; those in flight may go on for {@code grace}. */
    public void stop(Duration grace) {
        stopGrace = grace;
        LookAheadReader reader = running;
        if (reader != null) {
            reader.stop(grace);
        }
    }

    /** Waits until no request is being seen to. */
    void awaitEnd() {
        busy.lock();
        try {
            log.debug("no request is being seen to");
        } finally {
            busy.unlock();
        }
    }
}
