package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.archive.TaskArchiver;
import org.mediaarchiver.archive.TaskRepairer;
import org.mediaarchiver.audit.AuditRecord;
import org.mediaarchiver.batch.ArchiveRequest.Choice;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.taskservice.TaskServiceClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Runs the job: decides which run a request goes on with or begins, and sees it through its three steps.
 *
 * <p>A run that a kill, an outage or Ctrl-C left behind is finished before anything new is begun, because its objects are in the
 * bucket and only its manifest tells of them.
 */
public final class ArchiveRuns implements StoppableWork {
    private static final Logger log = LoggerFactory.getLogger(ArchiveRuns.class);
    private static final Duration OUTAGE_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_OUTAGES = 10;

    private final Settings settings;
    private final ArchiveTable archives;
    private final RunTable runs;
    private final TaskTable tasks;
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private final S3ObjectStore store;
    private final StoreProbes storeProbes;
    private final InputCopies inputs;
    private final AuditCopies audits;
    private final RepairPlan repairPlan;
    private final ArchiveJob job;
    private final JobLock lock;
    private final RunProjection projection;
    private final TransactionTemplate transaction;
    private final InstantSource clock;
    private final Semaphore idle = new Semaphore(1);
    private volatile boolean readsStandardInput;
    private volatile @Nullable LookAheadReader running;
    private volatile @Nullable Duration stopGrace;

    ArchiveRuns(
            Settings settings,
            ArchiveTable archives,
            RunTable runs,
            TaskTable tasks,
            TaskServiceClient taskService,
            MediaFetcher media,
            S3ObjectStore store,
            StoreProbes storeProbes,
            InputCopies inputs,
            AuditCopies audits,
            RepairPlan repairPlan,
            ArchiveJob job,
            JobLock lock,
            RunProjection projection,
            TransactionTemplate transaction,
            InstantSource clock) {
        this.settings = settings;
        this.archives = archives;
        this.runs = runs;
        this.tasks = tasks;
        this.taskService = taskService;
        this.media = media;
        this.store = store;
        this.storeProbes = storeProbes;
        this.inputs = inputs;
        this.audits = audits;
        this.repairPlan = repairPlan;
        this.job = job;
        this.lock = lock;
        this.projection = projection;
        this.transaction = transaction;
        this.clock = clock;
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
        return whileAtWork(() -> finishAndBegin(request, progress));
    }

    /** What a command does once it is its turn. */
    private interface Work<R> {
        R run() throws InterruptedException;
    }

    private <R> R whileAtWork(Work<R> work) throws InterruptedException {
        idle.acquire();
        try {
            return work.run();
        } catch (InterruptedRunException e) {
            // Said here and not by the caller: once this is idle again, the process may end before the caller's turn.
            log.warn(e.getMessage());
            throw e;
        } catch (DataAccessException | TransactionException | IllegalStateException e) {
            throw DatabaseFaults.sentence(e)
                    .<RuntimeException>map(sentence -> new StopException(sentence, e))
                    .orElse(e);
        } finally {
            idle.release();
        }
    }

    /**
     * Takes the lock of a job, which {@link #archive} does as well where this was not done before.
     *
     * @throws Home.LockedException if another process works on the job
     */
    public void lock(String name) {
        Settings.Storage storage = settings.storage();
        lock.take(
                archives.numberOf(Objects.toString(storage.endpoint(), ""), storage.bucket(), storage.prefix()), name);
    }

    /** To be asked for once the lock is taken: whoever makes the ledger anew looks at the locks after having said so. */
    private int archiveId() {
        Settings.Storage storage = settings.storage();
        return archives.idOf(Objects.toString(storage.endpoint(), ""), storage.bucket(), storage.prefix());
    }

    private List<RunSummary> finishAndBegin(ArchiveRequest request, ProgressStyle progress)
            throws InterruptedException {
        lock(request.job());
        int archiveId = open();
        Instant end = FinishBy.next(request.finishBy(), clock.instant(), ZoneId.systemDefault());
        Stream.Builder<RunSummary> summaries = Stream.builder();
        String input = request.input();
        InputCopies.Copy copy = null;
        if (input != null && InputCopies.isNameless(input)) {
            copy = copyOfStandardInput(input, request.column());
        }
        boolean isSeenTo = false;
        for (Run run : leftBehind(archiveId, request)) {
            requireNotStopped();
            summaries.add(resume(run, request.waitForPending(), end, progress));
            if (!request.has(Choice.NEW) && isSameName(run, request)) {
                if (input != null && copy == null) {
                    copy = inputs.copyIfThere(input, request.column()).orElse(null);
                }
                isSeenTo |= copy == null || isSameContent(run, copy);
            }
        }
        requireNotStopped();
        if (isSeenTo) {
            if (copy != null) {
                inputs.discard(copy);
            }
            return summaries.build().toList();
        }
        if (input != null && copy == null) {
            copy = inputs.copy(input, request.column());
            requireNotStopped();
        }
        summaries.add(finish(begin(request, archiveId, copy), request.waitForPending(), end, progress));
        return summaries.build().toList();
    }

