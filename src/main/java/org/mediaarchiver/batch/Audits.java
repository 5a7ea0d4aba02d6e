package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.AuditResult;
import org.mediaarchiver.audit.AuditScope;
import org.mediaarchiver.audit.EvidenceAudit;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.transaction.PlatformTransactionManager;

/** Sees an audit through: one that was interrupted and asked the same is gone on with. */
public final class Audits implements StoppableWork {
    private static final Logger log = LoggerFactory.getLogger(Audits.class);

    private final AuditRequest request;
    private final Settings.Reading settings;
    private final AuditWorkplace workplace;
    private final ObjectStore store;
    private final JobRepository jobRepository;
    private final JobLaunch launch;
    private final PlatformTransactionManager transactionManager;
    private final InstantSource clock;
    private final String version;
    private final Semaphore idle = new Semaphore(1);
    private volatile @Nullable AuditJob running;
    private volatile boolean stopped;

    Audits(
            AuditRequest request,
            Settings.Reading settings,
            AuditWorkplace workplace,
            ObjectStore store,
            JobRepository jobRepository,
            JobLaunch launch,
            PlatformTransactionManager transactionManager,
            InstantSource clock,
            String version) {
        this.request = request;
        this.settings = settings;
        this.workplace = workplace;
        this.store = store;
        this.jobRepository = jobRepository;
        this.launch = launch;
        this.transactionManager = transactionManager;
        this.clock = clock;
        this.version = version;
    }

    /**
     * Audits what was asked for.
     *
     * <p>The results are kept in the home, which need not be there before, and in the bucket, each where that is allowed.
     *
     * @param progress how to show how far it has come
     * @throws org.mediaarchiver.domain.StopException if there is no such run, or the store or the disk cannot be used
     * @throws InterruptedRunException if {@link #stop} was called
     */
    public AuditSummary audit(ProgressStyle progress) throws InterruptedException {
        idle.acquire();
        try {
            AuditScope scope = request.scope(settings.storage());
            AuditExtent extent = request.extent().orSeed(workplace.seed());
            AuditJob job = new AuditJob(
                    settings,
                    workplace,
                    scope,
                    extent,
                    new EvidenceAudit(
                            store,
                            settings.storage().prefix(),
                            settings.home().resolve("runs"),
                            workplace.work(),
                            scope,
                            request.expected()),
                    store,
                    jobRepository,
                    launch,
                    transactionManager,
                    clock,
                    version);
            running = job;
            if (stopped) {
                job.stop();
            }
            AuditResult result = job.run(progress);
            workplace.finish();
            return new AuditSummary(result, places(job));
        } catch (InterruptedRunException e) {
            // Said here and not by the caller: once this is idle again, the process may end before the caller's turn.
            log.warn(e.getMessage());
            throw e;
        } finally {
            idle.release();
        }
    }

    private List<String> places(AuditJob job) {
        List<String> places = new ArrayList<>();
        places.add(
                workplace.isKept()
                        ? "results    " + workplace.folder()
                        : "The results are not kept here: the home cannot be written.");
        places.add(job.placeInBucket());
        return places;
    }

    @Override
    public void stop(Duration grace) {
        if (isAtWork()) {
            log.warn("Asked to end: no further object is looked at. Ask again to end at once.");
        }
        stopped = true;
        AuditJob job = running;
        if (job != null) {
            job.stop();
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
