package org.mediaarchiver.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.PublishedRuns;
import org.mediaarchiver.audit.PublishedRuns.Published;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.LedgerReplay;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.RunTable.Listed;
import org.mediaarchiver.manifest.ManifestReader;
import org.mediaarchiver.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;

/**
 * Makes the ledger of an archive anew: from the run files in the bucket, and from what the home knows of runs beside that.
 *
 * <p>What the home knows is not lost: runs that it has are kept with their rows, and only where each task stands is told anew. Until
 * that has ended the ledger does not count, and no run is begun with it; the same command again goes on.
 */
public final class LedgerRebuild implements StoppableWork {
    private static final Logger log = LoggerFactory.getLogger(LedgerRebuild.class);
    private static final int ROWS_AT_ONCE = 1000;
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);

    private final Settings.Storage settings;
    private final Home home;
    private final ArchiveTable archives;
    private final RunTable runs;
    private final ManifestRowTable rows;
    private final LedgerReplay replay;
    private final JobLock lock;
    private final ObjectStore store;
    private final TransactionTemplate transaction;
    private final InstantSource clock;
    private final Semaphore idle = new Semaphore(1);
    private volatile boolean stopped;
    private Instant lastLine = Instant.EPOCH;

    LedgerRebuild(
            Settings.Storage settings,
            Home home,
            ArchiveTable archives,
            RunTable runs,
            ManifestRowTable rows,
            LedgerReplay replay,
            JobLock lock,
            ObjectStore store,
            TransactionTemplate transaction,
            InstantSource clock) {
        this.settings = settings;
        this.home = home;
        this.archives = archives;
        this.runs = runs;
        this.rows = rows;
        this.replay = replay;
        this.lock = lock;
        this.store = store;
        this.transaction = transaction;
        this.clock = clock;
    }

    /**
     * Makes the ledger anew.
     *
     * @throws Home.LockedException if another process works on a run of the archive, or makes its ledger anew
     * @throws StopException if the bucket has no published run, or one that the home knows as another archive's, or if the store or
     *     the disk cannot be used
     * @throws InterruptedRunException if {@link #stop} was called
     */
    public LedgerSummary rebuild() throws InterruptedException {
        idle.acquire();
        // Not in the spool, where a run that comes after a kill takes what it finds for downloads.
        Path work = home.inputs().resolve("rebuild");
        try {
            FileSystemUtils.deleteRecursively(work);
            return rebuild(new PublishedRuns(store, settings.prefix(), Files.createDirectories(work)));
        } catch (IOException e) {
            throw unreadable(e);
        } catch (InterruptedRunException e) {
            // Said here and not by the caller: once this is idle again, the process may end before the caller's turn.
            log.warn(e.getMessage());
            throw e;
        } finally {
            discard(work);
            idle.release();
        }
    }

    private LedgerSummary rebuild(PublishedRuns published) {
        lastLine = clock.instant();
        String endpoint = Objects.toString(settings.endpoint(), "");
        int archive = archives.numberOf(endpoint, settings.bucket(), settings.prefix());
        lock.take(archive, JobLock.LEDGER);
        boolean isWhole = !archives.isRebuilding(archive);
        transaction.executeWithoutResult(status -> archives.beginRebuild(archive));
        try {
            lock.requireAlone(archive);
            Map<RunId, Listed> known = new HashMap<>();
            runs.all().forEach(run -> known.put(run.run().id(), run));
            PublishedRuns.Reading reading = published.read(digests(known, endpoint));
            requireRuns(reading, published);
            known.values().removeIf(run -> !isHere(run, endpoint, reading));
            isWhole = false;
            return rebuild(published, reading, known, archive);
        } finally {
            if (isWhole) {
                transaction.executeWithoutResult(status -> archives.endRebuild(archive));
            }
        }
    }

    private LedgerSummary rebuild(
            PublishedRuns published, PublishedRuns.Reading reading, Map<RunId, Listed> known, int archive) {
        repeat(() -> replay.forgetSome(archive));
        Told told = tell(published, reading, known, archive);
        List<RunId> unfinished = tellUnfinished(known, told);
        transaction.executeWithoutResult(status -> archives.endRebuild(archive));
        return new LedgerSummary(
                "s3://" + settings.bucket() + "/" + settings.prefix(),
                told.runs,
                told.read,
                unfinished,
                reading.unfinished(),
                replay.counts(archive),
                told.newest,
                published.findings());
    }

    private Map<RunId, Sha256> digests(Map<RunId, Listed> known, String endpoint) {
        Map<Integer, RunFacts.Archive> places = archives.all();
        Map<RunId, Sha256> digests = new HashMap<>();
        known.forEach((id, run) -> {
            Sha256 digest = run.runJsonSha256();
            if (digest != null && isThisArchive(places.get(run.run().archiveId()), endpoint)) {
                digests.put(id, digest);
            }
        });
        return digests;
    }

    private boolean isThisArchive(RunFacts.@Nullable Archive place, String endpoint) {
        return place != null
                && Objects.toString(place.endpoint(), "").equals(endpoint)
                && place.bucket().equals(settings.bucket())
                && place.prefix().equals(settings.prefix());
    }

    /** Runs of other archives are no matter here, unless this bucket has them too. */
    private boolean isHere(Listed run, String endpoint, PublishedRuns.Reading reading) {
        RunFacts.Archive place = archives.all().get(run.run().archiveId());
        if (isThisArchive(place, endpoint)) {
            return true;
        }
        if (place != null && reading.runs().containsKey(run.run().id())) {
            throw new StopException("This home knows run " + run.run().id() + " of the bucket as one of s3://"
                    + place.bucket() + "/" + place.prefix() + " at " + Objects.toString(place.endpoint(), "AWS")
                    + ". Give this archive a home of its own with archiver.home, and run the same command again.");
        }
        return false;
    }

    private void requireRuns(PublishedRuns.Reading reading, PublishedRuns published) {
        if (reading.runs().isEmpty() && published.findings().isEmpty()) {
            throw new StopException("There is no published run in s3://" + settings.bucket() + "/" + settings.prefix()
                    + "runs/, so there is nothing to make a ledger of. Check archiver.storage.bucket and"
                    + " archiver.storage.prefix.");
        }
    }

    /** How far it has come. */
    private static final class Told {
        private long runs;
        private long read;
        private long rows;
        private RunFacts.@Nullable Previous newest;
    }

    private Told tell(PublishedRuns published, PublishedRuns.Reading reading, Map<RunId, Listed> known, int archive) {
        Told told = new Told();
        for (RunId id : ChainOrder.of(links(reading, known))) {
            Listed before = known.get(id);
            Sha256 digest = before == null ? null : before.runJsonSha256();
            if (before != null && digest != null) {
                Instant ended = Objects.requireNonNull(before.finishedAt());
                tellOwn(before.run(), ended, told);
            } else {
                Published run = Objects.requireNonNull(reading.runs().get(id));
                if (!tellBucket(published, run, before != null, archive, told)) {
                    continue;
                }
                known.remove(id);
                digest = run.runJson();
                told.read++;
            }
            told.runs++;
            told.newest = new RunFacts.Previous(id, digest);
            long position = told.runs;
            transaction.executeWithoutResult(status -> runs.place(id, position));
        }
        return told;
    }

    private static List<ChainOrder.Link> links(PublishedRuns.Reading reading, Map<RunId, Listed> known) {
        Map<RunId, ChainOrder.Link> links = new HashMap<>();
        reading.runs().forEach((id, run) -> {
            RunFacts.Previous previous = run.record().previous();
            links.put(
                    id,
                    new ChainOrder.Link(
                            id,
                            previous == null ? null : previous.runId(),
                            run.record().facts().finishedAt()));
        });
        known.forEach((id, run) -> {
            Instant finished = run.finishedAt();
            if (run.runJsonSha256() != null && finished != null) {
                links.put(id, new ChainOrder.Link(id, run.previous(), finished));
            }
        });
        return List.copyOf(links.values());
    }

    /** Returns whether the run's manifest holds, so that it was told of. */
    private boolean tellBucket(PublishedRuns published, Published run, boolean isBegun, int archive, Told told) {
        RunId id = run.record().runId();
        Optional<Path> manifest = published.manifest(run);
        if (manifest.isPresent()) {
            if (isBegun) {
                // Begun here, as by a rebuild that was killed or in a home that comes from a backup.
                repeat(() -> replay.forgetSome(id));
            }
            RunFacts facts = run.record().facts();
            Run entered = Objects.requireNonNull(transaction.execute(status -> runs.enter(facts, archive)));
            try (ManifestReader reader = new ManifestReader(Files.newInputStream(manifest.get()))) {
                Batch batch = new Batch(entered, facts.finishedAt(), true, told);
                for (ManifestRow row = reader.read(); row != null; row = reader.read()) {
                    batch.add(row);
                }
                batch.end();
            } catch (IOException e) {
                throw unreadable(e);
            }
            transaction.executeWithoutResult(status -> runs.published(id, run.runJson()));
        }
        published.discard(id);
        return manifest.isPresent();
    }

    private void tellOwn(Run run, Instant ended, Told told) {
        Batch batch = new Batch(run, ended, false, told);
        try (Stream<ManifestRow> own = rows.rows(run.id())) {
            own.forEach(batch::add);
        }
        batch.end();
    }

    /** What is unfinished has committed outcomes all the same, and is finished by the next run of its job. */
    private List<RunId> tellUnfinished(Map<RunId, Listed> known, Told told) {
        List<Listed> unfinished = known.values().stream()
                .filter(run -> run.runJsonSha256() == null)
                .sorted((one, other) ->
                        one.run().startedAt().compareTo(other.run().startedAt()))
                .toList();
        long position = told.runs;
        for (Listed run : unfinished) {
            tellOwn(run.run(), run.run().startedAt(), told);
            if (run.state() == Run.State.PUBLISHING) {
                position++;
                long place = position;
                transaction.executeWithoutResult(status -> runs.place(run.run().id(), place));
            }
        }
        return unfinished.stream().map(run -> run.run().id()).toList();
    }

    /** Rows of a run, told so many at a time, and all those of a task together. */
    private final class Batch {
        private final Run run;
        private final Instant ended;
        private final boolean isNew;
        private final Told told;
        private final List<ManifestRow> waiting = new ArrayList<>();

        /** @param isNew whether the rows are to be kept as well */
        Batch(Run run, Instant ended, boolean isNew, Told told) {
            this.run = run;
            this.ended = ended;
            this.isNew = isNew;
            this.told = told;
        }

        void add(ManifestRow row) {
            boolean isOfNextTask =
                    !waiting.isEmpty() && !waiting.getLast().taskId().equals(row.taskId());
            if (isOfNextTask && waiting.size() >= ROWS_AT_ONCE) {
                end();
            }
            waiting.add(row);
        }

        void end() {
            requireNotStopped();
            transaction.executeWithoutResult(status -> {
                if (isNew) {
                    replay.keep(waiting);
                }
                replay.tell(run, ended, waiting);
            });
            told.rows += waiting.size();
            waiting.clear();
            tellProgress(told);
        }
    }

    private void tellProgress(Told told) {
        Instant now = clock.instant();
        if (now.isAfter(lastLine.plus(BETWEEN_LINES))) {
            lastLine = now;
            log.info("{} runs and {} rows so far", told.runs, told.rows);
        }
    }

    private void repeat(BooleanSupplier part) {
        boolean more = true;
        while (more) {
            requireNotStopped();
            more = Boolean.TRUE.equals(transaction.execute(status -> part.getAsBoolean()));
        }
    }

    private void requireNotStopped() {
        if (stopped) {
            throw InterruptedRunException.duringRebuild();
        }
    }

    private static void discard(Path work) {
        try {
            FileSystemUtils.deleteRecursively(work);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", work, e.getMessage());
        }
    }

    private static StopException unreadable(IOException e) {
        return new StopException(
                "The copies of run files in the home cannot be made or read (" + e.getMessage()
                        + "). Mend the disk or make room on it, and run the same command again.",
                e);
    }

    @Override
    public void stop(Duration grace) {
        stopped = true;
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
