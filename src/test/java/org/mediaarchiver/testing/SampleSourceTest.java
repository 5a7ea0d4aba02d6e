package org.mediaarchiver.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.tasklist.InputLine;
import org.mediaarchiver.tasklist.TaskListReader;

class SampleSourceTest {
    private static final Path SAMPLE_DATA = Path.of("sample-data");
    private static final String TOKEN = "sample-token";

    private SampleSource source;
    private HttpClient client;

    @BeforeEach
    void start() {
        source = new SampleSource(SAMPLE_DATA, TOKEN);
        client = HttpClient.newHttpClient();
    }

    @AfterEach
    void stop() {
        client.close();
        source.close();
    }

    @Test
    void answersForATaskNameTheServersOwnMedia() throws Exception {
        HttpResponse<byte[]> answer = get("/avatar/task/done", "Authorization", "Bearer " + TOKEN);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(text(answer))
                .contains("\"" + source.mediaUrl() + "/harbour.mp4\"")
                .doesNotContain("{{");
    }

    @Test
    void aWrongTokenIsRefused() throws Exception {
        assertThat(get("/avatar/task/done", "Authorization", "Bearer other").statusCode())
                .isEqualTo(401);
        assertThat(get("/avatar/task/done").statusCode()).isEqualTo(401);
    }

    @Test
    void anUnknownTaskDoesNotExist() throws Exception {
        HttpResponse<byte[]> answer = get("/avatar/task/unknown-task", "Authorization", "Bearer " + TOKEN);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(text(answer)).contains("\"code\":\"task_not_exist\"");
    }

    @Test
    void mediaComeWithLengthAndEntityTag() throws Exception {
        byte[] file = Files.readAllBytes(SAMPLE_DATA.resolve("media/harbour.mp4"));

        HttpResponse<byte[]> answer = get("/media/harbour.mp4?sign=abc");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(file);
        assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(file.length);
        assertThat(answer.headers().firstValue("ETag").orElseThrow()).matches("\"[0-9a-f]{32}\"");
        assertThat(answer.headers().firstValue("Content-Type")).contains("video/mp4");
    }

    @Test
    void headAnswersWithoutBody() throws Exception {
        HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(URI.create(source.mediaUrl() + "/harbour.mp4"))
                        .HEAD()
                        .build(),
                BodyHandlers.ofByteArray());

        assertThat(answer.headers().firstValueAsLong("Content-Length"))
                .hasValue(Files.size(SAMPLE_DATA.resolve("media/harbour.mp4")));
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void aRangeIsAnsweredInPart() throws Exception {
        byte[] file = Files.readAllBytes(SAMPLE_DATA.resolve("media/harbour.mp4"));

        HttpResponse<byte[]> answer = get("/media/harbour.mp4", "Range", "bytes=1000-");

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.headers().firstValue("Content-Range"))
                .contains("bytes 1000-" + (file.length - 1) + "/" + file.length);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(file, 1000, file.length));
    }

    @Test
    void aRangeOfAnotherVersionIsAnsweredInFull() throws Exception {
        HttpResponse<byte[]> answer = get("/media/harbour.mp4", "Range", "bytes=1000-", "If-Range", "\"another\"");

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void aRangeBeyondTheEndIsRefused() throws Exception {
        assertThat(get("/media/harbour.mp4", "Range", "bytes=1000000-").statusCode())
                .isEqualTo(416);
    }

    @Test
    void noPathLeadsOutOfTheSampleData() throws Exception {
        assertThat(get("/media/%2e%2e/README.md").statusCode()).isEqualTo(404);
        assertThat(get("/media/..%2fREADME.md").statusCode()).isEqualTo(404);
        assertThat(get("/media//etc/hostname").statusCode()).isEqualTo(404);
    }

    @Test
    void theMediaHostRefusesToSeeATokenAndCountsEveryRequest() throws Exception {
        assertThat(get("/media/harbour.mp4", "Authorization", "Bearer " + TOKEN).statusCode())
                .isEqualTo(400);
        assertThat(get("/media/none.mp4").statusCode()).isEqualTo(404);

        assertThat(source.requests()).containsExactly("GET /media/harbour.mp4", "GET /media/none.mp4");
    }

    @Test
    void eachTaskOfTheSampleHasItsThreeExpectedRowsInManifestOrder() throws IOException {
        List<String> lines = Files.readAllLines(SAMPLE_DATA.resolve("expected.csv"));
        Map<String, List<String>> roles = new TreeMap<>();
        List<String> keys = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            keys.add(cells[0] + "/" + cells[1]);
            roles.computeIfAbsent(cells[0], task -> new ArrayList<>()).add(cells[1]);
            if (!cells[3].isEmpty()) {
                assertThat(Reason.valueOf(cells[3]).status().word()).as(line).isEqualTo(cells[2]);
            } else {
                assertThat(cells[2]).as(line).isEqualTo(Status.STORED.word());
            }
        }

        assertThat(lines.getFirst()).isEqualTo("task_id,role,status,reason");
        assertThat(keys).isSorted();
        assertThat(roles.keySet()).isEqualTo(tasks());
        assertThat(roles.values())
                .allSatisfy(words -> assertThat(words)
                        .isEqualTo(Stream.of(Role.values()).map(Role::word).toList()));
    }

    @Test
    void eachAnswerBelongsToATaskOfTheSample() throws IOException {
        try (Stream<Path> files = Files.list(SAMPLE_DATA.resolve("answers"))) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".json", "")))
                    .isSubsetOf(tasks())
                    .hasSize(tasks().size() - 1);
        }
    }

    private static Set<String> tasks() {
        Set<String> ids = new TreeSet<>();
        int rejected = 0;
        try (TaskListReader reader = TaskListReader.open(SAMPLE_DATA.resolve("tasks.csv"), "tasks.csv", "task_id")) {
            for (InputLine line = reader.next(); line != null; line = reader.next()) {
                switch (line) {
                    case InputLine.Task task -> ids.add(task.id().value());
                    case InputLine.Rejected ignored -> rejected++;
                }
            }
        }
        assertThat(rejected).isEqualTo(1);
        return ids;
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(source.baseUrl() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), UTF_8);
    }
}
