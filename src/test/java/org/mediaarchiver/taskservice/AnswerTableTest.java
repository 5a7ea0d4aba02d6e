package org.mediaarchiver.taskservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.taskservice.Clients.ask;
import static org.mediaarchiver.taskservice.ScriptedServer.json;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.StopException;

/** The tables of statuses, codes and work statuses, asked over HTTP: what the task ends with, and after how many requests. */
class AnswerTableTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    201 |                             | BAD_RESPONSE        | 3
                    300 |                             | BAD_RESPONSE        | 1
                    301 |                             | BAD_RESPONSE        | 1
                    302 |                             | BAD_RESPONSE        | 1
                    307 |                             | BAD_RESPONSE        | 1
                    308 |                             | BAD_RESPONSE        | 1
                    400 |                             | REJECTED            | 1
                    400 | invalid_request             | REJECTED            | 1
                    400 | task_not_exist              | NOT_FOUND           | 1
                    400 | task_origin_not_exist       | NOT_FOUND           | 1
                    400 | insufficient_user_quota     | STOP                | 1
                    401 |                             | STOP                | 1
                    402 |                             | STOP                | 1
                    403 |                             | STOP                | 1
                    404 |                             | NOT_FOUND           | 1
                    404 | not_found                   | NOT_FOUND           | 1
                    404 | task_not_exist              | NOT_FOUND           | 1
                    405 |                             | REJECTED            | 1
                    408 |                             | SERVICE_UNAVAILABLE | 3
                    409 |                             | REJECTED            | 1
                    410 |                             | NOT_FOUND           | 1
                    410 | task_not_exist              | NOT_FOUND           | 1
                    418 |                             | REJECTED            | 1
                    422 |                             | REJECTED            | 1
                    425 |                             | SERVICE_UNAVAILABLE | 3
                    429 |                             | RATE_LIMITED        | 3
                    429 | insufficient_quota          | STOP                | 1
                    451 |                             | REJECTED            | 1
                    499 |                             | REJECTED            | 1
                    500 |                             | SERVICE_UNAVAILABLE | 3
                    500 | quota_exceeded              | STOP                | 1
                    502 |                             | SERVICE_UNAVAILABLE | 3
                    503 |                             | SERVICE_UNAVAILABLE | 3
                    504 |                             | SERVICE_UNAVAILABLE | 3
                    520 |                             | SERVICE_UNAVAILABLE | 3
                    521 |                             | SERVICE_UNAVAILABLE | 3
                    522 |                             | SERVICE_UNAVAILABLE | 3
                    523 |                             | SERVICE_UNAVAILABLE | 3
                    524 |                             | SERVICE_UNAVAILABLE | 3
                    599 |                             | SERVICE_UNAVAILABLE | 3
                    600 |                             | BAD_RESPONSE        | 1
                    200 | quota_exceeded              | STOP                | 1
                    200 | insufficient_quota          | STOP                | 1
                    200 | insufficient_user_quota     | STOP                | 1
                    200 | task_not_exist              | NOT_FOUND           | 1
                    200 | task_origin_not_exist       | NOT_FOUND           | 1
                    200 | some_failure                | BAD_RESPONSE        | 3
                    200 | 500                         | BAD_RESPONSE        | 3
                    """)
    void everyStatusAndCodeEndsAsTheTableSays(int status, String code, String end, int requests) throws Exception {
        String body = code == null ? "" : "{\"error\":{\"message\":\"x\",\"type\":\"y\",\"code\":\"" + code + "\"}}";
        String flat = code == null ? "" : "{\"code\":\"" + code + "\",\"message\":\"x\",\"data\":null}";

        assertThat(end(status, body, requests)).isEqualTo(end);
        assertThat(end(status, flat, requests)).isEqualTo(end);
    }

    @ParameterizedTest
    @CsvSource({
        "200, DONE",
        "0, NOT_READY",
        "1, NOT_READY",
        "100, NOT_READY",
        "199, NOT_READY",
        "-1, GENERATION_FAILED",
        "-2, GENERATION_FAILED",
        "-3, GENERATION_FAILED",
        "-100, GENERATION_FAILED",
        "-101, MODERATED",
        "-102, MODERATED",
        "-103, MODERATED",
        "-104, GENERATION_FAILED",
        "201, BAD_RESPONSE",
        "404, BAD_RESPONSE",
        "200.0, DONE",
        "200.5, BAD_RESPONSE",
        "2e2, DONE",
        "99999999999999999999, BAD_RESPONSE",
        "true, BAD_RESPONSE",
    })
    void everyWorkStatusEndsAsTheTableSaysAsNumberAndAsText(String status, String end) throws Exception {
        String task = "{\"web_work_status\":%s,\"no_wm_work_video_path\":\"https://cdn.example/v.mp4\"}";

        assertThat(end(200, task.formatted(status), 1)).isEqualTo(end);
        if (!status.equals("2e2")) {
            assertThat(end(200, task.formatted("\"" + status + "\""), 1)).isEqualTo(end);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_START, NOT_READY",
        "SUBMITTED, NOT_READY",
        "QUEUED, NOT_READY",
        "IN_PROGRESS, NOT_READY",
        "SUCCESS, DONE",
        "FAILURE, GENERATION_FAILED",
        "UNKNOWN, BAD_RESPONSE",
    })
    void everyWordOfTheEnvelopeEndsAsTheTableSays(String word, String end) throws Exception {
        String body = "{\"code\":\"success\",\"data\":{\"task_id\":\"t\",\"status\":\"" + word
                + "\",\"fail_reason\":\"\",\"data\":" + Clients.DONE + "}}";

        assertThat(end(200, body, 1)).isEqualTo(end);
    }

    private static String end(int status, String body, int requests) throws Exception {
        try (ScriptedServer server = new ScriptedServer(request -> json(status, body))) {
            String end = switch (ask(server)) {
                case TaskAnswer.Done ignored -> "DONE";
                case TaskAnswer.NotDone notDone -> notDone.reason().name();
            };
            assertThat(server.requests()).hasSize(requests);
            return end;
        } catch (StopException e) {
            assertThat(e).hasMessageContaining("then run the same command again; nothing was lost.");
            return "STOP";
        }
    }
}
