package org.mediaarchiver.batch;

import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.manifest.RunFile;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ItemReader;

/**
 * Reads the files of a run in their order of publication.
 *
 * <p>It keeps no place: a run that is published again makes every file again, finds the same bytes, and goes on with those that
 * are missing.
 */
final class PublishReader implements ItemReader<RunFile>, StepExecutionListener {
    private final Iterator<RunFile> files = List.of(RunFile.values()).iterator();
    private final BooleanSupplier stopped;
    private @Nullable StepExecution step;

    /** @param stopped tells whether the step is to end behind the file at hand */
    PublishReader(BooleanSupplier stopped) {
        this.stopped = stopped;
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        step = stepExecution;
    }

    @Override
    public @Nullable RunFile read() {
        StepExecution running = step;
        if (!files.hasNext()) {
            return null;
        }
        if (running != null && stopped.getAsBoolean()) {
            running.setTerminateOnly();
            return null;
        }
        return files.next();
    }
}