    private InputCopies.Copy copyOfStandardInput(String input, String column) {
        readsStandardInput = true;
        try {
            requireNotStopped();
            return inputs.copy(input, column);
        } catch (StopException e) {
            // It was closed, so as not to wait for what is still to come.
            requireNotStopped();
            throw e;
        } finally {
            readsStandardInput = false;
        }
    }

    private int open() throws InterruptedException {
        store.requireUsable(settings.storage().prefix());
        store.relyOn(storeProbes.current());
        store.abortForgottenUploads(settings.storage().prefix() + "media/");
        return archiveId();
    }

    /**
     * Tells what {@link #repair} would do, and does none of it.
     *
     * @param audit as {@link #repair} takes it
     * @param told is given what is to be told of each finding, a line at a time
     * @throws StopException if the audit, the task service or the store cannot be used
     */
    public RepairPlan.Plan planRepair(@Nullable String audit, Consumer<String> told) throws InterruptedException {
        store.requireUsable(settings.storage().prefix());
        store.relyOn(storeProbes.lastKnown());
        AuditCopies.Copy copy = audits.copy(audit);
        requireKnown(copy.audit());
        RepairPlan.Plan plan = repairPlan.plan(archiveId(), copy, told);
        inputs.discard(copy.input());
        return plan;
    }

    /**
     * Makes good what an audit found, in a run of its own.
     *
     * <p>A repair that was left behind is finished first.
     *
     * @param audit its id, one of its files as a path or an {@code s3://} URL, or null for the newest one of the home
     * @return one summary for each run that was finished, none where the audit had found nothing
     * @throws StopException if the audit, the task service, the store or the disk cannot be used
     * @throws InterruptedRunException if {@link #stop} was called
     */
    public List<RunSummary> repair(@Nullable String audit, ProgressStyle progress) throws InterruptedException {
        return whileAtWork(() -> finishAndRepair(audit, progress));
    }

    private List<RunSummary> finishAndRepair(@Nullable String audit, ProgressStyle progress)
            throws InterruptedException {
        lock(RunFacts.REPAIR);
        int archiveId = open();
        AuditCopies.Copy copy = audits.copy(audit);
        requireKnown(copy.audit());
        List<RunSummary> summaries = new ArrayList<>();
        boolean isSeenTo = copy.lines() == 0;
        Set<Run> left = new LinkedHashSet<>(runs.publishing(archiveId, RunFacts.REPAIR));
        left.addAll(runs.unfinished(archiveId, RunFacts.REPAIR));
        for (Run run : left) {
            requireNotStopped();
            summaries.add(resume(run, Duration.ZERO, null, progress));
            isSeenTo |= run.isRepair() && isSameContent(run, copy.input());
        }
        requireNotStopped();
        if (isSeenTo) {
            inputs.discard(copy.input());
        } else {
            Run.Options options = new Run.Options("", null, false, false);
            Run run = begin(archiveId, RunFacts.REPAIR, copy.input(), options);
            summaries.add(finish(run, Duration.ZERO, null, progress));
        }
        return summaries;
    }

    /** Where the ledger is behind the bucket, it does not know what the objects must be. */
    private void requireKnown(AuditRecord audit) {
        audit.runs().stream().filter(run -> !runs.isPublished(run)).findFirst().ifPresent(run -> {
            throw new StopException("The audit " + audit.id() + " tells of run " + run
                    + ", which the ledger of this home does not know. Nothing was repaired: make the ledger anew from the"
                    + " bucket, or repair where the runs were made.");
        });
    }

    /** Tells whether a run's audit says that run files cannot be relied upon, whatever was made good. */
    public boolean isEvidenceBroken(RunSummary summary) {
        return tasks.rejected(summary.run(), DamageWriter.EVIDENCE) > 0;
    }

