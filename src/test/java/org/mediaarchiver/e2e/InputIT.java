package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import software.amazon.awssdk.core.sync.RequestBody;

/** Where task ids may come from, and how many of them a run takes. */
class InputIT {
    private List<String> tasks;
    private Site site;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        SourceData data = new SourceData(directory.resolve("source"));
        tasks = data.done("clip", 5);
        site = Site.with(data, directory);
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void aDryRunAsksAndStoresNothing() throws Exception {
        Ended plan = site.run("archive", "--dry-run", "--limit", "4", site.input("tasks.csv", tasks));

        assertThat(plan.exitCode()).as(plan.err()).isEqualTo(0);
        assertThat(plan.out()).contains("nothing was stored", "4 tasks to archive: 8 files", "1 task beyond --limit");
        assertThat(site.source().requests())
                .hasSize(12)
                .allMatch(request -> request.matches("GET /avatar/task/.*|HEAD /media/.*"));
        assertThat(site.objects()).isEmpty();
        Site.assertSaysNoTrace(plan);

        Ended listing = site.run("runs");
        assertThat(listing.exitCode()).isEqualTo(0);
        assertThat(listing.out()).startsWith("No runs yet in " + site.home());
    }

    @Test
    void whatALimitLeavesIsTakenByTheNextRun() throws Exception {
        String list = site.input("tasks.csv", tasks);

        Ended some = site.runWithInput(list, "archive", "-", "--limit", "2", "--progress", "none");
        assertThat(some.exitCode()).as(some.err()).isEqualTo(0);
        assertThat(some.out()).contains("3 left by --limit");
        assertThat(site.lastRun().archivedTasks()).containsExactly("clip-00", "clip-01");
        assertThat(site.lastRun().count("not_taken")).isEqualTo(3);
        assertThat(site.lastRun().json().get("input").get("name").asString()).isEqualTo("-");
        assertThat(site.questions()).hasSize(2);

        Ended rest = site.runWithInput(list, "archive", "-", "--progress", "plain");
        assertThat(rest.exitCode()).as(rest.err()).isEqualTo(0);
        assertThat(site.lastRun().archivedTasks()).containsExactly("clip-02", "clip-03", "clip-04");
        assertThat(site.lastRun().count("already_archived")).isEqualTo(2);
        assertThat(some.err() + rest.err())
                .as("no bar where there is no terminal")
                .doesNotContain("\u001b", "\r", "%");
        site.assertNothingIsAmiss();
    }

    @Test
    void aZippedListInABucketIsAnInput() throws Exception {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            String list = "\ufeffnote,Clip\r\n\"a, b\",clip-00\r\n\r\n# none\r\n,\" clip-01 \"\r\n";
            gzip.write(list.getBytes(UTF_8));
            // Long enough not to arrive with the first packet.
            Random random = new Random(7);
            for (int line = 0; line < 20_000; line++) {
                gzip.write("# %016x %016x\n"
                        .formatted(random.nextLong(), random.nextLong())
                        .getBytes(UTF_8));
            }
        }
        site.store().client().createBucket(r -> r.bucket("lists"));
        site.store()
                .client()
                .putObject(
                        r -> r.bucket("lists").key("2026/tasks of today.csv.gz"),
                        RequestBody.fromBytes(zipped.toByteArray()));
        site.set("ARCHIVER_STORAGE_PREFIX", "copies/one");

        Ended ended =
                site.run("archive", "s3://lists/2026/tasks of today.csv.gz", "--column", "clip", "--job", "backfill-1");

        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(0);
        PublishedRun run = site.lastRun();
        assertThat(run.archivedTasks()).containsExactly("clip-00", "clip-01");
        assertThat(run.rows().stream().map(row -> row.inputLine()).distinct()).containsExactly(2L, 5L);
        assertThat(run.stored()).allMatch(row -> String.valueOf(row.key()).startsWith("copies/one/media/clip-0"));
        assertThat(run.json().get("job").asString()).isEqualTo("backfill-1");
        assertThat(run.json().get("input").get("sha256").asString())
                .isEqualTo(Sha256.of(zipped.toByteArray()).hex());
        assertThat(site.objects().keySet()).allMatch(key -> key.startsWith("copies/one/"));
    }
}
