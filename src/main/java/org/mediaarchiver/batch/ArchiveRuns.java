package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.archive.TaskArchiver;
import org.mediaarchiver.batch.ArchiveRequest.Choice;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
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
    private static final Duration OUTAGE = Duration.ofMinutes(2);
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
    private final ArchiveJob job;
    private final JobLock lock;
    private final RunProjection projection;
    private final TransactionTemplate transaction;
    private final InstantSource clock;
    private final Semaphore idle = new Semaphore(1);
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
        idle.acquire();
        try {
            return finishAndBegin(request, progress);
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
        lock.take(archiveId(), name);
    }

    private int archiveId() {
        Settings.Storage storage = settings.storage();
        return archives.idOf(Objects.toString(storage.endpoint(), ""), storage.bucket(), storage.prefix());
    }

    private List<RunSummary> finishAndBegin(ArchiveRequest request, ProgressStyle progress)
            throws InterruptedException {
        lock(request.job());
        store.requireUsable(settings.storage().prefix());
        store.relyOn(storeProbes.current());
        Instant end = FinishBy.next(request.finishBy(), clock.instant(), ZoneId.systemDefault());
        store.abortForgottenUploads(settings.storage().prefix() + "media/");
        int archiveId = archiveId();
        Stream.Builder<RunSummary> summaries = Stream.builder();
        String input = request.input();
        InputCopies.Copy copy = null;
        if (input != null && InputCopies.isNameless(input)) {
            copy = inputs.copy(input, request.column());
        }
        boolean isSeenTo = false;
        for (Run run : leftBehind(archiveId, request)) {
            requireNotStopped();
            summaries.add(resume(run, request, end, progress));
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
        }
        summaries.add(finish(begin(request, archiveId, copy), request, end, progress));
        return summaries.build().toList();
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

    private RunSummary resume(Run run, ArchiveRequest request, @Nullable Instant end, ProgressStyle progress)
            throws InterruptedException {
        log.info("run {} of job {} is unfinished and goes on", run.id(), run.job());
        return finish(run, request, end, progress);
    }

    /** A database that is away for a while costs time: the run goes on from what was committed, as after a kill. */
    private RunSummary finish(Run run, ArchiveRequest request, @Nullable Instant end, ProgressStyle style)
            throws InterruptedException {
        for (int outages = 0; ; outages++) {
            try {
                return attempt(run, request, end, style);
            } catch (DataAccessException | TransactionException | IllegalStateException e) {
                if (outages == MOST_OUTAGES || !DatabaseFaults.isAway(e)) {
                    throw e;
                }
                log.warn(
                        "The database went away; run {} goes on once it is back, and waits for that up to {} s",
                        run.id(),
                        OUTAGE.toSeconds());
                awaitDatabase(run);
            }
        }
    }

    private void awaitDatabase(Run run) throws InterruptedException {
        Instant until = clock.instant().plus(OUTAGE);
        while (true) {
            if (stopGrace != null) {
                throw InterruptedRunException.during(run.id());
            }
            try {
                runs.isPublished(run.id());
                return;
            } catch (DataAccessException e) {
                if (clock.instant().isAfter(until) || !DatabaseFaults.isAway(e)) {
                    throw e;
                }
            }
            Thread.sleep(OUTAGE_PAUSE);
        }
    }

    private RunSummary attempt(Run run, ArchiveRequest request, @Nullable Instant end, ProgressStyle style) {
        TaskArchiver archiver = new TaskArchiver(
                run.id(),
                new KeyLayout(settings.storage().prefix()),
                settings.pendingMaxAge(),
                taskService,
                media,
                store,
                clock);
        try (Progress progress = new Progress(style, Progress.Counted.TASKS, media::bytesReceived)) {
            LookAheadReader reader = new LookAheadReader(
                    run,
                    tasks,
                    taskService,
                    archiver,
                    settings.concurrency(),
                    request.waitForPending(),
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
                    inputs.discardOf(runs::isPublished);
                }
                case STOPPED -> throw InterruptedRunException.during(run.id());
            }
        } finally {
            running = null;
        }
        return projection.summary(run);
    }

    /** Begins no further task; those in flight may go on for {@code grace}. */
    @Override
    public void stop(Duration grace) {
        if (isAtWork()) {
            log.warn(
                    "Asked to end: no further task is begun, those in flight have {} s. Ask again to end at once.",
                    grace.toSeconds());
        }
        stopGrace = grace;
        LookAheadReader reader = running;
        if (reader != null) {
            reader.stop(grace);
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
