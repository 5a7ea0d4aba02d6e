package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The sample tasks, archived once and then asked for again in several ways. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
@SuppressWarnings("NullAway.Init")
class SampleTasksIT {
    private static final List<String> ARCHIVED = List.of(
            "67930a6f8d5ac20007a77b1c",
            "done-in-envelope",
            "done-in-task-envelope",
            "done-preview-misnamed",
            "done-status-as-text",
            "done-without-preview",
            "done");

    @Parameter
    LedgerDatabase.Kind kind;

    private Site site;
    private Path bucketCopy;
    private Ended first;
    private Ended again;
    private Ended full;
    private Ended known;
    private Ended listing;
    private List<String> requestsAgain;
    private List<String> putsAgain;

    @BeforeParameterizedClassInvocation
    void archiveSeveralTimes(LedgerDatabase.Kind kind, @TempDir Path directory) throws Exception {
        site = Site.withSampleData(directory).on(kind);
        bucketCopy = Files.createDirectories(directory.resolve("copy"));
        String tasks = Site.SAMPLE_DATA.resolve("tasks.csv").toString();
        first = site.runPacked("archive", tasks);
        int requests = site.source().requests().size();
        int puts = site.store().puts().size();
        again = site.run("archive", tasks);
        requestsAgain = List.copyOf(site.source()
                .requests()
                .subList(requests, site.source().requests().size()));
        putsAgain = List.copyOf(
                site.store().puts().subList(puts, site.store().puts().size()));
        full = site.run("archive", tasks, "--full-manifest", "--logging.structured.format.console=logstash");
        known = site.run(
                "archive",
                "--job",
                "second-line",
                site.input("known.csv", List.of("done", "moderated", "unknown-task", "relative-url")));
        listing = site.run("runs");
    }

    @AfterParameterizedClassInvocation
    void close() {
        site.close();
    }

    private PublishedRun run(int number) throws IOException {
        return site.runs().get(number - 1);
    }

