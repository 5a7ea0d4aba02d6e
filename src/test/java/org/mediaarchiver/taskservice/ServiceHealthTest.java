package org.mediaarchiver.taskservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.mediaarchiver.taskservice.Clients.DONE;
import static org.mediaarchiver.taskservice.Clients.ONE_TRY;
import static org.mediaarchiver.taskservice.Clients.THREE_TRIES;
import static org.mediaarchiver.taskservice.Clients.askAll;
import static org.mediaarchiver.taskservice.Clients.client;
import static org.mediaarchiver.taskservice.Clients.task;
import static org.mediaarchiver.taskservice.ScriptedServer.json;
import static org.mediaarchiver.taskservice.ScriptedServer.reset;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.StopException;

/** What many answers together mean: a wrong address, or a service that is down. */
class ServiceHealthTest {
    @Test
    void nineteenUnknownTasksAreUnknownAndTheAddressIsInDoubt() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(404, ""));
                TaskServiceClient client = client(server)) {
            assertThat(client.isAddressInDoubt()).isFalse();
            for (int i = 0; i < 19; i++) {
                assertNotDone(client.ask(task(i)), Reason.NOT_FOUND);
                assertThat(client.isAddressInDoubt()).isTrue();
            }
            assertThat(server.requests()).hasSize(19);
        }
    }

    @Test
    void theTwentiethPlain404StopsTheRun() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(404, "{\"error\":{\"code\":\"\"}}"));
                TaskServiceClient client = client(server)) {
            for (int i = 0; i < 19; i++) {
                client.ask(task(i));
            }
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> client.ask(task(19)))
                    .withMessage("The first 20 tasks were all answered with a plain 404, so " + server.url()
                            + " does not seem to be the task service. Check archiver.task-service.base-url, then run the same"
                            + " command again; nothing was lost.");
            assertThat(client.isAddressInDoubt()).isTrue();
        }
    }

    @Test
    void of64TasksAtOnceNoMoreThan19AreToldThatTheyAreUnknown() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(404, ""));
                TaskServiceClient client = client(server)) {
            List<Object> ends = askAll(client, 64);

            assertThat(ends).filteredOn(TaskAnswer.NotDone.class::isInstance).hasSize(19);
            assertThat(ends).filteredOn(StopException.class::isInstance).hasSize(45);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    200 | {"web_work_status":100}
                    400 | {"code":"task_not_exist"}
                    404 | {"code":"task_not_exist"}
                    410 | {}
                    422 | {}
                    """)
    void anyOtherAnswerEndsTheDoubtForGood(int status, String body) throws Exception {
        try (ScriptedServer server =
                        new ScriptedServer(request -> request.number() == 19 ? json(status, body) : json(404, ""));
                TaskServiceClient client = client(server)) {
            for (int i = 0; i < 60; i++) {
                client.ask(task(i));
            }
            assertThat(client.isAddressInDoubt()).isFalse();
        }
    }

    @Test
    void aTaskThatIsGivenUpLeavesTheDoubtAsItIs() throws Exception {
        try (ScriptedServer server =
                        new ScriptedServer(request -> request.number() == 5 ? json(503, "") : json(404, ""));
                TaskServiceClient client = client(server.url(), ONE_TRY)) {
            for (int i = 0; i < 20; i++) {
                client.ask(task(i));
            }
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> client.ask(task(20)))
                    .withMessageContaining("archiver.task-service.base-url");
        }
    }

    @Test
    void twentyTasksGivenUpInARowStopTheRun() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(503, ""));
                TaskServiceClient client = client(server.url(), THREE_TRIES)) {
            for (int i = 0; i < 19; i++) {
                assertNotDone(client.ask(task(i)), Reason.SERVICE_UNAVAILABLE);
            }
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> client.ask(task(19)))
                    .withMessage("The task service has not answered for 20 tasks in a row (HTTP 503; tried 3 times)."
                            + " Run the same command again when " + server.url()
                            + " can be reached; nothing was lost.");
            assertThat(server.requests()).hasSize(60);
        }
    }

    @Test
    void twentyRateLimitedTasksInARowStopTheRun() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(429, ""));
                TaskServiceClient client = client(server.url(), ONE_TRY)) {
            for (int i = 0; i < 19; i++) {
                assertNotDone(client.ask(task(i)), Reason.RATE_LIMITED);
            }
            assertThatExceptionOfType(StopException.class)
                    .isThrownBy(() -> client.ask(task(19)))
                    .withMessageContaining("Lower archiver.task-service.requests-per-second");
        }
    }

    @Test
    void oneAnswerBetweenFailuresKeepsTheRunGoing() throws Exception {
        try (ScriptedServer server =
                        new ScriptedServer(request -> request.number() % 20 == 0 ? json(200, DONE) : reset());
                TaskServiceClient client = client(server.url(), ONE_TRY)) {
            for (int i = 0; i < 60; i++) {
                client.ask(task(i));
            }
            assertThat(server.requests()).hasSize(60);
        }
    }

    @Test
    void of64TasksAtOnceOnly19AreGivenUpBeforeTheStop() throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> reset());
                TaskServiceClient client = client(server.url(), THREE_TRIES)) {
            List<Object> ends = askAll(client, 64);

            assertThat(ends).filteredOn(TaskAnswer.NotDone.class::isInstance).hasSize(19);
            assertThat(ends).filteredOn(StopException.class::isInstance).hasSize(45);
        }
    }

    private static void assertNotDone(TaskAnswer answer, Reason reason) {
        assertThat(answer).asInstanceOf(type(TaskAnswer.NotDone.class)).returns(reason, TaskAnswer.NotDone::reason);
    }
}
