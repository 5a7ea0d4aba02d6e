package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource.Hold;
import software.amazon.awssdk.core.sync.RequestBody;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The packaged program audits what it has archived: sound, damaged and tampered with. */
class AuditIT {
    @TempDir
    private Path directory;

    @Test
    void anAuditTellsASoundArchiveFromADamagedOneAndFromATamperedOne() throws Exception {
        try (Site site = Site.withSampleData(directory)) {
            Ended archived =
                    site.run("archive", Site.SAMPLE_DATA.resolve("tasks.csv").toString(), "--progress", "none");
            assertThat(archived.exitCode()).as(archived.err()).isEqualTo(3);
            needNoTaskService(site);

            Ended sound = site.run("audit", "--all", "--mode", "read");
            assertThat(sound.exitCode()).as(sound.err() + sound.out()).isZero();
            assertThat(sound.out()).contains(" of s3://archive/, mode ");
            assertThat(sound.lastLine()).startsWith("Sound:");
            Path results = onlyAudit(site);
            assertThat(results.resolve("audit.csv")).hasContent("code,run_id,key,what,cure");
            assertThat(results.resolve("audit.json")).content().contains("\"verdict\": \"SOUND\"");
            assertThat(results.resolve("audit.json.sha256")).exists();

            String video = key(site, "media/.*/video.mp4");
            put(site, video, "not a video".getBytes(UTF_8));
            Ended damaged = site.run("audit");
            assertThat(damaged.exitCode()).as(damaged.err()).isEqualTo(4);
            assertThat(damaged.out()).contains("CHANGED", video, "What to do:");
            assertThat(damaged.lastLine()).startsWith("Differences:");

            String manifest = key(site, "runs/.*/manifest.csv");
            edit(site, manifest, "video/mp4", "video/mp5");
            Ended tampered = site.run("audit", "--mode", "manifest");
            assertThat(tampered.exitCode()).as(tampered.err()).isEqualTo(5);
            assertThat(tampered.lastLine()).startsWith("Evidence does not hold:");

            try (ArchiverProcess process =
                    site.startElsewhere("another-machine", "audit", "--manifest", "s3://archive/" + manifest)) {
                Ended elsewhere = process.await();
                assertThat(elsewhere.exitCode()).as(elsewhere.err()).isEqualTo(5);
                assertThat(elsewhere.out()).contains("M010", "M027", "M030", "not every row");
            }
            site.expectFindings("M010 " + manifest, "M027 " + manifest, "M030 " + manifest.replace(".csv", ".jsonl"));
        }
    }