    @Test
    void everyTaskEndsAsTheSampleSays() throws IOException {
        List<String> expected = new ArrayList<>();
        for (String line : Files.readAllLines(Site.SAMPLE_DATA.resolve("expected.csv")).stream()
                .skip(1)
                .toList()) {
            String[] cells = line.split(",", -1);
            expected.add((cells[0] + "/" + cells[1] + " " + cells[2] + " " + cells[3]).strip());
        }

        assertThat(first.exitCode()).as(first.err()).isEqualTo(3);
        assertThat(run(1).ends()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(run(1).archivedTasks()).containsExactlyInAnyOrderElementsOf(ARCHIVED);
    }

    @Test
    void whatFailedAndWhatWasNoTaskIsInTheRejects() throws IOException {
        assertThat(run(1).text("rejects.csv")
                        .lines()
                        .map(line -> line.split(",", -1)[0] + " " + line.split(",", -1)[2]))
                .containsExactly(
                        "task_id reason",
                        "generation-failed GENERATION_FAILED",
                        "moderated MODERATED",
                        "relative-url INVALID_URL",
                        "unknown-task NOT_FOUND",
                        "video-cut-short TRUNCATED",
                        "video-gone GONE",
                        "video-is-error-page NOT_MEDIA",
                        "no%20task%20id! INVALID_ID");
        assertThat(run(1).text("rejects.csv")).contains("\nno%20task%20id!,29,INVALID_ID,");
        assertThat(run(1).json().get("input").get("duplicates").asInt()).isEqualTo(1);
        assertThat(run(1).json().get("input").get("rejected").asInt()).isEqualTo(1);
        assertThat(run(1).json().get("input").get("tasks").asInt()).isEqualTo(17);
    }

    @Test
    void everyFailureIsSaidOnceWithItsTaskItsReasonAndWhatToDo() throws IOException {
        String run = run(1).id();
        List<String> warnings = first.err()
                .lines()
                .filter(line -> line.contains(" WARN "))
                .map(line ->
                        line.substring(line.indexOf("WARN") + "WARN".length()).strip())
                .toList();

        assertThat(warnings)
                .as("a line for each end that a task came to")
                .hasSize(7)
                .allMatch(line -> line.startsWith(run + " "))
                .allMatch(line -> line.contains(". What to do: "))
                .anyMatch(line -> line.startsWith(run + " unknown-task preview, result, video NOT_FOUND: "))
                .anyMatch(line -> line.startsWith(run + " video-gone result, video GONE: "))
                .anyMatch(line -> line.startsWith(run + " relative-url preview, result, video INVALID_URL: "));
        assertThat(first.err().lines().filter(line -> line.contains(" INFO ")))
                .as("nothing is said of a task that went well")
                .hasSize(1)
                .allMatch(line -> line.contains("run " + run + " of job archive begins"));
    }

    @Test
    void logsAreStructuredWhereSpringBootIsAskedForIt() throws IOException {
        List<JsonNode> lines =
                full.err().lines().map(new JsonMapper()::readTree).toList();

        assertThat(lines).isNotEmpty();
        assertThat(lines.getFirst().get("level").asString()).isEqualTo("INFO");
        assertThat(lines)
                .filteredOn(line -> line.get("level").asString().equals("WARN"))
                .as("what failed for good is listed and not said again")
                .extracting(line ->
                        line.get("run").asString() + " " + line.get("task").asString())
                .containsExactly(run(3).id() + " video-cut-short");
    }

    @Test
    void theBucketHoldsWhatTheManifestsSay() throws IOException {
        site.assertNothingIsAmiss();
    }

    @Test
    void everyObjectIsTheSourcesByteForByte() throws IOException {
        Map<String, byte[]> objects = site.objects();

        Path media = Site.SAMPLE_DATA.resolve("media");
        assertThat(objects.get("media/done/video.mp4")).isEqualTo(Files.readAllBytes(media.resolve("harbour.mp4")));
        assertThat(objects.get("media/done/preview.webp")).isEqualTo(Files.readAllBytes(media.resolve("harbour.webp")));
        assertThat(objects.get("media/done-preview-misnamed/preview.jpg"))
                .isEqualTo(Files.readAllBytes(media.resolve("bridge.webp")));
        for (String task : ARCHIVED) {
            String answer = Files.readString(Site.SAMPLE_DATA.resolve("answers").resolve(task + ".json"));
            assertThat(new String(objects.get("media/" + task + "/result.json"), UTF_8))
                    .isEqualTo(answer.replace("{{media}}", site.source().mediaUrl()));
        }
    }

    @Test
    void sha256sumPassesACopyOfTheBucket() throws Exception {
        for (Map.Entry<String, byte[]> object : site.objects().entrySet()) {
            Path file = bucketCopy.resolve(object.getKey());
            Files.createDirectories(file.getParent());
            Files.write(file, object.getValue());
        }

        Process check = new ProcessBuilder(
                        "sha256sum",
                        "-c",
                        "--strict",
                        run(1).folder().resolve("SHA256SUMS").toString())
                .directory(bucketCopy.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(check.getInputStream().readAllBytes(), UTF_8);

        assertThat(check.waitFor()).as(said).isEqualTo(0);
        assertThat(said.lines().filter(line -> line.endsWith(": OK")))
                .hasSize(run(1).stored().size());
    }

    @Test
    void everyMediaObjectTellsWhereItComesFrom() throws IOException {
        for (ManifestRow row : run(1).stored()) {
            assertThat(site.head(String.valueOf(row.key())).metadata())
                    .containsEntry("task-id", row.taskId().value())
                    .containsEntry("sha256", String.valueOf(row.sha256()))
                    .containsEntry("run-id", row.runId().value())
                    .containsEntry("source-url", row.sourceUrl());
            assertThat(row.sourceUrl()).isNotNull().doesNotContain("?");
            assertThat(site.head(String.valueOf(row.key())).contentType()).isEqualTo(row.contentType());
        }
    }

    @Test
    void theRunsFilesInTheBucketAreThoseAtHome() throws IOException {
        Map<String, byte[]> objects = site.objects();
        List<PublishedRun> runs = site.runs();
        assertThat(runs).hasSize(4);

        for (PublishedRun run : runs) {
            String id = run.id();
            String prefix = "runs/dt=" + id.substring(0, 4) + "-" + id.substring(4, 6) + "-" + id.substring(6, 8) + "/"
                    + id + "/";
            try (Stream<Path> files = Files.list(run.folder())) {
                List<Path> local = files.toList();
                for (Path file : local) {
                    assertThat(objects.get(prefix + file.getFileName()))
                            .as("%s", file)
                            .isEqualTo(Files.readAllBytes(file));
                }
                assertThat(objects.keySet().stream().filter(key -> key.startsWith(prefix)))
                        .hasSameSizeAs(local);
                assertThat(local.stream().map(file -> String.valueOf(file.getFileName())))
                        .contains(
                                "manifest.csv",
                                "manifest.jsonl",
                                "rejects.csv",
                                "report.html",
                                "datapackage.json",
                                "run.json",
                                "run.json.sha256");
            }
            run.json().get("files").forEach(file -> {
                byte[] bytes = objects.getOrDefault(prefix + file.get("name").asString(), new byte[0]);
                assertThat(Sha256.of(bytes).hex()).isEqualTo(file.get("sha256").asString());
            });
        }
        assertThat(run(1).folder().resolve("SHA256SUMS")).exists();
    }

    @Test
    void theLastLineIsTheDigestOfTheRun() throws IOException {
        assertThat(List.of(first.lastLine(), again.lastLine(), full.lastLine(), known.lastLine()))
                .containsExactly(run(1).digest(), run(2).digest(), run(3).digest(), run(4).digest());
        assertThat(run(1).text("run.json.sha256")).startsWith(first.lastLine() + "  run.json");
    }

    @Test
    void theSummarySaysWhatAPersonWantsToKnow() throws IOException {
        assertThat(first.out())
                .contains("17 tasks", "1 duplicate line,", "1 rejected line\n")
                .containsPattern("stored +new +\\d+")
                .containsPattern("pending +NOT_READY +9")
                .contains(run(1).folder().resolve("manifest.csv").toString())
                .contains(run(1).folder().resolve("rejects.csv").toString());
    }

    @Test
    void nobodySeesAStackTrace() {
        Stream.of(first, again, full, known, listing).forEach(Site::assertSaysNoTrace);
    }

    @Test
    void theHomeIsItsOwnersAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(site.home())))
                .isEqualTo("rwx------");
    }

    @Test
    void aSecondRunAsksForNothingThatIsArchived() {
        assertThat(again.exitCode()).as(again.err()).isEqualTo(3);
        assertThat(Set.copyOf(requestsAgain))
                .containsExactlyInAnyOrder(
                        "GET /avatar/task/waiting",
                        "GET /avatar/task/generating",
                        "GET /avatar/task/queued-in-task-envelope",
                        "GET /avatar/task/video-cut-short",
                        "GET /media/cut.mp4");
    }

    @Test
    void aSecondRunStoresNothingTwice() throws IOException {
        assertThat(putsAgain).isNotEmpty().allMatch(key -> key.startsWith("runs/"));
        assertThat(run(2).count("already_archived")).isEqualTo(ARCHIVED.size());
        assertThat(run(2).stored().stream()
                        .map(ManifestRow::taskId)
                        .map(Object::toString)
                        .distinct())
                .as("tasks listed again for what failed of them, with what an earlier run stored of them")
                .containsExactlyInAnyOrder("video-gone", "video-is-error-page");
        assertThat(run(2).stored()).allMatch(row -> row.reason() == Reason.ALREADY_STORED);
    }

    @Test
    void aSecondRunNamesTheFirst() throws IOException {
        assertThat(run(1).json().get("previous").isNull()).isTrue();
        assertThat(run(2).json().get("previous").get("run_id").asString()).isEqualTo(run(1).id());
        assertThat(run(2).json().get("previous").get("run_json_sha256").asString())
                .isEqualTo(first.lastLine());
    }

    @Test
    void aFullManifestListsWhatEarlierRunsArchived() throws IOException {
        assertThat(full.exitCode()).as(full.err()).isEqualTo(3);
        assertThat(run(3).archivedTasks()).containsExactlyInAnyOrderElementsOf(ARCHIVED);
        assertThat(run(3).stored()).allMatch(row -> row.reason() == Reason.ALREADY_STORED);
        assertThat(run(3).stored().stream().map(row -> row.key() + " " + row.sha256() + " " + row.etag()))
                .containsExactlyElementsOf(run(1).stored().stream()
                        .map(row -> row.key() + " " + row.sha256() + " " + row.etag())
                        .toList());
    }

    @Test
    void failuresOfEarlierRunsAreListedAndAreNotNew() throws IOException {
        assertThat(known.exitCode()).as(known.out() + known.err()).isEqualTo(0);
        assertThat(run(4).rows().stream()
                        .filter(row -> row.status() == Status.FAILED)
                        .map(row -> row.taskId() + " " + row.reason())
                        .distinct())
                .containsExactly("moderated MODERATED", "relative-url INVALID_URL", "unknown-task NOT_FOUND");
        assertThat(run(4).count("already_archived")).isEqualTo(1);
        assertThat(known.out()).contains("3 failed for good in earlier runs");
    }

    @Test
    void theListingShowsEveryRunTheNewestFirst() throws IOException {
        assertThat(listing.exitCode()).isEqualTo(0);
        List<String> lines = listing.out().lines().toList();
        assertThat(lines).hasSize(5);
        assertThat(lines.getFirst()).startsWith("run ").contains("job", "state", "stored", "pending", "failed");
        assertThat(lines.get(1)).startsWith(run(4).id()).contains("second-line", "published");
        assertThat(lines.get(4))
                .startsWith(run(1).id())
                .endsWith(run(1).folder().resolve("manifest.csv").toString());
    }
}
