package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.Failures.Call;
import software.amazon.awssdk.core.exception.SdkClientException;

class FailuresTest {
    /** The SDK has tried several times by then; the store is not to blame, and no other object would fare better. */
    @Test
    void aConnectionThatTheSystemDoesNotAllowStopsTheRun() {
        S3Settings settings = new S3Settings(
                "bucket",
                URI.create("http://store.example"),
                "eu-west-1",
                S3Settings.Addressing.PATH,
                S3Settings.Placement.AS_THE_BUCKET_SAYS,
                S3Settings.Transfer.forTasksInFlight(16));
        Failures failures = new Failures(settings, InstantSource.system());
        failures.storeAnswered();
        SdkClientException failure =
                SdkClientException.create("Unable to execute HTTP request", new SocketException("Too many open files"));

        assertThatThrownBy(() -> failures.of(failure, Call.PUT, "media/task/video.mp4"))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("the limit of open files is reached");
    }

    @Test
    void aWorkFileThatTheSystemDoesNotAllowToBeOpenedIsNotMissing() {
        UncheckedIOException failure =
                new UncheckedIOException(new FileSystemException("spool/task.video", null, "Too many open files"));

        assertThatThrownBy(() -> Failures.workFileUnreadable(failure))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("the limit of open files is reached");
    }
}
