package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.media.SampleMedia.first;
import static org.mediaarchiver.media.SampleMedia.mp4;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.AddressPolicy;

/** What becomes of a spool that a kill left: a copy of one, taken in mid-download, is what the next process finds. */
@Timeout(30)
class SpoolContinuationTest {
    private static final TaskId TASK = new TaskId("task-1");
    private static final byte[] VIDEO = mp4(3_000_000);
    private static final int SENT_BEFORE_THE_KILL = 2_500_000;
    private static final String PATH = "/v.mp4?Signature=abc";

    @TempDir
    Path home;

    @Test
    void aKilledDownloadGoesOnAtItsLastCheckpoint() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);

            assertFetched(source, PATH, VIDEO);

            ScriptedSource.Request rest = source.server.requests().getLast();
            assertThat(rest.from()).isBetween(1024 * 1024, SENT_BEFORE_THE_KILL);
            assertThat(rest.header("if-range")).isEqualTo("\"v1\"");
            assertThat(source.server.requests()).hasSize(2);
        }
    }

    @Test
    void whatALaterCheckpointDoesNotCoverIsFetchedAgain() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            try (RandomAccessFile tail = new RandomAccessFile(spooled().toFile(), "rw")) {
                tail.seek(tail.length() - 1);
                tail.write(~VIDEO[(int) tail.length() - 1]);
            }

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests()).hasSize(2);
        }
    }

    @Test
    void bytesThatTheDiskLostBeginAnew() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            try (RandomAccessFile middle = new RandomAccessFile(spooled().toFile(), "rw")) {
                middle.seek(500_000);
                middle.write(new byte[4096]);
            }

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests().getLast().header("range")).isNull();
        }
    }

    @Test
    void aSpoolShorterThanItsCheckpointBeginsAnew() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            Files.write(spooled(), first(VIDEO, 400_000));

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests().getLast().header("range")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?", "1048576 zz\n", "12345678901234567890 -1"})
    void checkpointsThatCannotBeReadBeginAnew(String text) throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            Files.writeString(Checkpoint.beside(spooled()), text);

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests().getLast().header("range")).isNull();
        }
    }

    @Test
    void aCheckpointCutByTheKillLeavesTheOneBefore() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            List<String> lines = Files.readAllLines(Checkpoint.beside(spooled()));
            assertThat(lines).hasSize(2);
            String torn = lines.get(1).substring(0, lines.get(1).length() - 1);
            Files.writeString(Checkpoint.beside(spooled()), lines.get(0) + "\n" + torn);

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests().getLast().header("range"))
                    .isEqualTo("bytes=" + lines.get(0).split(" ", 2)[0] + "-");
        }
    }

    @Test
    void theSameFileUnderAnotherSignatureGoesOn() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);

            assertFetched(source, "/v.mp4?Signature=another", VIDEO);

            ScriptedSource.Request rest = source.server.requests().getLast();
            assertThat(rest.target()).isEqualTo("/v.mp4?Signature=another");
            assertThat(rest.from()).isBetween(1024 * 1024, SENT_BEFORE_THE_KILL);
            assertThat(rest.header("if-range")).isEqualTo("\"v1\"");
            assertThat(source.server.requests()).hasSize(2);
        }
    }

    @Test
    void anotherUrlBeginsAnew() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);

            assertFetched(source, "/w.mp4?Signature=abc", VIDEO);
            assertThat(source.server.requests().getLast().header("range")).isNull();
        }
    }

    @Test
    void anotherFileUnderAnotherSignatureBeginsAnew() throws Exception {
        byte[] other = mp4(VIDEO.length + 1);
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            source.serve(other, "\"v2\"");

            assertFetched(source, "/v.mp4?Signature=another", other);
            assertThat(source.server.requests()).hasSize(2);
        }
    }

    @Test
    void aFileOfUnknownLengthBeginsAnew() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            source.tellsNoLength = true;
            leaveSpool(source);

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests().getLast().header("range")).isNull();
        }
    }

    @Test
    void aFileThatChangedSinceTheKillBeginsAnew() throws Exception {
        byte[] other = mp4(2_900_000);
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            source.serve(other, "\"v2\"");

            assertFetched(source, PATH, other);
            assertThat(source.server.requests()).hasSize(2);
            assertThat(source.server.requests().getLast().header("if-range")).isEqualTo("\"v1\"");
        }
    }

    @Test
    void aFileWhoseLengthChangedUnderTheSameTagBeginsAnew() throws Exception {
        byte[] other = mp4(2_900_000);
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);
            source.serve(other, "\"v1\"");

            assertFetched(source, PATH, other);
            assertThat(source.server.requests().getLast().header("range")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"W/\"v1\"", "v1"})
    void withoutAStrongEntityTagNothingIsOfUseToTheNextProcess(String etag) throws Exception {
        try (Source source = new Source(etag)) {
            leaveSpool(source);
            assertThat(Checkpoint.beside(spooled())).doesNotExist();

            try (MediaFetcher next = fetcher(spool())) {
                assertThat(spoolFiles()).isEmpty();
                assertThat(next.bytesReceived()).isZero();
            }
        }
    }

    @Test
    void aKillBetweenTheLastByteAndTheStoreCostsTheLastStretchAlone() throws Exception {
        try (Source source = new Source("\"v1\"");
                MediaFetcher killed = fetcher(home.resolve("killed"))) {
            source.goOn.countDown();
            source.serve(VIDEO, "\"v1\"");
            try (Spool finished = fetched(killed.fetch(TASK, Role.VIDEO, source.server.url(PATH)))
                    .spool()) {
                assertThat(finished.size()).isEqualTo(VIDEO.length);
                copy(home.resolve("killed"), spool());
            }

            assertFetched(source, PATH, VIDEO);
            assertThat(source.server.requests().getLast().from()).isGreaterThan(VIDEO.length - 1024 * 1024 - 65_536);
        }
    }

    @Test
    void whatNoDownloadCanGoOnWithIsDeletedAtTheStart() throws Exception {
        Files.createDirectories(spool());
        Files.writeString(spool().resolve("task-1.video"), "no checkpoint beside it");
        Files.writeString(spool().resolve("task-2.video.checkpoints"), "no file beside it");
        Files.writeString(spool().resolve("task-3.video"), "one of");
        Files.writeString(spool().resolve("task-3.video.checkpoints"), "a pair");

        try (MediaFetcher fetcher = fetcher(spool())) {
            assertThat(spoolFiles()).hasSize(2);
            fetcher.discardLeftovers();
            assertThat(spoolFiles()).isEmpty();
        }
    }

    @Test
    void noUrlIsWrittenBesideTheSpool() throws Exception {
        try (Source source = new Source("\"v1\"")) {
            leaveSpool(source);

            assertThat(Files.readString(Checkpoint.beside(spooled()))).doesNotContain("Signature", "v.mp4");
        }
    }

    private void assertFetched(Source source, String path, byte[] file) throws Exception {
        try (MediaFetcher next = fetcher(spool())) {
            try (Spool spool = fetched(next.fetch(TASK, Role.VIDEO, source.server.url(path)))
                    .spool()) {
                assertThat(spool.sha256()).isEqualTo(Sha256.of(file));
                assertThat(Files.readAllBytes(spooled())).isEqualTo(file);
            }
        }
        assertThat(spoolFiles()).isEmpty();
    }

    /** Downloads until the source holds back the rest, and copies the spool as it is then. */
    private void leaveSpool(Source source) throws Exception {
        Path killed = home.resolve("killed");
        try (MediaFetcher fetcher = fetcher(killed)) {
            Thread download = Thread.ofVirtual().start(() -> fetchUntilInterrupted(fetcher, source));
            while (fetcher.bytesReceived() < SENT_BEFORE_THE_KILL) {
                Thread.onSpinWait();
            }
            copy(killed, spool());
            download.interrupt();
            download.join();
            assertThat(files(killed)).isEmpty();
            source.goOn.countDown();
        }
    }

    private static void fetchUntilInterrupted(MediaFetcher fetcher, Source source) {
        try {
            fetcher.fetch(TASK, Role.VIDEO, source.server.url(PATH));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path file : files(from)) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
    }

    /** Sends most of the video to the first that asks, and everything to those that come later. */
    private static final class Source implements AutoCloseable {
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final ScriptedSource server;
        private volatile ScriptedSource.Script later;
        private volatile boolean tellsNoLength;

        Source(String etag) {
            later = ScriptedSource.serving(VIDEO, etag);
            server = new ScriptedSource((request, wire) -> {
                if (goOn.getCount() == 0) {
                    later.answer(request, wire);
                    return;
                }
                String length = tellsNoLength ? "X: y" : "Content-Length: " + VIDEO.length;
                wire.head("200 OK", length, "ETag: " + etag).send(Arrays.copyOf(VIDEO, SENT_BEFORE_THE_KILL));
                wire.stall();
            });
        }

        void serve(byte[] file, String etag) {
            later = ScriptedSource.serving(file, etag);
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private Path spool() {
        return home.resolve("spool");
    }

    private Path spooled() {
        return spool().resolve("task-1.video");
    }

    private List<Path> spoolFiles() throws IOException {
        return files(spool());
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static Fetch.Fetched fetched(Fetch fetch) {
        assertThat(fetch).isInstanceOf(Fetch.Fetched.class);
        return (Fetch.Fetched) fetch;
    }

    private static MediaFetcher fetcher(Path spool) {
        return new MediaFetcher(
                DownloadSettings.defaults(spool, new AddressPolicy(List.of(), true, Set.of(80), true), 4)
                        .withMemoryThreshold(256 * 1024),
                InstantSource.fixed(Instant.parse("2026-11-23T02:00:00Z")));
    }
}