    @Test
    void aVideoThatWasStoredInPartsIsFoundSoundHoweverCloselyItIsLookedAt() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.doneWithVideo("long", 6_000_000);
        try (Site site = Site.with(data, directory)) {
            site.set("ARCHIVER_STORAGE_MULTIPARTTHRESHOLD", "5MB");
            Ended archived = site.run("archive", site.input("tasks.csv", List.of("long")));
            assertThat(archived.exitCode()).as(archived.err()).isZero();
            assertThat(site.objects().get(key(site, "runs/.*/manifest.csv")))
                    .asString(UTF_8)
                    .containsPattern("long,video,stored,.*,CRC32C:FULL_OBJECT:.*,head_checksum,");

            for (String mode : List.of("list", "head", "read")) {
                Ended audited = site.run("audit", "--mode", mode);
                assertThat(audited.exitCode()).as(audited.out()).isZero();
            }
        }
    }

    @Test
    void aTamperedArchiveIsNamedForWhatItIs() throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 7);
        try (Site site = Site.with(data, directory)) {
            site.run("archive", site.input("first.csv", tasks.subList(0, 4)));
            String rewritten = folder(site);
            site.run("archive", site.input("second.csv", tasks.subList(4, 5)));
            String second = folder(site);
            site.run("archive", site.input("third.csv", tasks.subList(5, 6)));
            String removed = folder(site);
            site.run("archive", site.input("fourth.csv", tasks.subList(6, 7)));
            String last = folder(site);
            Map<String, byte[]> objects = site.objects();
            put(site, "media/clip-00/video.mp4", objects.get("media/clip-01/video.mp4"));
            put(site, "media/clip-01/video.mp4", objects.get("media/clip-00/video.mp4"));
            remove(site, "media/clip-02/preview.webp");
            put(site, "media/nobody/video.mp4", objects.get("media/clip-00/video.mp4"));
            // Somebody who knows of every digest makes the manifest tell of another input line.
            edit(site, rewritten + "manifest.csv", ",5,clip-03,video,", ",9,clip-03,video,");
            edit(
                    site,
                    rewritten + "manifest.jsonl",
                    "\"input_line\":5,\"task_id\":\"clip-03\",\"role\":\"video\"",
                    "\"input_line\":9,\"task_id\":\"clip-03\",\"role\":\"video\"");
            for (String file : List.of("manifest.csv", "manifest.jsonl")) {
                edit(
                        site,
                        rewritten + "run.json",
                        sha256(objects, rewritten + file),
                        sha256(site.objects(), rewritten + file));
            }
            edit(
                    site,
                    rewritten + "run.json.sha256",
                    sha256(objects, rewritten + "run.json"),
                    sha256(site.objects(), rewritten + "run.json"));
            objects.keySet().stream().filter(key -> key.startsWith(removed)).forEach(key -> remove(site, key));

            site.expectFindings(
                    "CHANGED media/clip-00/video.mp4",
                    "CHANGED media/clip-01/video.mp4",
                    "MISSING media/clip-02/preview.webp",
                    "EXTRA media/nobody/video.mp4",
                    "M041 " + second + "run.json",
                    "M040 " + last + "run.json",
                    "EXTRA media/clip-05/preview.webp",
                    "EXTRA media/clip-05/result.json",
                    "EXTRA media/clip-05/video.mp4");
        }
    }

    @ParameterizedTest
    @CsvSource({"KILL, 137", "TERM, 143"})
    void anAuditThatIsEndedGoesOnWhereItWas(String signal, int exitCode) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        List<String> tasks = data.done("clip", 15);
        try (Site site = Site.with(data, directory)) {
            assertThat(site.run("archive", site.input("tasks.csv", tasks)).exitCode())
                    .isZero();
            site.set("ARCHIVER_CONCURRENCY", "1");
            Hold hold = site.store().holdReads("media/clip-12/video.mp4"::equals);
            try (ArchiverProcess process = site.start("audit", "--all", "--mode", "read")) {
                hold.await(1);
                process.signal(signal);
                Ended ended = process.await();
                assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
                Site.assertSaysNoTrace(ended);
            }
            hold.release();
            Path interrupted = onlyAudit(site);
            assertThat(interrupted.resolve("audit.json")).doesNotExist();
            ConcurrentSkipListSet<String> read = new ConcurrentSkipListSet<>();
            site.store().holdReads(key -> {
                read.add(key);
                return false;
            });

            Ended resumed = site.run("audit", "--all", "--mode", "read");

            assertThat(resumed.exitCode()).as(resumed.err() + resumed.out()).isZero();
            assertThat(onlyAudit(site)).isEqualTo(interrupted);
            assertThat(read)
                    .as("what was committed is not read again")
                    .contains("media/clip-12/video.mp4", "media/clip-14/video.mp4")
                    .doesNotContain("media/clip-00/preview.webp", "media/clip-09/video.mp4");
            JsonNode objects =
                    new JsonMapper().readTree(interrupted.resolve("audit.json")).get("objects");
            assertThat(objects.get("looked_at").asInt()).isEqualTo(45);
        }
    }

    @Test
    void whatIsNotAskedRightIsRefused() throws Exception {
        try (Site site = Site.withSampleData(directory)) {
            needNoTaskService(site);

            assertThat(site.run("audit", "--mode", "smell").exitCode()).isEqualTo(2);
            assertThat(site.run("audit", "--all", "--run", "20261123T020000Z-7f3a9c")
                            .exitCode())
                    .isEqualTo(2);
            assertThat(site.run("audit", "--manifest", "s3://elsewhere/manifest.csv")
                            .err())
                    .contains("archiver.storage.bucket");
            Ended empty = site.run("audit");
            assertThat(empty.exitCode()).isEqualTo(10);
            assertThat(empty.err()).contains("There is no published run");
        }
    }

    private static void needNoTaskService(Site site) {
        site.set("ARCHIVER_TASKSERVICE_BASEURL", "");
        site.set("ARCHIVER_TASKSERVICE_TOKEN", "");
    }

    /** Returns the folder of the newest run in the bucket, with a slash at its end. */
    private static String folder(Site site) throws IOException {
        return key(site, "runs/.*/" + site.lastRun().id() + "/run.json").replaceFirst("[^/]*$", "");
    }

    private static String key(Site site, String pattern) {
        return site.objects().keySet().stream()
                .filter(key -> key.matches(pattern))
                .findFirst()
                .orElseThrow();
    }

    private static String sha256(Map<String, byte[]> objects, String key) {
        return Sha256.of(objects.getOrDefault(key, new byte[0])).hex();
    }

    private static void edit(Site site, String key, String from, String to) {
        String text = new String(site.objects().getOrDefault(key, new byte[0]), UTF_8);
        assertThat(text).contains(from);
        put(site, key, text.replace(from, to).getBytes(UTF_8));
    }

    private static void put(Site site, String key, byte @Nullable [] bytes) {
        site.store()
                .client()
                .putObject(r -> r.bucket(site.store().bucket()).key(key), RequestBody.fromBytes(requireNonNull(bytes)));
    }

    private static void remove(Site site, String key) {
        site.store().client().deleteObject(r -> r.bucket(site.store().bucket()).key(key));
    }

    private static Path onlyAudit(Site site) throws IOException {
        try (Stream<Path> all = Files.list(site.home().resolve("audits"))) {
            List<Path> folders = all.toList();
            assertThat(folders).hasSize(1);
            return folders.getFirst();
        }
    }
}
