package org.mediaarchiver.taskservice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.mediaarchiver.taskservice.Clients.CLOCK;
import static org.mediaarchiver.taskservice.Clients.DONE;
import static org.mediaarchiver.taskservice.Clients.NOW;
import static org.mediaarchiver.taskservice.Clients.ONE_TRY;
import static org.mediaarchiver.taskservice.Clients.TASK;
import static org.mediaarchiver.taskservice.Clients.THREE_TRIES;
import static org.mediaarchiver.taskservice.Clients.TOKEN;
import static org.mediaarchiver.taskservice.Clients.ask;
import static org.mediaarchiver.taskservice.Clients.askAll;
import static org.mediaarchiver.taskservice.Clients.client;
import static org.mediaarchiver.taskservice.Clients.settings;
import static org.mediaarchiver.taskservice.Clients.task;
import static org.mediaarchiver.taskservice.ScriptedServer.answer;
import static org.mediaarchiver.taskservice.ScriptedServer.json;
import static org.mediaarchiver.taskservice.ScriptedServer.stall;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.http.RetryPolicy;

class TaskServiceClientTest {
    @Test
    void theRequestIsTheOneThatThePageDocuments() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(200, DONE))) {
            ask(server);

            assertThat(server.requests()).hasSize(1);
            ScriptedServer.Request request = server.requests().getFirst();
            assertThat(request.method()).isEqualTo("GET");
            assertThat(request.path()).isEqualTo("/avatar/task/" + TASK);
            assertThat(request.headers())
                    .containsEntry("authorization", "Bearer " + TOKEN)
                    .containsEntry("accept", "application/json")
                    .containsEntry("content-type", "application/json")
                    .containsEntry("accept-encoding", "identity")
                    .containsEntry("user-agent", "media-archiver")
                    .containsOnlyKeys(
                            "authorization",
                            "accept",
                            "accept-encoding",
                            "content-type",
                            "user-agent",
                            "host",
                            "connection");
        }
    }

    @ParameterizedTest
    @CsvSource({"'', /", "/, /", "/gateway/v2, /gateway/v2/", "/gateway/v2/, /gateway/v2/"})
    void theBaseUrlMayHaveAPathWithOrWithoutASlash(String path, String root) throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(200, DONE));
                TaskServiceClient client = client(URI.create(server.url() + path), ONE_TRY)) {
            TaskAnswer answer = client.ask(TASK);

            assertThat(server.requests().getFirst().path()).isEqualTo(root + "avatar/task/" + TASK);
            assertThat(answer)
                    .asInstanceOf(type(TaskAnswer.Done.class))
                    .returns(SourceUrl.of(server.url() + root + "avatar/task/" + TASK), TaskAnswer.Done::source);
        }
    }

    @Test
    void theAnswerIsKeptByteForByte() throws Exception {
        byte[] body =
                ("\uFEFF\r\n{ \"work_name\" : \"\u5531\u6b4c\", \"web_work_status\":\"200\",\"work_webp_path\":\"p?sig=1\",\t"
                                + "\"no_wm_work_video_path\":\"https://cdn.example/v.mp4?sig=2\"}\n\n")
                        .getBytes(UTF_8);
        try (ScriptedServer server = new ScriptedServer(request -> answer(200, body))) {
            assertThat(ask(server))
                    .asInstanceOf(type(TaskAnswer.Done.class))
                    .returns(body, TaskAnswer.Done::body)
                    .returns("200", TaskAnswer.Done::workStatus)
                    .returns(NOW, TaskAnswer.Done::receivedAt)
                    .returns("https://cdn.example/v.mp4?sig=2", TaskAnswer.Done::videoUrl)
                    .returns("p?sig=1", TaskAnswer.Done::previewUrl);
        }
    }

    @Test
    void aDoneTaskWithoutAVideoUrlIsNotReady() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(200, "{\"web_work_status\":200}"))) {
            assertThat(ask(server))
                    .asInstanceOf(type(TaskAnswer.NotDone.class))
                    .returns("200", TaskAnswer.NotDone::workStatus)
                    .returns(Reason.NOT_READY, TaskAnswer.NotDone::reason)
                    .returns(
                            "web_work_status 200 without a video URL",
                            n -> n.detail().text());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    -101               | %2D101
                    "=cmd,\\"x\\""     | %3Dcmd%2C%22x%22
                    "\u5b8c\u6210"     | %E5%AE%8C%E6%88%90
                    " 100 "            | 100
                    """)
    void theWorkStatusIsSafeForACsvCell(String json, String workStatus) throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(200, "{\"web_work_status\":" + json + "}"))) {
            assertThat(ask(server).workStatus()).isEqualTo(workStatus);
        }
    }

    @Test
    void aLongWorkStatusIsCut() throws Exception {
        String body = "{\"web_work_status\":\"" + "x".repeat(1000) + "\"}";
        try (ScriptedServer server = new ScriptedServer(request -> json(200, body))) {
            assertThat(ask(server).workStatus()).isEqualTo("x".repeat(64));
        }
    }

    @Test
    void theCodeAndRequestIdOfARejectionAreKeptAndMadeSafe() throws Exception {
        byte[] body = ("{\"code\":\"bad=\\u0007," + "y".repeat(100) + "\"}").getBytes(UTF_8);
        try (ScriptedServer server =
                new ScriptedServer(request -> answer(422, body, "X-Oneapi-Request-Id: 2026<1123>"))) {
            assertThat(ask(server))
                    .asInstanceOf(type(TaskAnswer.NotDone.class))
                    .returns(Reason.REJECTED, TaskAnswer.NotDone::reason)
                    .returns(
                            "HTTP 422; code bad" + "y".repeat(61) + "; request id 20261123",
                            n -> n.detail().text());
        }
    }

    @Test
    void aServiceThatEchoesTheTokenDoesNotMakeUsWriteItDown() throws Exception {
        String error = "{\"error\":{\"code\":\"bad." + TOKEN + "\",\"message\":\"(request id: " + TOKEN + ")\"}}";
        try (ScriptedServer server = new ScriptedServer(request -> request.number() == 1
                        ? json(400, error)
                        : request.number() == 2
                                ? json(200, "{\"web_work_status\":\"" + TOKEN + "\"}")
                                : json(402, error));
                TaskServiceClient client = client(server)) {
            assertThat(client.ask(TASK).toString()).doesNotContain(TOKEN);
            assertThat(client.ask(TASK).toString()).doesNotContain(TOKEN);
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> client.ask(TASK))
                    .satisfies(stop -> assertThat(stop.getMessage()).doesNotContain(TOKEN));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsNotFollowedAndTheTokenStaysHere(int status) throws Exception {
        try (ScriptedServer elsewhere = new ScriptedServer(request -> json(200, DONE));
                ScriptedServer server = new ScriptedServer(
                        request -> answer(status, new byte[0], "Location: " + elsewhere.url() + request.path()))) {
            assertThat(ask(server))
                    .asInstanceOf(type(TaskAnswer.NotDone.class))
                    .returns(Reason.BAD_RESPONSE, TaskAnswer.NotDone::reason)
                    .returns(
                            "HTTP " + status + ": no answer of a task service; check archiver.task-service.base-url",
                            n -> n.detail().text());
            assertThat(server.requests()).hasSize(1);
            assertThat(elsewhere.requests()).isEmpty();
        }
    }

    @Test
    void cookiesAreNotKept() throws Exception {
        try (ScriptedServer server =
                        new ScriptedServer(request -> answer(200, DONE.getBytes(UTF_8), "Set-Cookie: a=b; Path=/"));
                TaskServiceClient client = client(server)) {
            client.ask(TASK);
            client.ask(TASK);

            assertThat(server.requests())
                    .hasSize(2)
                    .noneMatch(r -> r.header("cookie").isPresent());
        }
    }

    @Test
    void aTokenThatWasRenewedIsTriedOnce() throws Exception {
        AtomicReference<String> file = new AtomicReference<>("old");
        try (ScriptedServer server = new ScriptedServer(request -> {
                    file.set("new");
                    return request.header("authorization").equals(Optional.of("Bearer new"))
                            ? json(200, DONE)
                            : json(401, "");
                });
                TaskServiceClient client = withToken(server, () -> new Secret(file.get()))) {
            assertThat(client.ask(TASK)).isInstanceOf(TaskAnswer.Done.class);
            assertThat(authorizations(server)).containsExactly("Bearer old", "Bearer new");
        }
    }

    @Test
    void aRenewedTokenThatIsRefusedAsWellStopsTheRun() throws Exception {
        Iterator<String> tokens = List.of("first", "second", "third").iterator();
        try (ScriptedServer server = new ScriptedServer(request -> json(401, ""));
                TaskServiceClient client = withToken(server, () -> new Secret(tokens.next()))) {
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> client.ask(TASK))
                    .withMessageContaining("archiver.task-service.token");
            assertThat(authorizations(server)).containsExactly("Bearer first", "Bearer second");
        }
    }

    @Test
    void aRenewedTokenKeepsItsTries() throws Exception {
        AtomicReference<String> file = new AtomicReference<>("old");
        try (ScriptedServer server = new ScriptedServer(request -> {
                    file.set("new");
                    return json(List.of(401, 503, 503, 200).get(request.number() - 1), DONE);
                });
                TaskServiceClient client = withToken(server, () -> new Secret(file.get()))) {
            assertThat(client.ask(TASK)).isInstanceOf(TaskAnswer.Done.class);
            assertThat(server.requests()).hasSize(4);
        }
    }

    @Test
    void theRateIsKeptUnder64Tasks() throws Exception {
        long start = System.nanoTime();
        try (ScriptedServer server = new ScriptedServer(request -> json(200, DONE));
                TaskServiceClient client = new TaskServiceClient(
                        new TaskServiceSettings(
                                server.url(),
                                () -> new Secret(TOKEN),
                                200,
                                THREE_TRIES,
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5),
                                64),
                        CLOCK)) {
            assertThat(askAll(client, 64)).hasSize(64).allMatch(TaskAnswer.Done.class::isInstance);

            List<ScriptedServer.Request> requests = server.requests();
            assertThat(requests).hasSize(64);
            for (int i = 0; i < requests.size(); i++) {
                assertThat(requests.get(i).nanos() - start).as("request %d", i).isGreaterThanOrEqualTo(i * 5_000_000L);
            }
            assertThat(requests.getLast().nanos() - start)
                    .isLessThan(Duration.ofSeconds(5).toNanos());
        }
    }

    @Test
    void retriesCountForTheRate() throws Exception {
        long start = System.nanoTime();
        try (ScriptedServer server = new ScriptedServer(request -> json(503, ""));
                TaskServiceClient client = new TaskServiceClient(
                        new TaskServiceSettings(
                                server.url(),
                                () -> new Secret(TOKEN),
                                20,
                                THREE_TRIES,
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5),
                                1),
                        CLOCK)) {
            client.ask(TASK);

            assertThat(server.requests()).hasSize(3);
            assertThat(server.requests().getLast().nanos() - start).isGreaterThanOrEqualTo(100_000_000L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void oneRetryAfterHoldsBackAllTasks(int status) throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> request.number() == 1
                        ? answer(status, new byte[0], "Retry-After: Mon, 23 Nov 2026 02:00:01 GMT")
                        : json(200, DONE));
                TaskServiceClient client = client(server.url(), ONE_TRY)) {
            assertThat(client.ask(TASK)).isInstanceOf(TaskAnswer.NotDone.class);

            assertThat(askAll(client, 16)).allMatch(TaskAnswer.Done.class::isInstance);

            assertThat(server.requests()).hasSize(17);
            assertThat(server.requests().subList(1, 17))
                    .allMatch(r -> r.nanos() - server.requests().getFirst().nanos() >= 300_000_000L);
        }
    }

    @Test
    void a429WithoutRetryAfterHoldsBackAllTasksForTheBackoff() throws Exception {
        RetryPolicy once = new RetryPolicy(1, Duration.ofMillis(200), Duration.ofMillis(200));
        try (ScriptedServer server =
                        new ScriptedServer(request -> request.number() == 1 ? json(429, "") : json(200, DONE));
                TaskServiceClient client = client(server.url(), once)) {
            client.ask(task(1));
            client.ask(task(2));

            assertThat(server.requests().get(1).nanos()
                            - server.requests().get(0).nanos())
                    .isGreaterThanOrEqualTo(100_000_000L);
        }
    }

    @Test
    void aServerErrorHoldsBackNoOtherTask() throws Exception {
        RetryPolicy slow = new RetryPolicy(2, Duration.ofHours(1), Duration.ofHours(1));
        CountDownLatch failed = new CountDownLatch(1);
        try (ScriptedServer server =
                        new ScriptedServer(request -> request.taskId().equals("task-1")
                                ? (socket, out) -> {
                                    json(503, "").write(socket, out);
                                    failed.countDown();
                                }
                                : json(200, DONE));
                TaskServiceClient client = client(server.url(), slow)) {
            Thread waiting = interruptible(client, new ArrayList<>());
            failed.await();

            assertThat(client.ask(task(2))).isInstanceOf(TaskAnswer.Done.class);

            waiting.interrupt();
            waiting.join();
        }
    }

    @Test
    void anInterruptEndsTheWaitForAnAnswer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(request -> {
                    asked.countDown();
                    return stall("");
                });
                TaskServiceClient client = client(server.url(), THREE_TRIES)) {
            List<Object> ends = new ArrayList<>();
            Thread thread = interruptible(client, ends);
            asked.await();
            thread.interrupt();
            thread.join();

            assertThat(ends).singleElement().isInstanceOf(InterruptedException.class);
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void anInterruptEndsAPause() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> answer(429, new byte[0], "Retry-After: 300"));
                TaskServiceClient client = client(server.url(), ONE_TRY)) {
            client.ask(TASK);
            List<Object> ends = new ArrayList<>();
            Thread thread = interruptible(client, ends);
            thread.interrupt();
            thread.join();

            assertThat(ends).singleElement().isInstanceOf(InterruptedException.class);
            assertThat(server.requests()).hasSize(1);
        }
    }

    private static Thread interruptible(TaskServiceClient client, List<Object> ends) {
        return Thread.ofVirtual().start(() -> {
            try {
                ends.add(client.ask(task(1)));
            } catch (InterruptedException e) {
                ends.add(e);
            }
        });
    }

    private static TaskServiceClient withToken(ScriptedServer server, Supplier<Secret> token) {
        TaskServiceSettings plain = settings(server.url(), THREE_TRIES);
        return new TaskServiceClient(
                new TaskServiceSettings(
                        plain.baseUrl(),
                        token,
                        0,
                        plain.retries(),
                        plain.connectTimeout(),
                        plain.responseTimeout(),
                        plain.connections()),
                CLOCK);
    }

    private static List<String> authorizations(ScriptedServer server) {
        return server.requests().stream()
                .map(request -> request.header("authorization").orElse(""))
                .toList();
    }
}
