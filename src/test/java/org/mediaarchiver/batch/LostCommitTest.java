package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.archive.ScriptedSite;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.ledger.RunTable.Listed;
import org.mediaarchiver.testing.PostgresRelay;
import org.mediaarchiver.testing.PostgresServer;
import org.mediaarchiver.testing.S3Server;

/** Commits whose answers are lost with the connection: the server has carried them out, and the program cannot know. */
@Timeout(240)
class LostCommitTest {
    private final S3Server store = S3Server.start("media");
    private final ScriptedSite site = new ScriptedSite();
    private final PostgresRelay relay = new PostgresRelay();
    private final Map<String, String> properties = Map.of(
            "aws.accessKeyId", store.accessKey(),
            "aws.secretAccessKey", store.secretKey(),
            "archiver.task-service.token", "token");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private ArchiverContext context;

    @BeforeEach
    void open() {
        properties.forEach(System::setProperty);
        context = ArchiverContext.forRuns(List.of(
                "--archiver.home=" + folder.resolve("home"),
                "--archiver.task-service.base-url=" + site.url(),
                "--archiver.task-service.requests-per-second=0",
                "--archiver.media.allow-http=true",
                "--archiver.media.allow-private-addresses=true",
                "--archiver.storage.endpoint=" + store.endpoint(),
                "--archiver.storage.bucket=" + store.bucket(),
                "--spring.datasource.url=" + relay.url(PostgresServer.newDatabase()),
                "--spring.datasource.username=" + PostgresServer.USER));
    }

    @AfterEach
    void close() {
        context.close();
        properties.keySet().forEach(System::clearProperty);
        relay.close();
        site.close();
        store.close();
    }

    @Test
    void whicheverCommitsAnswerIsLostARunHasEachOfItsTasksOnce() throws Exception {
        byte[] video = Files.readAllBytes(Path.of("sample-data/media/harbour.mp4"));
        Set<RunId> before = new HashSet<>();
        boolean isLost = true;
        for (int commits = 0; isLost; commits++) {
            String job = "lost" + commits;
            site.done(job + "-a", "/" + job + ".mp4", null).file("/" + job + ".mp4", video);
            site.task(job + "-b", 200, "{\"web_work_status\":-1}");
            ArchiveRequest request = request(job);

            relay.loseAnswerAfter(commits);
            archive(request);
            isLost = relay.loseNone();

            List<Listed> runs = context.bean(RunTable.class).all();
            assertThat(runs).as("runs after %s commits", commits).hasSize(commits + 1);
            Listed run = runs.getFirst();
            assertThat(run.runJsonSha256()).as("is published").isNotNull();
            assertThat(run.previous() == null ? before.isEmpty() : before.contains(run.previous()))
                    .isTrue();
            before.add(run.run().id());
            assertThat(Files.readAllLines(
                            folder.resolve("home/runs/" + run.run().id() + "/manifest.csv")))
                    .as("manifest after %s commits", commits)
                    .hasSize(1 + 2 * 3);
            assertThat(site.requests())
                    .filteredOn(path -> path.contains(job + "-") || path.contains(job + "."))
                    .as("requests after %s commits", commits)
                    .containsExactlyInAnyOrder(
                            "/avatar/task/" + job + "-a", "/avatar/task/" + job + "-b", "/" + job + ".mp4");
        }
        assertThat(before).as("commits of a run").hasSizeGreaterThan(10);
        assertThat(store.puts()).filteredOn(key -> !key.startsWith(".probe/")).doesNotHaveDuplicates();
    }

    /** A command that cannot go on says what to do, and that is done. */
    private void archive(ArchiveRequest request) throws InterruptedException {
        ArchiveRuns runs = context.bean(ArchiveRuns.class);
        try {
            runs.archive(request, ProgressStyle.NONE);
        } catch (StopException e) {
            assertThat(e).hasMessageContaining("run the same command again");
            runs.archive(request, ProgressStyle.NONE);
        }
    }

    private ArchiveRequest request(String job) throws IOException {
        Path list = Files.writeString(folder.resolve(job + ".csv"), "task_id\n" + job + "-a\n" + job + "-b\n");
        return new ArchiveRequest(job, list.toString(), "task_id", null, Duration.ZERO, null, Set.of());
    }
}