    /** A run whose publication has begun is not left alone: the chain goes on behind it. */
    private Set<Run> leftBehind(int archiveId, ArchiveRequest request) {
        Set<Run> left = new LinkedHashSet<>(runs.publishing(archiveId, request.job()));
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

    private void requireNotStopped() {
        if (stopGrace != null) {
            throw InterruptedRunException.between();
        }
    }

    private Run begin(ArchiveRequest request, int archiveId, InputCopies.@Nullable Copy copy) {
        Run.Options options = new Run.Options(
                request.column(), request.limit(), request.has(Choice.RETRY_FAILED), request.has(Choice.FULL_MANIFEST));
        return begin(archiveId, request.job(), copy, options);
    }

    private Run begin(int archiveId, String name, InputCopies.@Nullable Copy copy, Run.Options options) {
        Instant now = clock.instant();
        RunId id = RunId.of(now, RandomGenerator.getDefault().nextInt());
        Run run = new Run(id, archiveId, name, now, copy == null ? null : copy.input(), options);
        if (copy != null) {
            inputs.give(copy, id);
        }
        transaction.executeWithoutResult(status -> runs.insert(run));
        log.info("run {} of job {} begins", id, run.job());
        return run;
    }

    private RunSummary resume(Run run, Duration waitForPending, @Nullable Instant end, ProgressStyle progress)
            throws InterruptedException {
        log.info("run {} of job {} is unfinished and goes on", run.id(), run.job());
        return finish(run, waitForPending, end, progress);
    }

    /** A database that is away for a while costs time: the run goes on from what was committed, as after a kill. */
    private RunSummary finish(Run run, Duration waitForPending, @Nullable Instant end, ProgressStyle style)
            throws InterruptedException {
        for (int outages = 0; ; outages++) {
            try {
                return attempt(run, waitForPending, end, style);
            } catch (DataAccessException | TransactionException | IllegalStateException e) {
                if (outages == MOST_OUTAGES || !DatabaseFaults.isAway(e)) {
                    throw e;
                }
                log.warn(
                        "The database went away; run {} goes on once it is back, and waits for that up to {} s",
                        run.id(),
                        settings.databasePatience().toSeconds());
                awaitDatabase(run);
            }
        }
    }

    private void awaitDatabase(Run run) throws InterruptedException {
        Instant until = clock.instant().plus(settings.databasePatience());
        while (true) {
            if (stopGrace != null) {
                throw InterruptedRunException.during(run.id());
            }
            try {
                runs.isUnfinished(run.id());
                return;
            } catch (DataAccessException e) {
                if (clock.instant().isAfter(until) || !DatabaseFaults.isAway(e)) {
                    throw e;
                }
            }
            Thread.sleep(OUTAGE_PAUSE);
        }
    }

    private RunSummary attempt(Run run, Duration waitForPending, @Nullable Instant end, ProgressStyle style) {
        try (Progress progress = new Progress(
                style, run.isRepair() ? Progress.Counted.REPAIRS : Progress.Counted.TASKS, media::bytesReceived)) {
            LookAheadReader reader = new LookAheadReader(
                    run,
                    tasks,
                    taskService,
                    work(run),
                    settings.concurrency(),
                    waitForPending,
                    settings.taskService().pollInterval(),
                    new FinishBy(end, clock));
            running = reader;
            Duration grace = stopGrace;
            if (grace != null) {
                reader.stop(grace);
            }
            switch (job.run(run, reader, progress, () -> stopGrace != null)) {
                case COMPLETED -> {
                    media.discardLeftovers();
                    inputs.discardAllBut(runs::isUnfinished);
                }
                case STOPPED -> throw InterruptedRunException.during(run.id());
            }
        } finally {
            running = null;
        }
        return projection.summary(run);
    }

    private LookAhead.Work<OpenTask, TaskOutcome> work(Run run) {
        return run.isRepair()
                ? new TaskRepairer(run.id(), taskService, media, store, clock)::repair
                : new TaskArchiver(
                        run.id(),
                        new KeyLayout(settings.storage().prefix()),
                        settings.pendingMaxAge(),
                        taskService,
                        media,
                        store,
                        clock)::archive;
    }

    /** Begins no further task; those in flight may go on for {@code grace}. */
    @Override
    public void stop(Duration grace) {
        boolean atWork = isAtWork();
        stopGrace = grace;
        if (readsStandardInput) {
            inputs.closeStandardInput();
        }
        LookAheadReader reader = running;
        if (reader != null) {
            reader.stop(grace);
        }
        // Only now is it true.
        if (atWork) {
            log.warn(
                    "Asked to end: no further task is begun, those in flight have {} s. Ask again to end at once.",
                    grace.toSeconds());
        }
    }

    @Override
    public boolean isAtWork() {
        return idle.availablePermits() == 0;
    }

    @Override
    public void awaitEnd() {
        idle.acquireUninterruptibly();
        idle.release();
    }
}
