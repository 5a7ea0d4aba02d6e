package org.mediaarchiver.batch;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemStreamReader;

/** Reads the runs of an audit one after the other, and last the chain that they make. */
final class EvidenceReader implements ItemStreamReader<EvidenceItem>, StepExecutionListener {
    private static final String READ = "read";

    private final List<RunId> runs;
    private final BooleanSupplier stopped;
    private int read;
    private @Nullable StepExecution step;

    EvidenceReader(List<RunId> runs, BooleanSupplier stopped) {
        this.runs = runs;
        this.stopped = stopped;
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        step = stepExecution;
    }

    @Override
    public void open(ExecutionContext context) {
        read = context.getInt(READ, 0);
    }

    @Override
    public @Nullable EvidenceItem read() {
        if (stopped.getAsBoolean() && step != null) {
            step.setTerminateOnly();
            return null;
        }
        if (read > runs.size()) {
            return null;
        }
        EvidenceItem item = read < runs.size() ? new EvidenceItem.OfRun(runs.get(read)) : new EvidenceItem.OfChain();
        read++;
        return item;
    }

    @Override
    public void update(ExecutionContext context) {
        context.putInt(READ, read);
    }
}
