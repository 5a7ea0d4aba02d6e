package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mediaarchiver.media.SampleMedia.ascii;
import static org.mediaarchiver.media.SampleMedia.box;
import static org.mediaarchiver.media.SampleMedia.concat;
import static org.mediaarchiver.media.SampleMedia.first;
import static org.mediaarchiver.media.SampleMedia.ftyp;
import static org.mediaarchiver.media.SampleMedia.mp4;
import static org.mediaarchiver.media.SampleMedia.noise;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.hc.client5.http.DnsResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.AddressGuard;
import org.mediaarchiver.http.AddressPolicy;

@Timeout(30)
class MediaFetcherTest {
    private static final TaskId TASK = new TaskId("task-1");
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");
    private static final AddressPolicy SANDBOX = new AddressPolicy(List.of(), true, Set.of(80, 443), true);
    private static final byte[] VIDEO = mp4(300_000);
    private static final byte[] SMALL_VIDEO = mp4(1_000);

    @TempDir
    Path home;

    // --- what goes well

    @Test
    void aVideoIsFetchedHashedAndTimed() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings())) {
            String url = source.url("/cdn/a%2Fb.mp4?Signature=x%2By&e=1#part");

            Fetch.Fetched fetched = fetched(fetcher.fetch(TASK, Role.VIDEO, url));

            try (Spool spool = fetched.spool()) {
                assertThat(fetched.source()).isEqualTo(SourceUrl.of(url));
                assertThat(fetched.type()).isEqualTo(MediaType.MP4);
                assertThat(fetched.fetchedAt()).isEqualTo(NOW);
                assertThat(spool.size()).isEqualTo(VIDEO.length);
                assertThat(spool.sha256()).isEqualTo(Sha256.of(VIDEO));
                assertThat(spool.body())
                        .isEqualTo(new Body.File(spoolDirectory().resolve("task-1.video")));
                assertThat(bytes(spool)).isEqualTo(VIDEO);
            }
            assertThat(spoolFiles()).isEmpty();
            assertThat(source.requests()).hasSize(1);
            assertThat(source.requests().getFirst().target()).isEqualTo("/cdn/a%2Fb.mp4?Signature=x%2By&e=1");
        }
    }

    @Test
    void aRequestCarriesNothingThatIsNotNeeded() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(SMALL_VIDEO);
                MediaFetcher fetcher = fetcher(settings())) {
            fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool()
                    .close();

            assertThat(source.requests().getFirst().headers())
                    .containsOnlyKeys("accept-encoding", "connection", "host", "user-agent")
                    .containsEntry("accept-encoding", "identity")
                    .containsEntry("user-agent", "media-archiver");
        }
    }

    @Test
    void aSmallFileStaysInMemory() throws Exception {
        byte[] jpeg = SampleMedia.jpeg();
        try (ScriptedSource source = ScriptedSource.of(jpeg);
                MediaFetcher fetcher = fetcher(settings())) {
            Fetch.Fetched fetched = fetched(fetcher.fetch(TASK, Role.PREVIEW, source.url("/preview.webp")));

            try (Spool spool = fetched.spool()) {
                assertThat(fetched.type()).isEqualTo(MediaType.JPEG);
                assertThat(bytes(spool)).isEqualTo(jpeg);
                assertThat(spool.body()).isInstanceOf(Body.Pieces.class);
                assertThat(spoolFiles()).isEmpty();
            }
        }
    }

    @Test
    void closingASpoolTwiceIsHarmless() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings())) {
            Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool();

            spool.close();
            spool.close();

            assertThat(spoolFiles()).isEmpty();
        }
    }

    @Test
    void manyVirtualThreadsFetchAtOnce() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Sha256>> downloads = Stream.iterate(0, i -> i < 64, i -> i + 1)
                    .map(i -> (Callable<Sha256>) () -> {
                        try (Spool spool = fetched(fetcher.fetch(new TaskId("t" + i), Role.VIDEO, source.url("/v.mp4")))
                                .spool()) {
                            return Sha256.of(bytes(spool));
                        }
                    })
                    .toList();

            for (Future<Sha256> download : threads.invokeAll(downloads)) {
                assertThat(download.get()).isEqualTo(Sha256.of(VIDEO));
            }
            assertThat(spoolFiles()).isEmpty();
        }
    }

    @Test
    void theSameFileComesThroughDroppedConnections() throws Exception {
        byte[] file = mp4(6_000_000);
        Random random = new Random(7);
        ScriptedSource.Script script = (request, wire) -> {
            int from = request.from();
            wire.head(
                    from > 0 ? "206 Partial Content" : "200 OK",
                    "Content-Length: " + (file.length - from),
                    "Content-Range: bytes " + from + "-" + (file.length - 1) + "/" + file.length,
                    "ETag: \"v1\"");
            int to = Math.min(file.length, from + 70_000 + random.nextInt(900_000));
            wire.send(Arrays.copyOfRange(file, from, to));
        };
        try (ScriptedSource source = new ScriptedSource(script);
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(spool.sha256()).isEqualTo(Sha256.of(file));
            assertThat(Sha256.of(bytes(spool))).isEqualTo(Sha256.of(file));
            assertThat(source.requests()).hasSizeGreaterThan(5);
        }
    }

    // --- status

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 410})
    void aUrlThatNoLongerWorksIsExpired(int status) throws Exception {
        try (ScriptedSource source = answering(status + " No");
                MediaFetcher fetcher = fetcher(settings())) {
            assertThat(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .isInstanceOfSatisfying(
                            Fetch.Expired.class,
                            expired -> assertThat(expired.detail().text()).isEqualTo("the source answered " + status));
            assertThat(source.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"408 T", "425 E", "429 M", "500 I", "502 B", "503 S", "504 G", "524 T"})
    void aPassingStatusIsTriedAgainAndThenLeftToTheNextRun(String status) throws Exception {
        try (ScriptedSource source = answering(status);
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void aSourceThatRecoversIsFine() throws Exception {
        ScriptedSource.Script good = ScriptedSource.serving(VIDEO, "\"v1\"");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    if (request.number() < 3) {
                        wire.head("503 Busy", "Content-Length: 4").send(ascii("busy"));
                    } else {
                        good.answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(settings())) {
            fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool()
                    .close();
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void aSourceThatAsksForALongPauseIsLeftToTheNextRun() throws Exception {
        for (String retryAfter : List.of("3600", "Mon, 23 Nov 2026 03:00:00 GMT")) {
            try (ScriptedSource source = answering("429 Slow Down", "Retry-After: " + retryAfter);
                    MediaFetcher fetcher = fetcher(settings())) {
                assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
                assertThat(source.requests()).hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "204 No Content",
                "201 C",
                "304 N",
                "300 M",
                "302 No Location",
                "400 B",
                "401 U",
                "416 R",
                "451 L"
            })
    void anyOtherStatusIsLeftToTheNextRunAtOnce(String status) throws Exception {
        try (ScriptedSource source = answering(status);
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
            assertThat(source.requests()).hasSize(1);
        }
    }

    @Test
    void aPartThatWasNotAskedForIsRefused() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> wire.head(
                                "206 Partial Content",
                                "Content-Length: " + SMALL_VIDEO.length,
                                "Content-Range: bytes 0-" + (SMALL_VIDEO.length - 1) + "/" + SMALL_VIDEO.length)
                        .send(SMALL_VIDEO));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
        }
    }

    // --- redirects and the guard

    @Test
    void redirectsAreFollowedOnAnyOfTheirStatuses() throws Exception {
        ScriptedSource.Script good = ScriptedSource.serving(VIDEO, "\"v1\"");
        List<String> statuses = List.of("301 M", "302 F", "303 S", "307 T", "308 P");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    if (request.number() <= 5) {
                        wire.head(statuses.get(request.number() - 1), "Location: /hop" + request.number() + "?s=%2F");
                    } else {
                        good.answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(settings())) {
            Fetch.Fetched fetched = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")));
            fetched.spool().close();

            assertThat(fetched.source()).isEqualTo(SourceUrl.of(source.url("/v.mp4")));
            assertThat(source.requests())
                    .extracting(ScriptedSource.Request::target)
                    .containsExactly(
                            "/v.mp4", "/hop1?s=%2F", "/hop2?s=%2F", "/hop3?s=%2F", "/hop4?s=%2F", "/hop5?s=%2F");
        }
    }

    @Test
    void aSixthRedirectIsNotFollowed() throws Exception {
        try (ScriptedSource source = new ScriptedSource(
                        (request, wire) -> wire.head("302 Found", "Location: /hop" + request.number()));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.BLOCKED_URL);
            assertThat(source.requests()).hasSize(6);
        }
    }

    @Test
    void aRedirectLoopIsBlocked() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) ->
                        wire.head("302 Found", "Location: " + (request.target().equals("/a") ? "/b" : "/a")));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/a")), Reason.BLOCKED_URL);
            assertThat(source.requests()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://media.example/v.mp4",
                "file:///etc/passwd",
                "http://user@media.example/v.mp4",
                "http://127.0.0.1:%d/v.mp4",
                "http://[::1]:%d/v.mp4",
                "http://localhost:%d/v.mp4",
                "http://inner.example:%d/v.mp4",
                "http://other.test:%d/v.mp4",
                "\\\\127.0.0.1\\v.mp4"
            })
    void aRedirectWhereDownloadsMayNotGoIsBlocked(String location) throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
            String port = Integer.toString(wire.socket().getLocalPort());
            wire.head("302 Found", "Location: " + location.replace("%d", port));
        })) {
            AddressPolicy policy = new AddressPolicy(List.of("example"), true, Set.of(source.port()), false);
            try (MediaFetcher fetcher = fetcher(settings(policy), outerIsLocalAndInnerPrivate(policy))) {
                Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, "http://media.example:" + source.port() + "/v.mp4");

                assertRefused(fetch, Reason.BLOCKED_URL);
                assertThat(source.requests()).hasSize(1);
            }
        }
    }

    @Test
    void aRedirectToAnotherAllowedHostIsFollowed() throws Exception {
        ScriptedSource.Script good = ScriptedSource.serving(VIDEO, "\"v1\"");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
            if (request.number() == 1) {
                String port = Integer.toString(wire.socket().getLocalPort());
                wire.head(
                        "302 Found",
                        "Set-Cookie: a=b; Path=/",
                        "Location: http://cdn.media.example:" + port + "/w.mp4");
            } else {
                good.answer(request, wire);
            }
        })) {
            AddressPolicy policy = new AddressPolicy(List.of("media.example"), true, Set.of(source.port()), false);
            try (MediaFetcher fetcher = fetcher(settings(policy), outerIsLocalAndInnerPrivate(policy))) {
                fetched(fetcher.fetch(TASK, Role.VIDEO, "http://media.example:" + source.port() + "/v.mp4"))
                        .spool()
                        .close();

                assertThat(source.requests().get(1).header("host")).isEqualTo("cdn.media.example:" + source.port());
                assertThat(source.requests().get(1).headers()).doesNotContainKeys("cookie", "referer", "authorization");
            }
        }
    }

    @Test
    void aHostThatResolvesToAPrivateAddressIsNeverConnectedTo() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO)) {
            AddressPolicy policy = new AddressPolicy(List.of(), true, Set.of(source.port()), false);
            try (MediaFetcher fetcher = fetcher(settings(policy), outerIsLocalAndInnerPrivate(policy))) {
                Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, "http://inner.example:" + source.port() + "/v.mp4");

                assertRefused(fetch, Reason.BLOCKED_URL);
                assertThat(source.requests()).isEmpty();
            }
        }
    }

    @Test
    void whatTheTaskServiceGaveIsJudgedBeforeAnyRequest() throws Exception {
        try (MediaFetcher fetcher = fetcher(settings(AddressPolicy.publicHttps()))) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, "/relative.mp4"), Reason.INVALID_URL);
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, "http://media.example.com/v.mp4"), Reason.BLOCKED_URL);
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, "https://169.254.169.254/v.mp4"), Reason.BLOCKED_URL);
        }
    }

    @Test
    void noProxyIsEverUsed() throws Exception {
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                throw new AssertionError("a proxy for " + uri);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {
                throw new AssertionError("a proxy for " + uri);
            }
        });
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings())) {
            fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool()
                    .close();
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    // --- lengths

    @Test
    void aContentLengthTooSmallGivesACutFile() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) ->
                        wire.head("200 OK", "Content-Length: 900").send(SMALL_VIDEO));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TRUNCATED);
            assertThat(source.requests()).hasSize(1);
        }
    }

    @Test
    void aContentLengthTooLargeIsTriedAgainAndThenTruncated() throws Exception {
        try (ScriptedSource source = new ScriptedSource(
                        (request, wire) -> wire.head("200 OK", "Content-Length: " + (SMALL_VIDEO.length + 1))
                                .send(SMALL_VIDEO));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TRUNCATED);
            assertThat(source.requests()).hasSize(3);
            assertThat(source.requests())
                    .allSatisfy(request -> assertThat(request.header("range")).isNull());
        }
    }

    @Test
    void aWholeFileWithoutContentLengthIsFetched() throws Exception {
        try (ScriptedSource source = new ScriptedSource(
                        (request, wire) -> wire.head("200 OK").send(SMALL_VIDEO));
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(SMALL_VIDEO);
        }
    }

    @Test
    void aCutFileWithoutContentLengthIsTriedAgainAndThenTruncated() throws Exception {
        try (ScriptedSource source = new ScriptedSource(
                        (request, wire) -> wire.head("200 OK").send(first(SMALL_VIDEO, 700)));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TRUNCATED);
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void aChunkedFileIsFetched() throws Exception {
        try (ScriptedSource source =
                        new ScriptedSource((request, wire) -> wire.head("200 OK", "Transfer-Encoding: chunked")
                                .send(chunks(SMALL_VIDEO))
                                .send(ascii("0\r\n\r\n")));
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(SMALL_VIDEO);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300})
    void aCutChunkedBodyIsTriedAgainAndThenTruncated(int missing) throws Exception {
        byte[] chunks = chunks(SMALL_VIDEO);
        try (ScriptedSource source =
                        new ScriptedSource((request, wire) -> wire.head("200 OK", "Transfer-Encoding: chunked")
                                .send(first(chunks, chunks.length - missing)));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TRUNCATED);
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void anEmptyFileIsEmpty() throws Exception {
        try (ScriptedSource source = answering("200 OK");
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.EMPTY);
            assertThat(source.requests()).hasSize(1);
        }
    }

    @Test
    void aFileThatSaysItIsTooLargeIsNotRead() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) ->
                        wire.head("200 OK", "Content-Length: 5000000000").stall());
                MediaFetcher fetcher = fetcher(settings().withMaxBytes(1_000_000))) {
            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4"));

            assertRefused(fetch, Reason.TOO_LARGE);
            assertThat(((Fetch.Refused) fetch).detail().text())
                    .isEqualTo("the source announces 5000000000 bytes; archiver.media.max-size allows 1000000");
        }
    }

    @Test
    void anEndlessFileIsTooLarge() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    wire.head("200 OK").send(concat(ftyp("isom"), SampleMedia.lastBox("mdat", new byte[0])));
                    byte[] more = noise(50_000);
                    while (true) {
                        wire.send(more);
                    }
                });
                MediaFetcher fetcher = fetcher(settings().withMaxBytes(2_000_000))) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TOO_LARGE);
            assertThat(spoolFiles()).isEmpty();
        }
    }

    @Test
    void aFileOfExactlyTheLargestSizeIsFetched() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings().withMaxBytes(VIDEO.length))) {
            fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool()
                    .close();
        }
    }

    // --- connections that break

    @Test
    void aDroppedConnectionGoesOnWhereItWas() throws Exception {
        ScriptedSource.Script good = ScriptedSource.serving(VIDEO, "\"v1\"");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    if (request.number() == 1) {
                        wire.head("200 OK", "Content-Length: " + VIDEO.length, "ETag: \"v1\"")
                                .send(first(VIDEO, 200_000));
                    } else {
                        good.answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(VIDEO);
            assertThat(spool.sha256()).isEqualTo(Sha256.of(VIDEO));
            assertThat(source.requests()).hasSize(2);
            assertThat(source.requests().get(1).header("range")).isEqualTo("bytes=200000-");
            assertThat(source.requests().get(1).header("if-range")).isEqualTo("\"v1\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"W/\"v1\"", "v1", "\"\""})
    void withoutAStrongEntityTagADroppedConnectionBeginsAnew(String etag) throws Exception {
        try (ScriptedSource source = new ScriptedSource(
                        (request, wire) -> wire.head("200 OK", "Content-Length: " + VIDEO.length, "ETag: " + etag)
                                .send(request.number() == 1 ? first(VIDEO, 200_000) : VIDEO));
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(VIDEO);
            assertThat(source.requests().get(1).header("range")).isNull();
        }
    }

    @Test
    void bytesThatChangeBetweenTriesBeginAnew() throws Exception {
        byte[] other = mp4(290_000);
        ScriptedSource.Script good = ScriptedSource.serving(other, "\"v2\"");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    if (request.number() == 1) {
                        wire.head("200 OK", "Content-Length: " + VIDEO.length, "ETag: \"v1\"")
                                .send(first(VIDEO, 200_000));
                    } else {
                        good.answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(other);
            assertThat(spool.sha256()).isEqualTo(Sha256.of(other));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "206 P|Content-Range: bytes 199999-300143/300144",
                "206 P|Content-Range: bytes 0-99/300144",
                "206 P|Content-Range: bytes 200000-300143/999999",
                "206 P|Content-Range: bytes 200000-",
                "206 P|X: y",
                "206 P|Content-Range: bytes 200000-300000/300144|ETag: \"v2\"",
                "416 R|Content-Range: bytes */100"
            })
    void aPartThatDoesNotFitBeginsAnew(String answer) throws Exception {
        String[] head = answer.split("\\|", -1);
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    switch (request.number()) {
                        case 1 ->
                            wire.head("200 OK", "Content-Length: 300144", "ETag: \"v1\"")
                                    .send(first(VIDEO, 200_000));
                        case 2 ->
                            wire.head(head[0], Arrays.copyOfRange(head, 1, head.length))
                                    .send(noise(100));
                        default -> ScriptedSource.serving(VIDEO, "\"v1\"").answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(VIDEO);
            assertThat(source.requests().get(1).from()).isEqualTo(200_000);
            assertThat(source.requests().get(2).header("range")).isNull();
        }
    }

    @Test
    void partsUnderOneTagThatMakeNoFileAreFetchedInOnePiece() throws Exception {
        byte[] trailing = concat(ftyp("isom"), box("mdat", noise(200_000)), box("moov", noise(500)));
        byte[] garbled = trailing.clone();
        Arrays.fill(garbled, trailing.length - 508, trailing.length, (byte) 0);
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    switch (request.number()) {
                        case 1 ->
                            wire.head("200 OK", "Content-Length: " + trailing.length, "ETag: \"v1\"")
                                    .send(first(trailing, 150_000));
                        case 2 -> ScriptedSource.serving(garbled, "\"v1\"").answer(request, wire);
                        default -> ScriptedSource.serving(trailing, "\"v1\"").answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(trailing);
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void aConnectionThatIsResetAgainAndAgainIsLeftToTheNextRun() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> wire.reset());
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void aSourceThatNobodyListensAtIsLeftToTheNextRun() throws Exception {
        String url;
        try (ScriptedSource source = ScriptedSource.of(VIDEO)) {
            url = source.url("/v.mp4");
        }
        try (MediaFetcher fetcher = fetcher(settings())) {
            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, url);

            assertRefused(fetch, Reason.SOURCE_UNAVAILABLE);
            assertThat(((Fetch.Refused) fetch).detail().text()).isEqualTo("the source refused the connection");
        }
    }

    @Test
    void aSourceThatTakesNoConnectionIsLeftToTheNextRun() throws Exception {
        List<Socket> fillers = new ArrayList<>();
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                MediaFetcher fetcher = fetcher(
                        Limits.of(home).withConnect(Duration.ofMillis(50)).settings())) {
            boolean full = false;
            while (!full) {
                Socket filler = new Socket();
                fillers.add(filler);
                try {
                    filler.connect(deaf.getLocalSocketAddress(), 100);
                } catch (SocketTimeoutException e) {
                    full = true;
                }
            }

            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, "http://127.0.0.1:" + deaf.getLocalPort() + "/v.mp4");

            assertRefused(fetch, Reason.SOURCE_UNAVAILABLE);
            assertThat(((Fetch.Refused) fetch).detail().text()).isEqualTo("no connection within PT0.05S");
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    @Test
    void aTlsHandshakeThatStallsIsLeftToTheNextRun() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
                MediaFetcher fetcher = fetcher(
                        Limits.of(home).withConnect(Duration.ofMillis(100)).settings())) {
            assertRefused(
                    fetcher.fetch(TASK, Role.VIDEO, "https://127.0.0.1:" + mute.getLocalPort() + "/v.mp4"),
                    Reason.SOURCE_UNAVAILABLE);
        }
    }

    @Test
    void aStalledBodyIsGivenUpAndTakenUpAgain() throws Exception {
        ScriptedSource.Script good = ScriptedSource.serving(VIDEO, "\"v1\"");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    if (request.number() == 1) {
                        wire.head("200 OK", "Content-Length: " + VIDEO.length, "ETag: \"v1\"")
                                .send(first(VIDEO, 123_456))
                                .stall();
                    } else {
                        good.answer(request, wire);
                    }
                });
                MediaFetcher fetcher =
                        fetcher(Limits.of(home).withIdle(Duration.ofMillis(500)).settings());
                Spool spool = fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                        .spool()) {
            assertThat(bytes(spool)).isEqualTo(VIDEO);
            assertThat(source.requests().get(1).from()).isEqualTo(123_456);
        }
    }

    @Test
    void aSourceThatNeverAnswersIsLeftToTheNextRun() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> wire.stall());
                MediaFetcher fetcher =
                        fetcher(Limits.of(home).withIdle(Duration.ofMillis(100)).settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void aByteNowAndThenIsTooSlow() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) ->
                        drip(wire.head("200 OK", "Content-Length: " + SMALL_VIDEO.length), SMALL_VIDEO));
                MediaFetcher fetcher = fetcher(Limits.of(home)
                        .withSpeed(10_000, Duration.ofMillis(150))
                        .settings())) {
            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4"));

            assertRefused(fetch, Reason.SOURCE_UNAVAILABLE);
            assertThat(((Fetch.Refused) fetch).detail().text())
                    .isEqualTo("the source sent less than 10000 bytes a second");
            assertThat(source.requests()).hasSize(3);
        }
    }

    @Test
    void headersThatTrickleAreTooSlow() throws Exception {
        try (ScriptedSource source = new ScriptedSource(
                        (request, wire) -> drip(wire, ascii("HTTP/1.1 200 OK\r\nX-Padding: " + "x".repeat(4_000))));
                MediaFetcher fetcher = fetcher(
                        Limits.of(home).withSpeed(1_000, Duration.ofMillis(150)).settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
        }
    }

    @Test
    void theDeadlineEndsASlowButSteadyDownload() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) ->
                        drip(wire.head("200 OK", "Content-Length: " + SMALL_VIDEO.length), SMALL_VIDEO));
                MediaFetcher fetcher = fetcher(
                        Limits.of(home).withDeadline(Duration.ofMillis(300)).settings())) {
            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4"));

            assertRefused(fetch, Reason.SOURCE_UNAVAILABLE);
            assertThat(((Fetch.Refused) fetch).detail().text()).startsWith("the file was not there within PT0.3S");
            assertThat(source.requests()).hasSize(1);
        }
    }

    @Test
    void aLongBodyIsNotReadToItsEndWhenItIsGivenUp() throws Exception {
        CountDownLatch hungUp = new CountDownLatch(1);
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    wire.head("200 OK", "Content-Length: 2000000000", "Content-Type: video/mp4");
                    try {
                        byte[] html = ascii("<html>" + " ".repeat(60_000));
                        for (int i = 0; i < 30_000; i++) {
                            wire.send(html);
                        }
                    } catch (IOException e) {
                        hungUp.countDown();
                        throw e;
                    }
                });
                MediaFetcher fetcher = fetcher(settings().withMaxBytes(5_000_000_000L))) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.NOT_MEDIA);
            hungUp.await();
        }
    }

    @Test
    void anInterruptEndsADownloadAndLeavesNothing() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    wire.head("200 OK", "Content-Length: " + VIDEO.length).send(first(VIDEO, 290_000));
                    asked.countDown();
                    wire.stall();
                });
                MediaFetcher fetcher = fetcher(settings());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch interrupted = new CountDownLatch(1);
            Future<Fetch> download = threads.submit(() -> {
                try {
                    return fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4"));
                } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                }
            });
            asked.await();

            download.cancel(true);

            interrupted.await();
            assertThat(spoolFiles()).isEmpty();
        }
    }

    // --- content

    @Test
    void gzipThatWasNotAskedForIsRefused() throws Exception {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write(SMALL_VIDEO);
        }
        for (String header : List.of("Content-Encoding: gzip", "X: y")) {
            try (ScriptedSource source = new ScriptedSource(
                            (request, wire) -> wire.head("200 OK", header, "Content-Length: " + zipped.size())
                                    .send(zipped.toByteArray()));
                    MediaFetcher fetcher = fetcher(settings())) {
                assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.NOT_MEDIA);
            }
        }
    }

    @Test
    void htmlWithAVideoTypeIsRefused() throws Exception {
        byte[] html = ascii("<!DOCTYPE html><html><body>This link has expired.</body></html>");
        try (ScriptedSource source = new ScriptedSource((request, wire) -> wire.head(
                                "200 OK", "Content-Type: video/mp4", "Content-Length: " + html.length)
                        .send(html));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.NOT_MEDIA);
            assertThat(source.requests()).hasSize(1);
        }
    }

    @Test
    void wrongMagicIsRefused() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(noise(5_000));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.NOT_MEDIA);
        }
    }

    @Test
    void anMp4WithoutMoovIsTruncated() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(concat(ftyp("isom"), box("mdat", noise(400_000))));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TRUNCATED);
            assertThat(spoolFiles()).isEmpty();
        }
    }

    @Test
    void aCutMp4WhoseContentLengthAgreesIsTruncated() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(first(VIDEO, 290_000));
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.TRUNCATED);
            assertThat(source.requests()).hasSize(1);
            assertThat(spoolFiles()).isEmpty();
        }
    }

    // --- sizes, which a plan asks for

    @Test
    void aSizeIsWhatTheSourceTellsWithoutTheFile() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    switch (request.target()) {
                        case "/moved" -> wire.head("302 Found", "Location: /v.mp4");
                        case "/v.mp4" -> wire.head("200 OK", "Content-Length: 5000000000");
                        case "/untold" -> wire.head("200 OK");
                        default -> wire.head("404 No", "Content-Length: 7");
                    }
                });
                MediaFetcher fetcher = fetcher(settings())) {
            assertThat(fetcher.size(source.url("/v.mp4"))).hasValue(5_000_000_000L);
            assertThat(fetcher.size(source.url("/moved"))).hasValue(5_000_000_000L);
            assertThat(fetcher.size(source.url("/untold"))).isEmpty();
            assertThat(fetcher.size(source.url("/gone"))).isEmpty();
            assertThat(fetcher.bytesReceived()).isZero();
        }
    }

    @Test
    void aSizeIsAskedForThroughTheSameGuard() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
            String port = Integer.toString(wire.socket().getLocalPort());
            wire.head("302 Found", "Location: http://inner.example:" + port + "/v.mp4");
        })) {
            AddressPolicy policy = new AddressPolicy(List.of(), true, Set.of(source.port()), false);
            try (MediaFetcher fetcher = fetcher(settings(policy), outerIsLocalAndInnerPrivate(policy))) {
                assertThat(fetcher.size(source.url("/v.mp4"))).isEmpty();
                assertThat(fetcher.size("http://inner.example:" + source.port() + "/v.mp4"))
                        .isEmpty();
                assertThat(source.requests()).isEmpty();

                assertThat(fetcher.size("http://media.example:" + source.port() + "/v.mp4"))
                        .isEmpty();
                assertThat(source.requests()).hasSize(1);
            }
        }
    }

    // --- our own side

    @Test
    void aFullDiskStopsTheRun() throws Exception {
        try (MediaFetcher fetcher = fetcher(settings());
                ScriptedSource source = new ScriptedSource((request, wire) -> {
                    wire.head("200 OK", "Connection: close").send(first(VIDEO, 100_000));
                    while (fetcher.bytesReceived() < 100_000) {
                        Thread.onSpinWait();
                    }
                    Files.createSymbolicLink(spoolDirectory().resolve("task-1.video"), Path.of("/dev/full"));
                    wire.send(Arrays.copyOfRange(VIDEO, 100_000, VIDEO.length));
                })) {
            assertThatThrownBy(() -> fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("The disk is full")
                    .hasMessageContaining("Free space there");
            assertThat(spoolFiles()).isEmpty();
        }
    }

    @Test
    void aSpoolThatCannotBeWrittenStopsTheRun() throws Exception {
        try (MediaFetcher fetcher = fetcher(settings());
                ScriptedSource source = new ScriptedSource((request, wire) -> {
                    wire.head("200 OK", "Connection: close").send(first(VIDEO, 100_000));
                    while (fetcher.bytesReceived() < 100_000) {
                        Thread.onSpinWait();
                    }
                    Files.createDirectory(spoolDirectory().resolve("task-1.video"));
                    wire.send(Arrays.copyOfRange(VIDEO, 100_000, VIDEO.length));
                })) {
            assertThatThrownBy(() -> fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .isInstanceOf(StopException.class)
                    .hasMessageContaining("cannot be written");
        }
    }

    @Test
    void aSpoolDirectoryThatCannotBeMadeStopsTheRun() throws Exception {
        Files.createFile(spoolDirectory());

        assertThatThrownBy(() -> fetcher(settings())).isInstanceOf(StopException.class);
    }

    @Test
    void allDownloadsShareTheBandwidth() throws Exception {
        // The limit counts from the moment at which the fetcher is made.
        long start = System.nanoTime();
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings().withBandwidth(2_000_000L));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Fetch>> downloads = Stream.of("a", "b", "c", "d")
                    .map(id -> (Callable<Fetch>) () -> fetcher.fetch(new TaskId(id), Role.VIDEO, source.url("/v.mp4")))
                    .toList();
            for (Future<Fetch> download : threads.invokeAll(downloads)) {
                fetched(download.get()).spool().close();
            }

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(595));
        }
    }

    @Test
    void connectionsAreUsedAgain() throws Exception {
        Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            clientPorts.add(exchange.getRemoteAddress().getPort());
            exchange.sendResponseHeaders(200, VIDEO.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(VIDEO);
            }
        });
        server.start();
        try (MediaFetcher fetcher = fetcher(settings())) {
            for (int i = 0; i < 5; i++) {
                String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v" + i;
                fetched(fetcher.fetch(TASK, Role.VIDEO, url)).spool().close();
            }
            assertThat(clientPorts).hasSize(1);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "//a//b.mp4, //a//b.mp4",
        "'', /",
        "?x=1, /?x=1",
        "/a b, INVALID",
        "/v\u00eddeo.mp4?\u00e9, /v%C3%ADdeo.mp4?%C3%A9"
    })
    void aPathIsAskedForAsItIsWritten(String path, String target) throws Exception {
        try (ScriptedSource source = ScriptedSource.of(SMALL_VIDEO);
                MediaFetcher fetcher = fetcher(settings())) {
            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, source.url(path));

            if (target.equals("INVALID")) {
                assertRefused(fetch, Reason.INVALID_URL);
            } else {
                fetched(fetch).spool().close();
                assertThat(source.requests().getFirst().target()).isEqualTo(target);
            }
        }
    }

    @Test
    void aPauseThatTheSourceAsksForIsKept() throws Exception {
        ScriptedSource.Script good = ScriptedSource.serving(SMALL_VIDEO, "\"v1\"");
        List<Long> times = new CopyOnWriteArrayList<>();
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    times.add(System.nanoTime());
                    if (request.number() == 1) {
                        wire.head("503 Busy", "Retry-After: 1", "Content-Length: 0");
                    } else {
                        good.answer(request, wire);
                    }
                });
                MediaFetcher fetcher = fetcher(
                        Limits.of(home).withLongestDelay(Duration.ofSeconds(2)).settings())) {
            fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool()
                    .close();

            assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isGreaterThanOrEqualTo(Duration.ofMillis(990));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 two hundred\r\n\r\n",
                "HTTP/9.9 200 OK\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                ""
            })
    void whatIsNoHttpIsLeftToTheNextRun(String answer) throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> wire.send(ascii(answer)));
                MediaFetcher fetcher = fetcher(settings())) {
            assertThat(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .isInstanceOfSatisfying(
                            Fetch.Refused.class,
                            refused -> assertThat(refused.reason().again()).isEqualTo(Reason.Again.BY_THE_NEXT_RUN));
        }
    }

    @Test
    void endlessHeadersAreGivenUp() throws Exception {
        try (ScriptedSource source = new ScriptedSource((request, wire) -> {
                    wire.send(ascii("HTTP/1.1 200 OK\r\n"));
                    while (true) {
                        wire.send(ascii("X-More: " + "x".repeat(1_000) + "\r\n"));
                    }
                });
                MediaFetcher fetcher = fetcher(settings())) {
            assertRefused(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")), Reason.SOURCE_UNAVAILABLE);
        }
    }

    @Test
    void aSourceWithoutTlsBehindAnHttpsUrlIsLeftToTheNextRun() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(settings())) {
            Fetch fetch = fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4").replace("http:", "https:"));

            assertRefused(fetch, Reason.SOURCE_UNAVAILABLE);
            assertThat(((Fetch.Refused) fetch).detail().text())
                    .isEqualTo("no trustworthy TLS connection to the source");
        }
    }

    @Test
    void ourOwnBandwidthLimitDoesNotMakeASourceSlow() throws Exception {
        try (ScriptedSource source = ScriptedSource.of(VIDEO);
                MediaFetcher fetcher = fetcher(Limits.of(home)
                        .withSpeed(600_000, Duration.ofMillis(400))
                        .settings()
                        .withBandwidth(300_000L))) {
            fetched(fetcher.fetch(TASK, Role.VIDEO, source.url("/v.mp4")))
                    .spool()
                    .close();
            assertThat(source.requests()).hasSize(1);
        }
    }

    private static ScriptedSource answering(String status, String... headers) {
        String[] all = Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = "Content-Length: 0";
        return new ScriptedSource((request, wire) -> wire.head(status, all));
    }

    private static byte[] chunks(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < file.length; at += 333) {
            byte[] chunk = Arrays.copyOfRange(file, at, Math.min(file.length, at + 333));
            out.writeBytes(ascii(Integer.toHexString(chunk.length) + "\r\n"));
            out.writeBytes(chunk);
            out.writeBytes(ascii("\r\n"));
        }
        return out.toByteArray();
    }

    /** A byte every few milliseconds: no socket timeout notices. */
    private static void drip(ScriptedSource.Wire wire, byte[] bytes) throws IOException {
        wire.socket().setSoTimeout(10);
        for (byte b : bytes) {
            wire.send(new byte[] {b});
            try {
                if (wire.in().read() < 0) {
                    return;
                }
            } catch (SocketTimeoutException e) {
                // The pause is over.
                wire.socket().setSoTimeout(10);
            }
        }
    }

    /** {@code media.example} and below is the test's own server, though that is not public; all else is private. */
    private static DnsResolver outerIsLocalAndInnerPrivate(AddressPolicy policy) {
        DnsResolver guarded = new AddressGuard(policy).dnsResolver(new Names("10.0.0.1"));
        return new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                return host.endsWith("media.example") ? new Names("127.0.0.1").resolve(host) : guarded.resolve(host);
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
    }

    private record Names(String address) implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) {
            return new InetAddress[] {InetAddress.ofLiteral(address)};
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }

    /** The limits that tests vary. */
    private record Limits(
            Path home,
            Duration connect,
            Duration idle,
            Duration deadline,
            long speed,
            Duration window,
            Duration longestDelay,
            AddressPolicy policy) {
        static Limits of(Path home) {
            return new Limits(
                    home,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(25),
                    1,
                    Duration.ofSeconds(20),
                    Duration.ofMillis(20),
                    SANDBOX);
        }

        Limits withConnect(Duration limit) {
            return new Limits(home, limit, idle, deadline, speed, window, longestDelay, policy);
        }

        Limits withIdle(Duration limit) {
            return new Limits(home, connect, limit, deadline, speed, window, longestDelay, policy);
        }

        Limits withDeadline(Duration limit) {
            return new Limits(home, connect, idle, limit, speed, window, longestDelay, policy);
        }

        Limits withSpeed(long bytes, Duration over) {
            return new Limits(home, connect, idle, deadline, bytes, over, longestDelay, policy);
        }

        Limits withLongestDelay(Duration limit) {
            return new Limits(home, connect, idle, deadline, speed, window, limit, policy);
        }

        DownloadSettings settings() {
            return new DownloadSettings(
                    home.resolve("spool"),
                    policy,
                    100_000_000,
                    null,
                    connect,
                    idle,
                    deadline,
                    speed,
                    window,
                    3,
                    Duration.ofMillis(2),
                    longestDelay,
                    64,
                    256 * 1024);
        }
    }

    private DownloadSettings settings() {
        return Limits.of(home).settings();
    }

    private DownloadSettings settings(AddressPolicy policy) {
        Limits usual = Limits.of(home);
        return new Limits(
                        home,
                        usual.connect(),
                        usual.idle(),
                        usual.deadline(),
                        usual.speed(),
                        usual.window(),
                        usual.longestDelay(),
                        policy)
                .settings();
    }

    private static MediaFetcher fetcher(DownloadSettings settings) {
        return new MediaFetcher(settings, InstantSource.fixed(NOW));
    }

    private static MediaFetcher fetcher(DownloadSettings settings, DnsResolver resolver) {
        return new MediaFetcher(settings, InstantSource.fixed(NOW), resolver);
    }

    private static Fetch.Fetched fetched(Fetch fetch) {
        assertThat(fetch).isInstanceOf(Fetch.Fetched.class);
        return (Fetch.Fetched) fetch;
    }

    private static void assertRefused(Fetch fetch, Reason reason) {
        assertThat(fetch)
                .isInstanceOfSatisfying(
                        Fetch.Refused.class,
                        refused -> assertThat(refused.reason())
                                .as(refused.detail().text())
                                .isEqualTo(reason));
    }

    private static byte[] bytes(Spool spool) {
        try (InputStream in = spool.body().open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path spoolDirectory() {
        return home.resolve("spool");
    }

    private List<Path> spoolFiles() throws IOException {
        try (Stream<Path> files = Files.list(spoolDirectory())) {
            return files.toList();
        }
    }
}
