package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;
import software.amazon.awssdk.core.sync.RequestBody;

/** The packaged program makes good what its audit has found. */
class RepairIT {
    @TempDir
    private Path directory;

    private SourceData data;
    private Map<String, byte[]> archived = Map.of();

    @BeforeEach
    void makeSource() throws IOException {
        data = new SourceData(directory.resolve("source"));
    }

    private Site archive(int tasks) throws Exception {
        List<String> ids = data.done("clip", tasks);
        Site site = Site.with(data, directory);
        Ended ended = site.run("archive", site.input("tasks.csv", ids));
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        archived = site.objects();
        return site;
    }

    private static String video(int task) {
        return "media/clip-%02d/video.mp4".formatted(task);
    }

    private static void remove(Site site, String key) {
        site.store().client().deleteObject(r -> r.bucket(site.store().bucket()).key(key));
    }

    private static void put(Site site, String key, byte @Nullable [] bytes) {
        site.store()
                .client()
                .putObject(r -> r.bucket(site.store().bucket()).key(key), RequestBody.fromBytes(requireNonNull(bytes)));
    }

    private static void assertAuditFinds(Site site, String... findings) throws Exception {
        Ended audit = site.run("audit", "--all", "--mode", "read");
        assertThat(audit.exitCode()).as(audit.err() + audit.out()).isEqualTo(4);
        assertThat(audit.out()).contains(findings);
    }

    /** Holds the objects against what was archived, of which the source's are those of the bucket again. */
    private void assertIsAsArchived(Site site) {
        Map<String, byte[]> now = site.objects();
        archived.forEach((key, bytes) -> assertThat(now.get(key)).as(key).isEqualTo(bytes));
    }

    @Test
    void whatAnAuditFoundIsMadeGoodOnceTheRepairIsApplied() throws Exception {
        try (Site site = archive(4)) {
            remove(site, video(0));
            remove(site, "media/clip-03/preview.webp");
            put(site, video(1), archived.get(video(2)));
            put(site, video(2), archived.get(video(1)));
            assertAuditFinds(site, "MISSING", "CHANGED", video(0), video(1), video(2), "media/clip-03/preview.webp");
            Map<String, byte[]> damaged = site.objects();

            Ended plan = site.run("repair");

            assertThat(plan.exitCode()).as(plan.err()).isZero();
            assertThat(plan.out())
                    .contains("a plan: nothing was downloaded", video(0), video(1), video(2))
                    .contains("4 objects could be made good", "0 findings would be left");
            assertThat(site.objects().keySet()).isEqualTo(damaged.keySet());
            damaged.forEach(
                    (key, bytes) -> assertThat(site.objects().get(key)).as(key).isEqualTo(bytes));
            assertThat(site.runs()).hasSize(1);

            Ended repair = site.run("repair", "--apply", "--progress", "none");

            assertThat(repair.exitCode()).as(repair.err()).isZero();
            Site.assertSaysNoTrace(repair);
            assertIsAsArchived(site);
            PublishedRun run = site.lastRun();
            assertThat(run.json().get("job").asString()).isEqualTo("repair");
            assertThat(repair.lastLine()).isEqualTo(run.digest());
            assertThat(run.ends())
                    .contains("clip-00/video stored", "clip-01/video stored", "clip-02/video stored")
                    .contains("clip-03/preview stored", "clip-03/video stored ALREADY_STORED");
            Ended audit = site.run("audit", "--all", "--mode", "read");
            assertThat(audit.exitCode()).as(audit.err() + audit.out()).isZero();
        }
    }

    @Test
    void whereTheSourceHasOtherBytesNothingIsWritten() throws Exception {
        try (Site site = archive(2)) {
            remove(site, video(0));
            put(site, video(1), "not a video".getBytes(UTF_8));
            assertAuditFinds(site, "MISSING", "CHANGED", video(0), video(1));
            data.doneWithVideo("clip-00", 1000);
            data.doneWithVideo("clip-01", 1000);
            int puts = site.store().puts().size();

            Ended repair = site.run("repair", "--apply");

            assertThat(repair.exitCode()).as(repair.err()).isEqualTo(3);
            Site.assertSaysNoTrace(repair);
            assertThat(site.lastRun().ends())
                    .contains("clip-00/video failed SOURCE_CHANGED", "clip-01/video failed SOURCE_CHANGED");
            assertThat(site.store().puts().subList(puts, site.store().puts().size()))
                    .allMatch(key -> key.startsWith("runs/"));
            site.expectFindings("MISSING " + video(0), "CHANGED " + video(1));
        }
    }

    @Test
    void aRepairThatIsKilledIsFinishedByTheSameCommand() throws Exception {
        try (Site site = archive(4)) {
            for (int task = 0; task < 4; task++) {
                remove(site, video(task));
            }
            assertAuditFinds(site, "MISSING", video(0), video(3));
            site.set("ARCHIVER_CONCURRENCY", "1");
            Hold hold = site.source().hold("GET /media/clip-02.mp4"::equals);
            try (ArchiverProcess killed = site.start("repair", "--apply")) {
                hold.await(1);
                killed.signal("KILL");
                assertThat(killed.await().exitCode()).isEqualTo(137);
            }
            hold.release();
            assertThat(site.objects()).containsKeys(video(0), video(1)).doesNotContainKeys(video(2), video(3));

            Ended resumed = site.run("repair", "--apply");

            assertThat(resumed.exitCode()).as(resumed.err()).isZero();
            assertThat(resumed.err()).contains("is unfinished and goes on");
            assertIsAsArchived(site);
            assertThat(site.runs()).hasSize(2);
            assertThat(site.lastRun().ends())
                    .contains("clip-02/video stored", "clip-03/video stored")
                    .allMatch(end -> end.contains(" stored"));
        }
    }
}
