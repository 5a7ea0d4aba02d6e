package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.mediaarchiver.audit.AuditFile;
import org.mediaarchiver.audit.AuditFiles;
import org.mediaarchiver.audit.AuditPublication;
import org.mediaarchiver.audit.AuditResult;
import org.mediaarchiver.audit.AuditScope;
import org.mediaarchiver.audit.EvidenceAudit;
import org.mediaarchiver.audit.Looked;
import org.mediaarchiver.audit.ObjectAudit;
import org.mediaarchiver.audit.ObjectAudit.Extras;
import org.mediaarchiver.audit.ObjectAudit.Settled;
import org.mediaarchiver.batch.Progress.Counted;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.storage.ObjectStore;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.support.IteratorItemReader;
import org.springframework.transaction.PlatformTransactionManager;

/** The job of one audit, in three steps: check the evidence, look at the objects that it tells of, publish what was found. */
final class AuditJob {
    private static final String JOB = "audit";
    private static final String EVIDENCE = "evidence";
    private static final String OBJECTS = "objects";
    private static final String PUBLISH = "publish";

    private final Settings.Reading settings;
    private final AuditWorkplace workplace;
    private final AuditScope scope;
    private final AuditExtent extent;
    private final EvidenceAudit evidence;
    private final ObjectStore store;
    private final AuditPublication publication;
    private final JobRepository jobRepository;
    private final JobLaunch launch;
    private final PlatformTransactionManager transactionManager;
    private final InstantSource clock;
    private final String version;
    private final JobParameters parameters;
    private final ObjectReader objects;
    private volatile boolean stopped;

    /** @param extent whose sample has a seed */
    AuditJob(
            Settings.Reading settings,
            AuditWorkplace workplace,
            AuditScope scope,
            AuditExtent extent,
            EvidenceAudit evidence,
            ObjectStore store,
            JobRepository jobRepository,
            JobLaunch launch,
            PlatformTransactionManager transactionManager,
            InstantSource clock,
            String version) {
        this.settings = settings;
        this.workplace = workplace;
        this.scope = scope;
        this.extent = extent;
        this.evidence = evidence;
        this.store = store;
        this.publication = new AuditPublication(store, settings.storage().prefix(), workplace.id());
        this.jobRepository = jobRepository;
        this.launch = launch;
        this.transactionManager = transactionManager;
        this.clock = clock;
        this.version = version;
        this.parameters = new JobParametersBuilder()
                .addString("audit", workplace.id().value(), true)
                .toJobParameters();
        this.objects = new ObjectReader(this::begin);
    }

    /**
     * Runs the job, or what is left of it.
     *
     * @throws InterruptedRunException if {@link #stop} was called before its end
     * @throws org.mediaarchiver.domain.StopException if there is no such run, or the store or the disk cannot be used
     */
    AuditResult run(ProgressStyle style) {
        List<RunId> runs = evidence.begin();
        if (!isComplete() && launch.run(job(runs, style), parameters, objects::doom) == JobLaunch.End.STOPPED) {
            throw InterruptedRunException.duringAudit(workplace.id());
        }
        return result(runs, AuditPublisher.finishedAt(context(PUBLISH)));
    }

    /** Looks at nothing more; what is known by now is committed. */
    void stop() {
        stopped = true;
        objects.stop();
    }

    /** Returns where the bucket has the results, or why it does not. */
    String placeInBucket() {
        String place = "s3://" + store.bucket() + "/"
                + AuditFile.AUDIT_JSON.key(settings.storage().prefix(), workplace.id());
        return publication
                .refusal()
                .map(why -> "The results are not in the bucket: " + why)
                .orElse("in bucket  " + place.substring(0, place.lastIndexOf('/')));
    }

    /** A kill between its last commit and the end of the process leaves a job with nothing left to do. */
    private boolean isComplete() {
        JobExecution last = jobRepository.getLastJobExecution(JOB, parameters);
        return last != null && last.getStatus() == BatchStatus.COMPLETED;
    }

