package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.faults.Media;
import org.mediaarchiver.faults.RawServer;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;

/** Large files on their way through the packaged program, and what becomes of them where something is scarce or ends it. */
@Timeout(180)
class DownloadsIT {
    private static final int MIB = 1024 * 1024;

    @TempDir
    private Path directory;

    /** The URL is signed anew in each answer, as media hosts have it. */
    @Test
    void aDownloadThatAKillBrokeOffGoesOnWhereItWas() throws Exception {
        byte[] video = Media.video("big", 20 * MIB);
        int sentBeforeTheKill = 6 * MIB;
        CountDownLatch sent = new CountDownLatch(1);
        try (RawServer source = new RawServer((request, wire) -> {
                    if (request.path().startsWith("/avatar/")) {
                        answerDone(request, wire, "?Expires=1795003600&Signature=" + request.count());
                    } else if (sent.getCount() > 0) {
                        wire.head("200 OK", "ETag: \"v1\"", "Content-Length: " + video.length)
                                .send(Arrays.copyOf(video, sentBeforeTheKill));
                        sent.countDown();
                        wire.stall();
                    } else {
                        sendRest(request, wire, video);
                    }
                });
                Site site = Site.with(source, directory)) {
            String input = site.input("tasks.csv", List.of("big"));
            Path checkpoints = site.home().resolve("spool").resolve("big.video.checkpoints");
            String last;
            try (ArchiverProcess killed = site.start("archive", input)) {
                sent.await();
                while (!Files.exists(checkpoints)
                        || Files.readAllLines(checkpoints).size() < 5) {
                    Thread.onSpinWait();
                }
                killed.signal("KILL");
                assertThat(killed.await().exitCode()).isEqualTo(137);
                last = Files.readAllLines(checkpoints).getLast();
            }
            assertThat(site.objects().keySet()).noneMatch(key -> key.startsWith("media/"));

            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            List<RawServer.Request> requests = source.requests("/media/big");
            assertThat(requests).hasSize(2);
            assertThat(requests.getLast().query())
                    .isNotEqualTo(requests.getFirst().query());
            assertThat(requests.getLast().headers())
                    .containsEntry("range", "bytes=" + last.split(" ", -1)[0] + "-")
                    .containsEntry("if-range", "\"v1\"");
            assertThat(requests.getLast().from("\"v1\"")).isBetween(5 * MIB, sentBeforeTheKill);
            assertThat(Sha256.of(site.objects().getOrDefault("media/big/video.mp4", new byte[0])))
                    .isEqualTo(Sha256.of(video));
            site.assertNothingIsAmiss();
        }
    }

    /** Each file alone is larger than the heap, and all of them are under way at once. */
    @Test
    void theHeapNeedNotHoldTheFiles() throws Exception {
        List<String> tasks = List.of("a", "b", "c");
        int zeros = 72 * MIB;
        CountDownLatch underWay = new CountDownLatch(tasks.size());
        try (RawServer source = new RawServer((request, wire) -> {
                    if (request.path().startsWith("/avatar/")) {
                        answerDone(request, wire, "");
                    } else {
                        sendZeros(wire, zeros, underWay);
                    }
                });
                Site site = Site.with(source, directory)) {
            // Before the options of the command line, whose heap is larger.
            site.set("_JAVA_OPTIONS", "-Xmx64m");
            String input = site.input("tasks.csv", tasks);

            Ended ended = site.run("archive", input);

            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
            assertThat(ended.err()).contains("Picked up _JAVA_OPTIONS: -Xmx64m");
            List<ManifestRow> videos = site.lastRun().rows().stream()
                    .filter(row -> row.role() == Role.VIDEO)
                    .toList();
            assertThat(videos).hasSize(tasks.size());
            for (ManifestRow row : videos) {
                Path object = directory.resolve("store").resolve("archive").resolve(String.valueOf(row.key()));
                assertThat(Files.size(object)).isGreaterThan(zeros);
                assertThat(row.sha256()).isEqualTo(sha256(object));
            }
            assertThat(site.home().resolve("spool")).isEmptyDirectory();
        }
    }

