package org.mediaarchiver.taskservice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.taskservice.AnswerBody.NoTask;
import org.mediaarchiver.taskservice.AnswerBody.State;
import org.mediaarchiver.taskservice.AnswerBody.Task;

class TaskResultParserTest {
    private static final String VIDEO = "https://cdn.gptbest.vip/file/cdn/20250124/hfulzDLGgiDg3EQsdYZse3em2f3peS.mp4";
    private static final String PREVIEW =
            "https://cdn.gptbest.vip/file/cdn/20250124/zQBRDI6pT3Bcxs5F9iShAWf05jio0F.jpg";

    @Test
    void thePublishedExampleIsDone() throws Exception {
        assertThat(TaskResultParser.parse(example()).content())
                .isEqualTo(new Task(State.DONE, "200", "web_work_status 200", VIDEO, PREVIEW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%s",
                "{\"code\":0,\"data\":%s}",
                "{\"code\":200,\"message\":\"\",\"data\":%s}",
                "{\"code\":\"0\",\"data\":%s}",
                "{\"code\":\"200\",\"data\":%s}",
                "{\"code\":\"success\",\"data\":%s}",
                "{\"code\":null,\"data\":%s}",
                "{\"data\":%s,\"error\":null,\"success\":true}",
                "{\"data\":%s,\"error\":\"\"}",
                "{\"data\":%s,\"error\":{}}",
                "{\"data\":%s,\"error\":false}",
                "{\"code\":\"success\",\"message\":\"\",\"data\":{\"task_id\":\"t\",\"status\":\"SUCCESS\",\"data\":%s}}",
                "{\"code\":\"success\",\"data\":{\"status\":\"success\",\"data\":%s}}",
                "{\"code\":\"success\",\"data\":{\"status\":\"A_WORD_OF_TOMORROW\",\"data\":%s}}",
                "{\"code\":\"success\",\"data\":{\"data\":%s}}",
                "\uFEFF%s",
                " \r\n%s\n",
            })
    void theThreeShapesSayTheSame(String shape) throws Exception {
        byte[] body = shape.formatted(new String(example(), UTF_8)).getBytes(UTF_8);

        assertThat(TaskResultParser.parse(body).content())
                .isEqualTo(new Task(State.DONE, "200", "web_work_status 200", VIDEO, PREVIEW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"no_wm_work_video_path\":null,", "\"no_wm_work_video_path\":\" \","})
    void anAbsentANullAndABlankVideoUrlMeanTheSame(String field) {
        assertThat(content("{" + field + "\"work_video_path\":\"https://a/b\",\"web_work_status\":200}"))
                .isEqualTo(new Task(State.DONE, "200", "web_work_status 200", null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"work_webp_path\":null,", "\"work_webp_path\":\"\","})
    void anAbsentANullAndABlankPreviewUrlMeanTheSame(String field) {
        assertThat(content("{" + field + "\"no_wm_work_video_path\":\"v\",\"web_work_status\":200}"))
                .isEqualTo(new Task(State.DONE, "200", "web_work_status 200", "v", null));
    }

    @Test
    void aPreviewOfAWrongTypeDoesNotCostTheVideo() {
        assertThat(content("{\"work_webp_path\":[1],\"no_wm_work_video_path\":\"v\",\"web_work_status\":200}"))
                .isEqualTo(new Task(State.DONE, "200", "web_work_status 200", "v", "[1]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"web_work_status\":null}",
                "{\"web_work_status\":\" \",\"no_wm_work_video_path\":\"v\"}",
                "{\"code\":0,\"data\":{}}",
                "{\"code\":0}",
                "{\"code\":0,\"data\":{\"data\":{\"data\":{\"web_work_status\":200}}}}",
            })
    void withoutAWorkStatusThereIsNoTask(String body) {
        assertThat(content(body)).isEqualTo(new NoTask("no web_work_status"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"\"", "null", "{}", "{\"other\":1}"})
    void anEnvelopeOfSuccessWithoutItsTaskIsDoneWithoutVideo(String data) {
        assertThat(content("{\"code\":\"success\",\"data\":{\"status\":\"SUCCESS\",\"data\":" + data + "}}"))
                .isEqualTo(new Task(State.DONE, null, "status SUCCESS", null, null));
    }

    @Test
    void anEnvelopeOfSuccessNeedsNoWorkStatus() {
        assertThat(content("{\"data\":{\"status\":\"SUCCESS\",\"data\":{\"no_wm_work_video_path\":\"v\"}}}"))
                .isEqualTo(new Task(State.DONE, null, "status SUCCESS", "v", null));
    }

    @Test
    void theTaskWithinAnEnvelopeOfSuccessHasTheLastWord() {
        assertThat(content("{\"data\":{\"status\":\"SUCCESS\",\"data\":{\"web_work_status\":100}}}"))
                .isEqualTo(new Task(State.NOT_READY, "100", "web_work_status 100", null, null));
    }

    @Test
    void theEnvelopeKeepsTheWorkStatusOfItsTask() {
        assertThat(content("{\"data\":{\"status\":\"in_progress\",\"data\":{\"web_work_status\":\"200\"}}}"))
                .isEqualTo(new Task(State.NOT_READY, "200", "status IN_PROGRESS", null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"text\"", "17", "true", "[{\"web_work_status\":200}]"})
    void dataThatIsNoObjectIsNoTask(String data) {
        assertThat(content("{\"code\":0,\"data\":" + data + "}")).isEqualTo(new NoTask("data is not an object"));
    }

    @Test
    void aTaskMayHaveFieldsOfTomorrow() {
        assertThat(content("""
                        {"web_work_status":"200","status":"FAILURE","code":"x","data":{"a":[1.5e300,{}]},"message":"m",
                        "video_aspect_ratio":0.5625,"webp_aspect_ratio":"9:16","create_time":1e400,"id":7,"ext":null,
                        "no_wm_work_video_path":"v"}""")).isEqualTo(new Task(State.DONE, "200", "web_work_status 200", "v", null));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    {"error":{"code":"a","message":"m (request id: 2026abc)"}}  | a   | 2026abc
                    {"error":{"code":"","message":"m"},"code":"b"}              | b   | -
                    {"error":{"code":null}}                                     | -   | -
                    {"error":{"code":17}}                                       | 17  | -
                    {"error":"text"}                                            | -   | -
                    {"code":500,"message":"m (request id:x-1)","data":null}     | 500 | x-1
                    {"code":{"a":1}}                                            | -   | -
                    {"code":"SUCCESS"}                                          | -   | -
                    {"success":false,"message":"m"}                             | -   | -
                    """)
    void errorsSayTheirCodeAndRequestId(String body, String code, String requestId) {
        assertThat(TaskResultParser.parse(body.getBytes(UTF_8)))
                .returns(code, AnswerBody::code)
                .returns(requestId, AnswerBody::requestId)
                .extracting(AnswerBody::content)
                .isInstanceOf(NoTask.class);
    }

    @Test
    void aMillionTokensAreRefusedBeforeTheyFillTheMemory() {
        assertThat(content("{\"web_work_status\":200,\"x\":[" + "{},".repeat(300_000) + "{}]}"))
                .isEqualTo(new NoTask("the body is not JSON or is cut"));
    }

    @Test
    void everyCutOfTheExampleIsNoTask() throws Exception {
        byte[] example = example();
        for (int end = 0; end < example.length - 1; end++) {
            assertThat(TaskResultParser.parse(Arrays.copyOf(example, end)).content())
                    .as("the first %d bytes", end)
                    .isInstanceOf(NoTask.class);
        }
    }

    @Test
    void whateverComesIsAnswered() throws Exception {
        Random random = new Random(20261123);
        byte[] example = example();
        for (int round = 0; round < 5_000; round++) {
            byte[] body = example.clone();
            for (int change = 0; change <= random.nextInt(4); change++) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            assertThat(TaskResultParser.parse(body)).isNotNull();
        }
    }

    private static AnswerBody.Content content(String body) {
        return TaskResultParser.parse(body.getBytes(UTF_8)).content();
    }

    private static byte[] example() throws Exception {
        try (InputStream in = TaskResultParserTest.class.getResourceAsStream("example-result.json")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }
}
