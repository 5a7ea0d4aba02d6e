package org.mediaarchiver.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.EvidenceAudit;
import org.mediaarchiver.audit.Finding;
import org.mediaarchiver.audit.FindingLog;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemProcessor;
import org.springframework.batch.infrastructure.item.ItemStreamWriter;

/**
 * Checks the files of runs and their chain, and keeps what becomes of it.
 *
 * <p>A run can have more findings than memory holds, so they go to their log as they come; how far that counts is committed with
 * the run.
 */
final class EvidenceChecks implements ItemProcessor<EvidenceItem, EvidenceFacts>, ItemStreamWriter<EvidenceFacts> {
    private static final String FINDINGS = "findings";

    private final EvidenceAudit evidence;
    private final Path file;
    private final int runs;
    private final Progress progress;
    private EvidenceFacts facts = EvidenceFacts.in(new ExecutionContext());
    private long done;
    private @Nullable FindingLog log;

    EvidenceChecks(EvidenceAudit evidence, Path file, int runs, Progress progress) {
        this.evidence = evidence;
        this.file = file;
        this.runs = runs;
        this.progress = progress;
    }

    @Override
    public void open(ExecutionContext context) {
        facts = EvidenceFacts.in(context);
        log = FindingLog.open(file, context.getLong(FINDINGS, 0));
        progress.start(runs);
    }

    @Override
    public EvidenceFacts process(EvidenceItem item) {
        return switch (item) {
            case EvidenceItem.OfRun of -> EvidenceFacts.of(evidence.check(of.run(), this::found));
            case EvidenceItem.OfChain ignored -> EvidenceFacts.of(evidence.conclude(this::found));
        };
    }

    private void found(Finding finding) {
        log().add(finding);
        progress.found(1);
    }

    @Override
    public void write(Chunk<? extends EvidenceFacts> chunk) {
        for (EvidenceFacts more : chunk) {
            facts = facts.plus(more);
            done++;
            progress.reached(Math.min(done, runs), runs);
        }
    }

    @Override
    public void update(ExecutionContext context) {
        facts.putInto(context);
        context.putLong(FINDINGS, log().length());
    }

    private FindingLog log() {
        return Objects.requireNonNull(log, "the step has not begun");
    }

    @Override
    public void close() {
        try (progress) {
            if (log != null) {
                log.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
