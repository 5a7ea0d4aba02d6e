package org.mediaarchiver.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.Finding;
import org.mediaarchiver.audit.FindingLog;
import org.mediaarchiver.audit.ObjectAudit.Settled;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemStreamWriter;

/** Keeps what became of objects: findings in their log, which counts as far as is committed, and how many there were. */
final class ObjectWriter implements ItemStreamWriter<Settled> {
    private static final String FINDINGS = "findings";

    private final Path file;
    private final ObjectReader reader;
    private final LongSupplier rowsInAll;
    private final Progress progress;
    private ObjectTally tally = ObjectTally.in(new ExecutionContext());
    private long rows;
    private @Nullable FindingLog log;

    /** @param rowsInAll how many rows there are, known once the step begins */
    ObjectWriter(Path file, ObjectReader reader, LongSupplier rowsInAll, Progress progress) {
        this.file = file;
        this.reader = reader;
        this.rowsInAll = rowsInAll;
        this.progress = progress;
    }

    @Override
    public void open(ExecutionContext context) {
        tally = ObjectTally.in(context);
        log = FindingLog.open(file, context.getLong(FINDINGS, 0));
        rows = rowsInAll.getAsLong();
        progress.start(rows);
    }

    @Override
    public void write(Chunk<? extends Settled> chunk) {
        for (Settled settled : chunk) {
            tally = tally.plus(settled);
            Finding finding = settled.finding();
            if (finding != null) {
                log().add(finding);
                progress.found(1);
            }
        }
        ObjectReader.Position position = reader.position();
        progress.reached(position.passed(), rows - position.superseded());
    }

    @Override
    public void update(ExecutionContext context) {
        tally.putInto(context);
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
