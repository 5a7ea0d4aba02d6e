package org.mediaarchiver.batch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.FindingReader;
import org.mediaarchiver.ledger.Run;
import org.springframework.batch.core.listener.StepExecutionListener;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.support.AbstractItemCountingItemStreamItemReader;

/** Reads the findings that a repair is about; after a restart it goes on behind the last committed chunk. */
final class DamageReader extends AbstractItemCountingItemStreamItemReader<FindingReader.Line>
        implements StepExecutionListener {
    private final Run run;
    private final Home home;
    private final String prefix;
    private final BooleanSupplier stopped;
    private @Nullable FindingReader findings;
    private @Nullable StepExecution step;

    /** @param stopped tells whether the step is to end with the chunk at hand */
    DamageReader(Run run, Home home, String prefix, BooleanSupplier stopped) {
        this.run = run;
        this.home = home;
        this.prefix = prefix;
        this.stopped = stopped;
        setName("load");
    }

    @Override
    public void beforeStep(StepExecution stepExecution) {
        step = stepExecution;
    }

    @Override
    protected void doOpen() throws IOException {
        findings = new FindingReader(new BufferedInputStream(Files.newInputStream(home.input(run.id()))), prefix);
    }

    @Override
    protected FindingReader.@Nullable Line doRead() throws IOException {
        StepExecution running = step;
        if (running != null && stopped.getAsBoolean()) {
            running.setTerminateOnly();
        }
        FindingReader open = findings;
        return open == null ? null : open.next();
    }

    @Override
    protected void doClose() {
        FindingReader open = findings;
        findings = null;
        if (open != null) {
            open.close();
        }
    }
}
