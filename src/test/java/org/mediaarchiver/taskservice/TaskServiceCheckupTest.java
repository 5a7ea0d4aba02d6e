package org.mediaarchiver.taskservice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.taskservice.ScriptedServer.answer;
import static org.mediaarchiver.taskservice.ScriptedServer.cut;
import static org.mediaarchiver.taskservice.ScriptedServer.json;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Check.Result;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.http.RetryPolicy;
import org.mediaarchiver.testing.S3Server;

/** What is said of the task service before a run depends on it. */
class TaskServiceCheckupTest {
    private static final String TOKEN = "planted-token";

    private final List<Check> checks = new ArrayList<>();

    private void examine(URI baseUrl) throws InterruptedException {
        TaskServiceSettings settings = new TaskServiceSettings(
                baseUrl,
                () -> new Secret(TOKEN),
                0,
                RetryPolicy.DEFAULT,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                1);
        new TaskServiceCheckup(settings, InstantSource.system(), checks::add).examine();
        assertThat(checks)
                .allSatisfy(check -> assertThat(check.message()).doesNotContain(TOKEN, "\n"))
                .extracting(Check::name)
                .containsExactly("service.connection", "service.token");
    }

    /** Answers with the token and without. */
    private static ScriptedServer server(ScriptedServer.Answer withToken, ScriptedServer.Answer without)
            throws Exception {
        return new ScriptedServer(request -> request.header("authorization").isPresent() ? withToken : without);
    }

    private static ScriptedServer.Answer refused(int status, String code) {
        return json(status, "{\"error\":{\"message\":\"planted message\",\"code\":\"" + code + "\"}}");
    }

    @Test
    void aTaskThatIsSaidNotToExistShowsThatTheTokenIsTaken() throws Exception {
        try (ScriptedServer server = server(refused(400, "task_not_exist"), refused(401, ""))) {
            examine(server.url());

            assertThat(checks.get(1).result()).isEqualTo(Result.OK);
            assertThat(checks.get(1).message()).contains("HTTP 400; code task_not_exist");
            assertThat(server.requests())
                    .extracting(request -> request.header("authorization").orElse(""))
                    .containsExactly("", "Bearer " + TOKEN);
            assertThat(server.requests())
                    .allSatisfy(request -> assertThat(request.taskId()).matches("0{24}"));
        }
    }

    @Test
    void aPlain404IsBelievedWhereNobodyIsLetThroughWithoutAToken() throws Exception {
        ScriptedServer.Answer plain = answer(404, new byte[0]);
        try (ScriptedServer server = server(plain, refused(401, ""))) {
            examine(server.url());

            assertThat(checks.get(1).result()).isEqualTo(Result.OK);
            assertThat(checks.get(1).message()).contains("plain 404", "(401)");
        }
        checks.clear();
        try (ScriptedServer server = server(plain, plain)) {
            examine(server.url());

            assertThat(checks.get(1).result()).isEqualTo(Result.FAULT);
            assertThat(checks.get(1).message()).contains("archiver.task-service.base-url", "--dry-run");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "401, , FAULT, archiver.task-service.token",
        "402, , FAULT, Top up the account",
        "403, , FAULT, what the token's account may do",
        "429, quota_exceeded, FAULT, Top up the account or wait",
        "422, bad_id, NOTE, HTTP 422; code bad_id",
        "302, , FAULT, archiver.task-service.base-url"
    })
    void whatTheServiceSaysToTheTokenIsTold(int status, String code, Result result, String message) throws Exception {
        try (ScriptedServer server = server(refused(status, code == null ? "" : code), refused(401, ""))) {
            examine(server.url());

            assertThat(checks.get(1).result()).isEqualTo(result);
            assertThat(checks.get(1).message()).contains(message).doesNotContain("planted message");
        }
    }

    @ParameterizedTest
    @CsvSource({"429, slow down", "503, not well"})
    void aServiceThatIsUnwellIsAskedTwiceAndTold(int status, String message) throws Exception {
        try (ScriptedServer server = server(answer(status, new byte[0]), answer(status, new byte[0]))) {
            examine(server.url());

            assertThat(checks.get(1).result()).isEqualTo(Result.FAULT);
            assertThat(checks.get(1).message()).contains(message, "HTTP " + status, "Try again");
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void aPageIsNoTaskService() throws Exception {
        ScriptedServer.Answer page = answer(200, "<html>Log in</html>".getBytes(UTF_8));
        try (ScriptedServer server = server(page, page)) {
            examine(server.url());

            assertThat(checks.get(1).result()).isEqualTo(Result.FAULT);
            assertThat(checks.get(1).message()).contains("no task service", "login page");
        }
    }

    @Test
    void aTokenThatCannotBeReadIsTold() throws Exception {
        try (ScriptedServer server = server(answer(404, new byte[0]), refused(401, ""))) {
            TaskServiceSettings settings = TaskServiceSettings.of(
                    server.url(),
                    () -> {
                        throw new StopException("The token file cannot be read.");
                    },
                    0,
                    1);
            new TaskServiceCheckup(settings, InstantSource.system(), checks::add).examine();

            assertThat(checks.get(1)).isEqualTo(Check.fault("service.token", "The token file cannot be read."));
        }
    }

    @Test
    void aTokenThatTravelsUnencryptedIsANote() throws Exception {
        try (ScriptedServer server = server(refused(400, "task_not_exist"), refused(401, ""))) {
            examine(server.url());

            assertThat(checks.getFirst().result()).isEqualTo(Result.NOTE);
            assertThat(checks.getFirst().message()).contains("unencrypted");
        }
    }

    @Test
    void whyTheServiceCannotBeReachedIsToldApart() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = free.getLocalPort();
        }
        ScriptedServer.Answer noHttp = cut("I am no HTTP server\r\n");
        try (ScriptedServer server = server(noHttp, noHttp);
                S3Server noTls = S3Server.start("bucket")) {
            assertUnreachable(URI.create("http://127.0.0.1:" + closed), "nothing accepts connections");
            assertUnreachable(URI.create("http://no-such-host.invalid"), "its host name is unknown");
            assertUnreachable(URI.create("https://127.0.0.1:" + noTls.endpoint().getPort()), "does not speak TLS");
            assertUnreachable(server.url(), "archiver.task-service.base-url");
        }
    }

    private void assertUnreachable(URI url, String why) throws Exception {
        checks.clear();
        examine(url);

        assertThat(checks).extracting(Check::result).containsExactly(Result.FAULT, Result.UNTRIED);
        assertThat(checks.getFirst().message()).contains(url.toString(), why, "archiver.task-service.base-url");
    }
}
