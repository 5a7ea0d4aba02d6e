package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunFiles;
import org.mediaarchiver.manifest.RunPublication;
import org.mediaarchiver.storage.S3ObjectStore;
import org.springframework.transaction.support.TransactionTemplate;

/** What the tables tell of a run: its files, and its summary. */
final class RunProjection {
    private static final int REJECT_PAGE = 1000;

    private final Settings settings;
    private final Home home;
    private final RunTable runs;
    private final TaskTable tasks;
    private final ManifestRowTable rows;
    private final StoreProbes storeProbes;
    private final S3ObjectStore store;
    private final JobLock lock;
    private final TransactionTemplate transaction;
    private final InstantSource clock;
    private final String version;

    RunProjection(
            Settings settings,
            Home home,
            RunTable runs,
            TaskTable tasks,
            ManifestRowTable rows,
            StoreProbes storeProbes,
            S3ObjectStore store,
            JobLock lock,
            TransactionTemplate transaction,
            InstantSource clock,
            String version) {
        this.settings = settings;
        this.home = home;
        this.runs = runs;
        this.tasks = tasks;
        this.rows = rows;
        this.storeProbes = storeProbes;
        this.store = store;
        this.lock = lock;
        this.transaction = transaction;
        this.clock = clock;
        this.version = version;
    }

    /**
     * Gives a run whose tasks have all ended its place in the chain; from then on its end and its predecessor stand.
     *
     * @return a run that must be published before, in which case nothing has changed
     */
    Optional<Run> begin(Run run) {
        return Objects.requireNonNull(transaction.execute(status -> {
            Optional<Run> ahead = runs.ahead(run);
            if (ahead.isEmpty()) {
                lock.requireHeld();
                runs.beginPublication(run, tasks.counts(run.id()), clock.instant());
            }
            return ahead;
        }));
    }

    /** Returns the files of a run whose publication has begun. */
    RunFiles files(Run run) {
        RunTable.Publication publication = runs.publication(run.id());
        TaskTable.Counts counts = publication.tasks();
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
                settings.storage().archive(),
                new RunFacts.Options(run.options().limit(), flags),
                storeProbes.factsAt(publication.finishedAt()));
        return new RunFiles(
                home.run(run.id()), facts, () -> rows.rows(run.id()), () -> rejectedLines(run.id()), store::open);
    }

    private Stream<RejectedLine> rejectedLines(RunId run) {
        return Stream.iterate(
                        tasks.rejectedLines(run, 0, REJECT_PAGE),
                        page -> !page.isEmpty(),
                        page -> tasks.rejectedLines(run, page.getLast().line(), REJECT_PAGE))
                .flatMap(List::stream);
    }

    /** Returns where the files of a run are put. */
    RunPublication publication(Run run) {
        return new RunPublication(store, settings.storage().prefix(), run.id());
    }

    /** Returns the summary of a published run. */
    RunSummary summary(Run run) {
        RunTable.Publication publication = runs.publication(run.id());
        return new RunSummary(
                run.id(),
                run.job(),
                rows.tally(run.id()),
                publication.tasks(),
                publication.duplicates(),
                tasks.rejected(run.id()),
                Duration.between(run.startedAt(), publication.finishedAt()),
                home.run(run.id()),
                "s3://" + settings.storage().bucket() + "/"
                        + RunFile.MANIFEST_CSV.key(settings.storage().prefix(), run.id()),
                runs.runJson(run.id()));
    }
}
