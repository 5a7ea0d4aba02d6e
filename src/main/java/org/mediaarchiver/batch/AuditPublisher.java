package org.mediaarchiver.batch;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.AuditFile;
import org.mediaarchiver.audit.AuditFiles;
import org.mediaarchiver.audit.AuditPublication;
import org.mediaarchiver.manifest.ResultFolder.Placed;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemProcessor;
import org.springframework.batch.infrastructure.item.ItemStreamWriter;

/** Makes the files of an audit, and offers each to the bucket. When the audit has ended stands with the first of them. */
final class AuditPublisher
        implements ItemProcessor<AuditFile, AuditPublisher.Made>, ItemStreamWriter<AuditPublisher.Made> {
    private static final String FINISHED_AT = "finishedAt";

    private final Function<Instant, AuditFiles> committedState;
    private final AuditPublication publication;
    private final InstantSource clock;
    private @Nullable Instant finishedAt;
    private @Nullable AuditFiles files;

    /** @param committedState the audit's files, once it is known when it ended */
    AuditPublisher(Function<Instant, AuditFiles> committedState, AuditPublication publication, InstantSource clock) {
        this.committedState = committedState;
        this.publication = publication;
        this.clock = clock;
    }

    /** A file that is in its place. */
    record Made(AuditFile file, Placed placed) {}

    @Override
    public void open(ExecutionContext context) {
        finishedAt = finishedAt(context, clock);
        files = committedState.apply(finishedAt);
    }

    private static Instant finishedAt(ExecutionContext context, InstantSource clock) {
        return context.containsKey(FINISHED_AT) ? finishedAt(context) : clock.instant();
    }

    /** Returns when an audit has ended whose files are being published. */
    static Instant finishedAt(ExecutionContext context) {
        return Instant.parse(context.getString(FINISHED_AT));
    }

    @Override
    public Made process(AuditFile file) {
        return new Made(
                file, Objects.requireNonNull(files, "the step has not begun").write(file));
    }

    @Override
    public void write(Chunk<? extends Made> chunk) throws InterruptedException {
        for (Made made : chunk) {
            publication.publish(made.file(), made.placed());
        }
    }

    @Override
    public void update(ExecutionContext context) {
        context.putString(FINISHED_AT, String.valueOf(finishedAt));
    }
}
