package org.mediaarchiver.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.AddressPolicy;
import org.mediaarchiver.media.DownloadSettings;
import org.mediaarchiver.media.Fetch;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.media.Spool;

/** A source whose connections break: with every 4 KiB that it sends, one in a hundred does, anywhere. */
@Timeout(120)
class DroppedConnectionsTest {
    private static final int FILES = 100;
    private static final int BLOCK = 4096;

    @TempDir
    Path dir;

    @Test
    void everyFileComesThroughWithItsOwnDigest() throws Exception {
        Map<String, byte[]> files = new TreeMap<>();
        Random sizes = new Random(42);
        for (int i = 0; i < FILES; i++) {
            files.put("file-" + i, Media.video("file-" + i, 1 + sizes.nextInt(1_000_000)));
        }
        AtomicInteger drops = new AtomicInteger();
        try (RawServer source = new RawServer((request, wire) -> send(request, wire, files, drops));
                MediaFetcher fetcher = new MediaFetcher(settings(), InstantSource.system());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> downloads = new ArrayList<>();
            files.forEach((name, file) -> downloads.add(() -> comesThrough(fetcher, source, name, file)));

            for (Future<Boolean> download : threads.invokeAll(downloads)) {
                assertThat(download.get()).isTrue();
            }

            assertThat(drops.get()).isGreaterThan(FILES / 2);
            assertThat(source.requests()).hasSize(FILES + drops.get());
            // A file that is cut goes on where it was, and is not sent again from its beginning.
            assertThat(source.requests().stream()
                            .filter(request -> request.headers().containsKey("range")))
                    .hasSizeGreaterThan(drops.get() * 9 / 10);
        }
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left).isEmpty();
        }
    }

    private static boolean comesThrough(MediaFetcher fetcher, RawServer source, String name, byte[] file)
            throws IOException, InterruptedException {
        Fetch fetch = fetcher.fetch(new TaskId(name), Role.VIDEO, source.url() + "/" + name);
        assertThat(fetch).as(name).isInstanceOf(Fetch.Fetched.class);
        try (Spool spool = ((Fetch.Fetched) fetch).spool()) {
            assertThat(spool.sha256()).as(name).isEqualTo(Sha256.of(file));
            assertThat(spool.body()).isInstanceOf(Body.File.class);
            try (InputStream stored = Files.newInputStream(((Body.File) spool.body()).path())) {
                assertThat(Sha256.of(stored.readAllBytes())).as(name).isEqualTo(Sha256.of(file));
            }
        }
        return true;
    }

    private static void send(
            RawServer.Request request, RawServer.Wire wire, Map<String, byte[]> files, AtomicInteger drops)
            throws IOException {
        byte[] file = files.getOrDefault(request.name(), new byte[0]);
        String etag = "\"" + request.name() + "\"";
        int from = request.from(etag);
        wire.head(
                from > 0 ? "206 Partial Content" : "200 OK",
                "ETag: " + etag,
                "Content-Length: " + (file.length - from),
                "Content-Range: bytes " + from + "-" + (file.length - 1) + "/" + file.length);
        Random luck = new Random(31L * request.name().hashCode() + request.count());
        for (int at = from; at < file.length; at += BLOCK) {
            int end = Math.min(file.length, at + BLOCK);
            if (luck.nextInt(100) == 0) {
                wire.send(Arrays.copyOfRange(file, at, at + luck.nextInt(end - at)));
                drops.incrementAndGet();
                return;
            }
            wire.send(Arrays.copyOfRange(file, at, end));
        }
    }

    private DownloadSettings settings() {
        return new DownloadSettings(
                dir,
                new AddressPolicy(List.of(), true, Set.of(80), true),
                10_000_000,
                null,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(100),
                1,
                Duration.ofMinutes(1),
                10,
                Duration.ofMillis(1),
                Duration.ofMillis(10),
                32,
                1024);
    }
}
