package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.batch.ConfigurationException;
import org.mediaarchiver.domain.StopException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
    private final StringWriter err = new StringWriter();

    @Test
    void whatStopsTheRunIsASentenceAnd10() {
        assertThat(codeOf(new StopException("The bucket is gone.", new IOException("x"))))
                .isEqualTo(10);
        assertThat(err).hasToString("The bucket is gone." + System.lineSeparator());
    }

    @Test
    void aCauseIsFoundHoweverDeepItIs() {
        assertThat(codeOf(new IllegalStateException(new IOException(new StopException("The disk is full.")))))
                .isEqualTo(10);
        assertThat(err).hasToString("The disk is full." + System.lineSeparator());
    }

    @Test
    void aFaultyConfigurationIs2WithAllItsFaults() {
        assertThat(codeOf(new ConfigurationException(List.of("a is not set.", "b is wrong."))))
                .isEqualTo(2);
        assertThat(err.toString().lines()).containsExactly("a is not set.", "b is wrong.");
    }

    @Test
    void anythingElseIsABugAnd1WithItsTrace() {
        assertThat(codeOf(new IllegalStateException("surprise"))).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("Unexpected error, likely a bug. Please report it")
                .contains("IllegalStateException: surprise", "\tat ");
    }

    private int codeOf(Exception failure) {
        return new CommandLine(new Failing(failure))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler(new Failures())
                .execute();
    }

    @Command(name = "failing")
    private static final class Failing implements Callable<Integer> {
        private final Exception failure;

        Failing(Exception failure) {
            this.failure = failure;
        }

        @Override
        public Integer call() throws Exception {
            throw failure;
        }
    }
}
