package org.mediaarchiver.media;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.AddressPolicy;

/** Bytes that come from elsewhere than a media host, and go through the spool all the same. */
class KeptBytesTest {
    private static final TaskId TASK = new TaskId("task-1");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path spool;

    @SuppressWarnings("NullAway.Init")
    private MediaFetcher media;

    @BeforeEach
    void open() {
        AddressPolicy policy = new AddressPolicy(List.of(), false, Set.of(443), false);
        media = new MediaFetcher(
                DownloadSettings.defaults(spool, policy, 1).withMemoryThreshold(256 * 1024), InstantSource.system());
    }

    @AfterEach
    void close() {
        media.close();
    }

    @Test
    void manyBytesAreKeptInAFileAsLongAsTheyAreUsed() throws Exception {
        byte[] bytes = new byte[3_000_000];
        new Random(7).nextBytes(bytes);

        try (Spool kept = media.keep(TASK, Role.VIDEO, new ByteArrayInputStream(bytes))) {
            assertThat(kept.size()).isEqualTo(bytes.length);
            assertThat(kept.sha256()).isEqualTo(Sha256.of(bytes));
            assertThat(kept.body())
                    .isInstanceOfSatisfying(
                            Body.File.class, file -> assertThat(file.path()).hasBinaryContent(bytes));
        }

        assertNothingStays();
    }

    @Test
    void fewBytesAreKeptWithoutAFile() throws Exception {
        try (Spool kept = media.keep(TASK, Role.RESULT, new ByteArrayInputStream("{}".getBytes(UTF_8)))) {
            assertThat(kept.body()).isInstanceOf(Body.Pieces.class);
            assertNothingStays();
        }
    }

    @Test
    void bytesThatBreakOffLeaveNothing() throws Exception {
        InputStream broken = new FilterInputStream(new ByteArrayInputStream(new byte[2_000_000])) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int n = super.read(buffer, offset, length);
                if (n < 0) {
                    throw new IOException("reset");
                }
                return n;
            }
        };

        assertThatThrownBy(() -> media.keep(TASK, Role.VIDEO, broken)).hasMessage("reset");

        assertNothingStays();
    }

    @Test
    void whatAKilledDownloadLeftIsNoPartOfThem() throws Exception {
        Files.write(spool.resolve("task-1.video"), new byte[5_000_000]);
        Files.writeString(spool.resolve("task-1.video.checkpoints"), "left by a kill");
        byte[] bytes = new byte[2_000_000];

        try (Spool kept = media.keep(TASK, Role.VIDEO, new ByteArrayInputStream(bytes))) {
            assertThat(kept.body())
                    .isInstanceOfSatisfying(
                            Body.File.class, file -> assertThat(file.path()).hasBinaryContent(bytes));
            assertThat(spool.resolve("task-1.video.checkpoints")).doesNotExist();
        }

        assertNothingStays();
    }

    @Test
    void aSpoolThatCannotBeWrittenStopsTheRun() throws Exception {
        Files.createDirectories(spool.resolve("task-1.video").resolve("not empty"));

        assertThatThrownBy(() -> media.keep(TASK, Role.VIDEO, new ByteArrayInputStream(new byte[2_000_000])))
                .isInstanceOf(StopException.class);
    }

    private void assertNothingStays() throws IOException {
        try (Stream<Path> left = Files.list(spool)) {
            assertThat(left).isEmpty();
        }
    }
}
