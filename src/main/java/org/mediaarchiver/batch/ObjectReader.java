package org.mediaarchiver.batch;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.ObjectAudit;
import org.mediaarchiver.audit.ObjectAudit.Settled;
import org.mediaarchiver.domain.StopException;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemStreamReader;

/**
 * Reads what becomes of objects, in the order of their keys, while a number of them are looked at ahead.
 *
 * <p>The concurrency is in what it reads from and not in the step, which would wait at the end of each chunk for its slowest item.
 * The checkpoint is the last key that was committed.
 *
 * <p>When the audit must stop, the reader ends like one that has read everything, so that the step commits what there is; the step is
 * then marked as stopped, and {@link #doom} tells why.
 */
final class ObjectReader implements ItemStreamReader<Settled>, StepExecutionListener {
    private static final String AFTER = "after";
    private static final String POPULATION = "population";
    private static final String EXTRAS = "extrasLookedFor";

    private final Function<String, ObjectAudit> begin;
    private String last = "";
    private @Nullable StepExecution step;
    private @Nullable StopException doom;
    private volatile @Nullable ObjectAudit audit;
    private volatile boolean stopped;

    /** @param begin begins to look at the objects after a key */
    ObjectReader(Function<String, ObjectAudit> begin) {
        this.begin = begin;
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        step = stepExecution;
    }

    @Override
    public void open(ExecutionContext context) {
        last = context.getString(AFTER, "");
        ObjectAudit opened = begin.apply(last);
        audit = opened;
        if (stopped) {
            opened.stop();
        }
    }

    @Override
    public @Nullable Settled read() throws InterruptedException {
        Settled next = null;
        try {
            next = audit().next();
        } catch (StopException e) {
            doom = e;
        }
        if (next != null) {
            last = next.key();
        } else if (doom != null || stopped) {
            Objects.requireNonNull(step).setTerminateOnly();
        }
        return next;
    }

    @Override
    public void update(ExecutionContext context) {
        context.putString(AFTER, last);
        context.putLong(POPULATION, audit().population());
        context.putString(EXTRAS, Boolean.toString(audit().looksForExtras()));
    }

    /** Returns how many objects a sample was drawn from, 0 where there is none. */
    static long population(ExecutionContext context) {
        return context.getLong(POPULATION, 0);
    }

    /** Tells whether objects were looked for that no row tells of. */
    static boolean looksForExtras(ExecutionContext context) {
        return Boolean.parseBoolean(context.getString(EXTRAS, "false"));
    }

    /** Returns how many rows have been dealt with, and how many there are. */
    Position position() {
        ObjectAudit opened = audit();
        return new Position(opened.rowsPassed(), opened.rowsSuperseded());
    }

    /**
     * How far the rows have been read.
     *
     * @param superseded rows that do not count, since a newer one tells of the same object
     */
    record Position(long passed, long superseded) {}

    /** Returns how many bytes of objects have been received. */
    long bytesReceived() {
        ObjectAudit opened = audit;
        return opened == null ? 0 : opened.bytesReceived();
    }

    /** Looks at no further object. */
    void stop() {
        stopped = true;
        ObjectAudit opened = audit;
        if (opened != null) {
            opened.stop();
        }
    }

    /** Returns what stopped the audit, or null where nothing did. */
    @Nullable
    StopException doom() {
        return doom;
    }

    private ObjectAudit audit() {
        return Objects.requireNonNull(audit, "the step has not begun");
    }

    @Override
    public void close() {
        ObjectAudit opened = audit;
        if (opened != null) {
            opened.close();
        }
    }
}
