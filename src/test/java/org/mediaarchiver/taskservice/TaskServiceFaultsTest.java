package org.mediaarchiver.taskservice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.mediaarchiver.taskservice.Clients.CLOCK;
import static org.mediaarchiver.taskservice.Clients.DONE;
import static org.mediaarchiver.taskservice.Clients.ONE_TRY;
import static org.mediaarchiver.taskservice.Clients.TASK;
import static org.mediaarchiver.taskservice.Clients.THREE_TRIES;
import static org.mediaarchiver.taskservice.Clients.TOKEN;
import static org.mediaarchiver.taskservice.Clients.ask;
import static org.mediaarchiver.taskservice.Clients.client;
import static org.mediaarchiver.taskservice.ScriptedServer.answer;
import static org.mediaarchiver.taskservice.ScriptedServer.cut;
import static org.mediaarchiver.taskservice.ScriptedServer.json;
import static org.mediaarchiver.taskservice.ScriptedServer.reset;
import static org.mediaarchiver.taskservice.ScriptedServer.stall;
import static org.mediaarchiver.taskservice.ScriptedServer.trickle;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.http.RetryPolicy;

/** Every fault of the task service that the reliability page lists, one by one. */
class TaskServiceFaultsTest {
    @Test
    void aRefusedConnectionIsServiceUnavailableAfterAllTries() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (TaskServiceClient client = client(URI.create("http://localhost:" + port), THREE_TRIES)) {
            assertNotDone(client.ask(TASK), Reason.SERVICE_UNAVAILABLE, "no answer (refused); tried 3 times");
        }
    }

    @Test
    void anUnknownHostIsServiceUnavailable() throws Exception {
        try (TaskServiceClient client = client(URI.create("http://task-service.invalid"), ONE_TRY)) {
            assertNotDone(client.ask(TASK), Reason.SERVICE_UNAVAILABLE, "no answer (dns); tried 1 time");
        }
    }

    @Test
    void aBadCertificateIsServiceUnavailableAndNoRequestIsSent(@TempDir Path dir) throws Exception {
        try (ScriptedServer server = new ScriptedServer(
                        "https", selfSigned(dir).getServerSocketFactory(), request -> json(200, DONE));
                TaskServiceClient client = client(server.url(), ONE_TRY)) {
            assertNotDone(client.ask(TASK), Reason.SERVICE_UNAVAILABLE, "no answer (tls); tried 1 time");
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void aConnectTimeoutIsServiceUnavailable() throws Exception {
        List<Socket> fillers = new ArrayList<>();
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
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
            URI url = URI.create("http://127.0.0.1:" + ((InetSocketAddress) deaf.getLocalSocketAddress()).getPort());
            try (TaskServiceClient client =
                    new TaskServiceClient(impatient(url, Duration.ofMillis(50), Duration.ofSeconds(5)), CLOCK)) {
                assertNotDone(client.ask(TASK), Reason.SERVICE_UNAVAILABLE, "no answer (timeout); tried 1 time");
            }
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"web_"})
    void aReadTimeoutIsServiceUnavailableWhereverItComes(String soFar) throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> stall(soFar));
                TaskServiceClient client = new TaskServiceClient(
                        impatient(server.url(), Duration.ofSeconds(5), Duration.ofMillis(100)), CLOCK)) {
            assertNotDone(client.ask(TASK), Reason.SERVICE_UNAVAILABLE, "no answer (timeout); tried 1 time");
        }
    }

    @Test
    void anAnswerThatTricklesIsGivenUpAndItsConnectionDropped() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        try (ScriptedServer server = new ScriptedServer(request -> trickle(head, gone));
                TaskServiceClient client = new TaskServiceClient(
                        impatient(server.url(), Duration.ofSeconds(5), Duration.ofMillis(100)), CLOCK)) {
            assertNotDone(client.ask(TASK), Reason.SERVICE_UNAVAILABLE, "no answer (timeout); tried 1 time");
            assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aResetIsServiceUnavailableAfterAllTries() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> reset())) {
            assertNotDone(ask(server), Reason.SERVICE_UNAVAILABLE, "no answer (reset); tried 3 times");
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void aResetThatPassesCostsNothing() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> request.number() < 3 ? reset() : json(200, DONE))) {
            assertThat(ask(server)).isInstanceOf(TaskAnswer.Done.class);
            assertThat(server.requests()).hasSize(3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"web_work_status\":200",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"web_work_status\":200"
            })
    void anAnswerThatIsCutShortOfItsLengthIsTriedAgain(String text) throws Exception {
        try (ScriptedServer server =
                new ScriptedServer(request -> request.number() == 1 ? cut(text) : json(200, DONE))) {
            assertThat(ask(server)).isInstanceOf(TaskAnswer.Done.class);
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void whatIsNotHttpIsServiceUnavailable() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> cut("SSH-2.0-OpenSSH_9.2\r\n"))) {
            assertThat(ask(server))
                    .asInstanceOf(type(TaskAnswer.NotDone.class))
                    .returns(Reason.SERVICE_UNAVAILABLE, TaskAnswer.NotDone::reason);
        }
    }

    @Test
    void aRefusedTokenStopsTheRun() throws Exception {
        assertStops(
                401,
                "",
                "The task service refused the token (401). Check archiver.task-service.token or its file,"
                        + " then run the same command again; nothing was lost.");
    }

    @Test
    void anUnpaidAccountStopsTheRun() throws Exception {
        assertStops(
                402,
                "",
                "The task service asks for payment (HTTP 402). Top up the account,"
                        + " then run the same command again; nothing was lost.");
    }

    @Test
    void aForbiddenRequestStopsTheRun() throws Exception {
        assertStops(
                403,
                "<html>",
                "The task service forbids the request (HTTP 403). Check what the token's account may do and"
                        + " whether this machine's address is admitted, then run the same command again; nothing was lost.");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 400, 403, 429, 500})
    void aSpentQuotaStopsTheRunWhateverTheStatus(int status) throws Exception {
        assertStops(
                status,
                "{\"error\":{\"message\":\"(request id: 20261123abc)\",\"code\":\"insufficient_user_quota\"}}",
                "The task service says that the quota is used up (HTTP " + status
                        + "; code insufficient_user_quota; request id 20261123abc). Top up the account or wait for its renewal,"
                        + " then run the same command again; nothing was lost.");
    }

    @Test
    void aPlain404IsAnUnknownTask() throws Exception {
        assertEndsWith(json(404, ""), Reason.NOT_FOUND, "HTTP 404", 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"task_not_exist", "task_origin_not_exist"})
    void a400WithItsCodeIsAnUnknownTask(String code) throws Exception {
        assertEndsWith(
                json(400, "{\"code\":\"" + code + "\",\"message\":\"\u4efb\u52a1\",\"data\":null}"),
                Reason.NOT_FOUND,
                "HTTP 400; code " + code,
                1);
    }

    @Test
    void a429WithRetryAfterIsObeyed() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> request.number() == 1
                ? answer(429, new byte[0], "Retry-After: Mon, 23 Nov 2026 02:00:01 GMT")
                : json(200, DONE))) {
            assertThat(ask(server)).isInstanceOf(TaskAnswer.Done.class);
            assertThat(server.requests()).hasSize(2);
            assertThat(nanosBetween(server, 0, 1)).isGreaterThanOrEqualTo(300_000_000L);
        }
    }

    @Test
    void a429WithRetryAfterInSecondsIsObeyed() throws Exception {
        try (ScriptedServer server = new ScriptedServer(
                request -> request.number() == 1 ? answer(429, new byte[0], "Retry-After: 1") : json(200, DONE))) {
            assertThat(ask(server)).isInstanceOf(TaskAnswer.Done.class);
            assertThat(nanosBetween(server, 0, 1)).isGreaterThanOrEqualTo(1_000_000_000L);
        }
    }

    @Test
    void a429WithoutRetryAfterAndBodyIsTriedAgainAndThenRateLimited() throws Exception {
        assertEndsWith(answer(429, new byte[0]), Reason.RATE_LIMITED, "HTTP 429; tried 3 times", 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 524})
    void aServerErrorIsTriedAgainAndThenServiceUnavailable(int status) throws Exception {
        assertEndsWith(
                answer(status, "<html>Bad gateway</html>".getBytes(UTF_8)),
                Reason.SERVICE_UNAVAILABLE,
                "HTTP " + status + "; tried 3 times",
                3);
    }

    @Test
    void anEmptyBodyIsABadResponse() throws Exception {
        assertEndsWith(json(200, ""), Reason.BAD_RESPONSE, "HTTP 200: the body is empty; tried 3 times", 3);
    }

    @Test
    void cutJsonIsABadResponse() throws Exception {
        assertEndsWith(
                json(200, DONE.substring(0, DONE.length() - 1)),
                Reason.BAD_RESPONSE,
                "HTTP 200: the body is not JSON or is cut; tried 3 times",
                3);
    }

    @Test
    void htmlWith200IsABadResponse() throws Exception {
        assertEndsWith(
                json(200, "<!doctype html><title>Welcome</title>"),
                Reason.BAD_RESPONSE,
                "HTTP 200: the body is not JSON or is cut; tried 3 times",
                3);
    }

    @Test
    void anArrayIsABadResponse() throws Exception {
        assertEndsWith(
                json(200, "[" + DONE + "]"),
                Reason.BAD_RESPONSE,
                "HTTP 200: the body is not a JSON object; tried 3 times",
                3);
    }

    @Test
    void dataNullIsABadResponse() throws Exception {
        assertEndsWith(
                json(200, "{\"code\":0,\"data\":null}"),
                Reason.BAD_RESPONSE,
                "HTTP 200: no web_work_status; tried 3 times",
                3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"error\":{\"message\":\"x\",\"code\":null}}", "{\"success\":false,\"message\":\"x\"}"})
    void anErrorWith200IsABadResponse(String body) throws Exception {
        assertEndsWith(json(200, body), Reason.BAD_RESPONSE, "HTTP 200: the body is an error; tried 3 times", 3);
    }

    @Test
    void aVideoUrlOfAWrongTypeIsABadResponse() throws Exception {
        assertEndsWith(
                json(200, "{\"web_work_status\":200,\"no_wm_work_video_path\":{\"url\":1}}"),
                Reason.BAD_RESPONSE,
                "HTTP 200: the video URL is not a text; tried 3 times",
                3);
    }

    @Test
    void aWorkStatusOfAWrongTypeIsABadResponse() throws Exception {
        assertEndsWith(
                json(200, "{\"web_work_status\":[200]}"), Reason.BAD_RESPONSE, "web_work_status is not a number", 1);
    }

    @Test
    void aHugeAnswerIsABadResponseBeforeAByteIsRead() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n";
        try (ScriptedServer server = new ScriptedServer(request -> stall(head))) {
            assertNotDone(ask(server), Reason.BAD_RESPONSE, "HTTP 200: the body is larger than 1 MiB");
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void anEndlessAnswerIsABadResponseAndItsConnectionDropped() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch gone = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(request -> ScriptedServer.endless(written, gone))) {
            assertNotDone(ask(server), Reason.BAD_RESPONSE, "HTTP 200: the body is larger than 1 MiB");
            assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(written.get()).isLessThan(16L << 20);
        }
    }

    @Test
    void anAnswerOfExactlyOneMebibyteIsRead() throws Exception {
        String body = DONE + " ".repeat(Reply.LARGEST_BODY - DONE.length());
        try (ScriptedServer server = new ScriptedServer(request -> json(200, body))) {
            assertThat(ask(server)).isInstanceOf(TaskAnswer.Done.class);
        }
    }

    @Test
    void aHugeErrorPageIsClassifiedByItsStatus() throws Exception {
        assertEndsWith(answer(404, new byte[Reply.LARGEST_BODY + 1]), Reason.NOT_FOUND, "HTTP 404", 1);
    }

    @Test
    void deepJsonIsABadResponse() throws Exception {
        assertEndsWith(
                json(200, "{\"web_work_status\":200,\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"),
                Reason.BAD_RESPONSE,
                "HTTP 200: the body is not JSON or is cut; tried 3 times",
                3);
    }

    private static void assertEndsWith(ScriptedServer.Answer answer, Reason reason, String detail, int requests)
            throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> answer)) {
            assertNotDone(ask(server), reason, detail);
            assertThat(server.requests()).hasSize(requests);
        }
    }

    private static void assertStops(int status, String body, String message) throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(status, body))) {
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> ask(server))
                    .withMessage(message);
            assertThat(server.requests()).hasSize(1);
        }
    }

    private static void assertNotDone(TaskAnswer answer, Reason reason, String detail) {
        assertThat(answer)
                .asInstanceOf(type(TaskAnswer.NotDone.class))
                .returns(reason, TaskAnswer.NotDone::reason)
                .returns(detail, notDone -> notDone.detail().text());
    }

    private static long nanosBetween(ScriptedServer server, int first, int second) {
        return server.requests().get(second).nanos()
                - server.requests().get(first).nanos();
    }

    private static TaskServiceSettings impatient(URI url, Duration connect, Duration response) {
        RetryPolicy once = ONE_TRY;
        return new TaskServiceSettings(url, () -> new Secret(TOKEN), 0, once, connect, response, 4);
    }

    private static SSLContext selfSigned(Path dir) throws Exception {
        Path store = dir.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