    /** A file of the disk that is full: the system refuses every byte that is written to {@code /dev/full}. */
    @Test
    void aFullDiskStopsTheRunAndTheNextOneGoesOn() throws Exception {
        byte[] video = Media.video("full", 6 * MIB);
        Path spool = directory.resolve("home").resolve("spool");
        AtomicBoolean isFull = new AtomicBoolean(true);
        try (RawServer source = new RawServer((request, wire) -> {
                    if (request.path().startsWith("/avatar/")) {
                        answerDone(request, wire, "");
                        return;
                    }
                    boolean fillsTheDisk = request.name().equals("full") && isFull.get();
                    if (fillsTheDisk && request.count() == 1) {
                        // So few, of who knows how many, are kept in memory; the connection drops, and with the rest a
                        // file
                        // becomes necessary.
                        wire.head("200 OK", "ETag: \"v1\"", "Transfer-Encoding: chunked")
                                .send("186a0\r\n".getBytes(US_ASCII))
                                .send(Arrays.copyOf(video, 100_000));
                        return;
                    }
                    if (fillsTheDisk) {
                        Files.createSymbolicLink(spool.resolve("full.video"), Path.of("/dev/full"));
                    }
                    sendRest(request, wire, video);
                });
                Site site = Site.with(source, directory)) {
            site.set("ARCHIVER_CONCURRENCY", "1");
            // What is sent in parts waits in a file.
            site.set("ARCHIVER_STORAGE_MULTIPARTTHRESHOLD", "5MB");
            String input = site.input("tasks.csv", List.of("fine", "full", "later"));

            Ended stopped = site.run("archive", input);

            assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(10);
            assertThat(stopped.err())
                    .contains("The disk is full: " + spool.resolve("full.video"), "Free space there", "run again");
            Site.assertSaysNoTrace(stopped);
            assertThat(spool).isEmptyDirectory();
            assertThat(site.store().puts().stream().filter(key -> key.startsWith("media/")))
                    .containsExactly("media/fine/video.mp4", "media/fine/result.json");
            assertThat(source.requests("/avatar/task/later")).isEmpty();

            isFull.set(false);
            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(site.runs()).hasSize(1);
            assertThat(site.lastRun().archivedTasks()).containsExactly("fine", "full", "later");
            assertThat(source.requests("/avatar/task/fine")).hasSize(1);
            site.assertNothingIsAmiss();
        }
    }

    /**
     * Held questions keep 32 connections, and held files as many work files besides: that is more than the limit allows, whereas the
     * program itself and as many questions are less than the second one.
     */
    @ParameterizedTest
    @CsvSource({"avatar, 40", "media, 70"})
    void tooFewFileHandlesStopTheRunAndTheNextOneGoesOn(String held, int openFiles) throws Exception {
        List<String> tasks =
                IntStream.range(10, 42).mapToObj(number -> "task-" + number).toList();
        CountDownLatch all = new CountDownLatch(tasks.size());
        try (RawServer source = new RawServer((request, wire) -> {
                    boolean question = request.path().startsWith("/avatar/");
                    byte[] video = Media.video(request.name(), 5_300_000);
                    if (!question) {
                        wire.head("200 OK", "Content-Length: " + video.length).send(Arrays.copyOf(video, 300_000));
                    }
                    if (request.path().startsWith("/" + held)) {
                        all.countDown();
                        awaitForAWhile(all);
                    }
                    if (question) {
                        answerDone(request, wire, "");
                    } else {
                        wire.send(Arrays.copyOfRange(video, 300_000, video.length));
                    }
                });
                Site site = Site.with(source, directory)) {
            site.set("ARCHIVER_CONCURRENCY", "32");
            // What is sent in parts waits in a file.
            site.set("ARCHIVER_STORAGE_MULTIPARTTHRESHOLD", "5MB");
            String input = site.input("tasks.csv", tasks);

            Ended stopped = site.runWithOpenFiles(openFiles, "archive", input);

            assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(10);
            assertThat(stopped.err()).contains("the limit of open files is reached", "archiver.concurrency");
            Site.assertSaysNoTrace(stopped);
            assertThat(site.home().resolve("spool")).isEmptyDirectory();
            assertThat(source.requests()).anyMatch(request -> request.path().startsWith("/" + held));

            Ended resumed = site.run("archive", input);

            assertThat(resumed.exitCode()).as(resumed.err()).isEqualTo(0);
            assertThat(site.lastRun().archivedTasks()).isEqualTo(tasks);
            site.assertNothingIsAmiss();
        }
    }

    private static void sendZeros(RawServer.Wire wire, int zeros, CountDownLatch underWay) throws IOException {
        byte[] begin = Media.sample("harbour.mp4");
        byte[] box = Media.concat(ByteBuffer.allocate(4).putInt(8 + zeros).array(), "mdat".getBytes(US_ASCII));
        wire.head("200 OK", "Content-Length: " + (begin.length + box.length + zeros))
                .send(begin)
                .send(box);
        byte[] some = new byte[64 * 1024];
        for (int left = zeros; left > 0; left -= some.length) {
            if (left == zeros / 2) {
                underWay.countDown();
                await(underWay);
            }
            wire.send(some);
        }
    }

    private static Sha256 sha256(Path file) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        try (InputStream bytes = new DigestInputStream(new FileInputStream(file.toFile()), digest)) {
            bytes.transferTo(OutputStream.nullOutputStream());
        }
        return Sha256.ofDigest(digest.digest());
    }

    private static void answerDone(RawServer.Request request, RawServer.Wire wire, String query) throws IOException {
        String body = "{\"web_work_status\":200,\"no_wm_work_video_path\":\"http://127.0.0.1:%d/media/%s%s\"}"
                .formatted(wire.socket().getLocalPort(), request.name(), query);
        wire.whole("200 OK", body.getBytes(UTF_8));
    }

    private static void sendRest(RawServer.Request request, RawServer.Wire wire, byte[] video) throws IOException {
        int from = request.from("\"v1\"");
        wire.head(
                        from > 0 ? "206 Partial Content" : "200 OK",
                        "ETag: \"v1\"",
                        "Content-Length: " + (video.length - from),
                        "Content-Range: bytes " + from + "-" + (video.length - 1) + "/" + video.length)
                .send(Arrays.copyOfRange(video, from, video.length));
    }

    private static void awaitForAWhile(CountDownLatch latch) throws IOException {
        try {
            boolean _ = latch.await(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