    private Job job(List<RunId> runs, ProgressStyle style) {
        EvidenceReader reader = new EvidenceReader(runs, () -> stopped);
        EvidenceChecks checks =
                new EvidenceChecks(evidence, log(EVIDENCE), runs.size(), new Progress(style, Counted.RUNS, () -> 0));
        Step evidenceStep = new StepBuilder(EVIDENCE, jobRepository)
                .<EvidenceItem, EvidenceFacts>chunk(1)
                .transactionManager(transactionManager)
                .reader(reader)
                .processor(checks)
                .writer(checks)
                .listener(reader)
                .build();
        ObjectWriter writer = new ObjectWriter(
                log(OBJECTS),
                objects,
                () -> EvidenceFacts.in(context(EVIDENCE)).rows(),
                new Progress(style, Counted.OBJECTS, objects::bytesReceived));
        Step objectsStep = new StepBuilder(OBJECTS, jobRepository)
                .<Settled, Settled>chunk(chunk())
                .transactionManager(transactionManager)
                .reader(objects)
                .writer(writer)
                .listener(objects)
                .build();
        AuditPublisher publisher = new AuditPublisher(finishedAt -> files(runs, finishedAt), publication, clock);
        Step publishStep = new StepBuilder(PUBLISH, jobRepository)
                .<AuditFile, AuditPublisher.Made>chunk(1)
                .transactionManager(transactionManager)
                .reader(new IteratorItemReader<>(List.of(AuditFile.values())))
                .processor(publisher)
                .writer(publisher)
                .build();
        JobBuilder job = new JobBuilder(JOB, jobRepository);
        return extent.mode().includes(AuditMode.LIST)
                ? job.start(evidenceStep).next(objectsStep).next(publishStep).build()
                : job.start(evidenceStep).next(publishStep).build();
    }

    /** A kill loses what was not committed: a moment of listing, some seconds of asking, a few objects' bytes. */
    private int chunk() {
        return switch (extent.mode()) {
            case MANIFEST -> 1;
            case LIST -> 5_000;
            case HEAD -> 500;
            case READ -> 32;
        };
    }

    private ObjectAudit begin(String after) {
        boolean knowsAllRows = scope instanceof AuditScope.AllRuns
                && EvidenceFacts.in(context(EVIDENCE)).rowsAreWhole();
        return ObjectAudit.begin(
                store,
                settings.storage().prefix(),
                evidence,
                new ObjectAudit.Task(
                        extent,
                        knowsAllRows ? Extras.FOUND : Extras.PASSED_OVER,
                        workplace.id().start(),
                        after),
                settings.concurrency());
    }

    private Path log(String step) {
        return workplace.work().resolve(step + ".jsonl");
    }

    private AuditFiles files(List<RunId> runs, Instant finishedAt) {
        return new AuditFiles(workplace.folder(), logs(), result(runs, finishedAt), version);
    }

    private List<Path> logs() {
        return List.of(log(EVIDENCE), log(OBJECTS));
    }

    private AuditResult result(List<RunId> runs, Instant finishedAt) {
        EvidenceFacts facts = EvidenceFacts.in(context(EVIDENCE));
        ExecutionContext counted = context(OBJECTS);
        ObjectTally tally = ObjectTally.in(counted);
        return new AuditResult(
                workplace.id(),
                settings.storage().archive(),
                extent,
                new Looked(
                        runs,
                        facts.unfinished(),
                        facts.heads(),
                        facts.rowsAreWhole(),
                        tally.expected(),
                        extent.sample() == null ? tally.expected() : ObjectReader.population(counted),
                        tally.lookedAt(),
                        tally.newer(),
                        tally.bytesRead(),
                        ObjectReader.looksForExtras(counted)),
                AuditFiles.summary(logs()),
                workplace.id().start(),
                finishedAt);
    }

    /** Returns what a step has committed, whichever execution of the job that was in. */
    private ExecutionContext context(String step) {
        JobInstance instance = jobRepository.getJobInstance(JOB, parameters);
        StepExecution last = instance == null ? null : jobRepository.getLastStepExecution(instance, step);
        return last == null ? new ExecutionContext() : last.getExecutionContext();
    }
}
