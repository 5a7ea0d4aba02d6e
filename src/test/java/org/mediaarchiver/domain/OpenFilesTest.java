package org.mediaarchiver.domain;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class OpenFilesTest {
    /** As the Java runtime words them for files, paths and sockets. */
    static final IOException[] EXHAUSTED = {
        new FileNotFoundException("/home/spool/t.video (Too many open files)"),
        new FileSystemException("/home/spool/t.video", null, "Too many open files in system"),
        new SocketException("Too many open files"),
    };

    @ParameterizedTest
    @FieldSource("EXHAUSTED")
    void aLimitThatIsReachedStopsTheRunWithItsCure(IOException failure) {
        assertThatThrownBy(() -> OpenFiles.requireNotExhausted(new IllegalStateException("wrapped", failure)))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("ulimit -n")
                .hasRootCause(failure);
    }

    @Test
    void anyOtherFailureIsLeftToItsOwner() {
        assertThatCode(() -> OpenFiles.requireNotExhausted(new SocketException((String) null)))
                .doesNotThrowAnyException();
        assertThatCode(() -> OpenFiles.requireNotExhausted(new IOException("No space left on device")))
                .doesNotThrowAnyException();
    }
}
