package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.S3Server;
import org.mediaarchiver.testing.SampleSource;
import software.amazon.awssdk.core.sync.RequestBody;

/** The packaged program archives the sample data and audits it, sound and damaged. */
class AuditIT {
    private static final Path SAMPLE_DATA = Path.of("sample-data").toAbsolutePath();
    private static final String TOKEN = "audit-token";

    @TempDir
    private Path directory;

    @Test
    void anAuditTellsASoundArchiveFromADamagedOneAndFromATamperedOne() throws Exception {
        try (S3Server store = S3Server.start("archive")) {
            Map<String, String> reading = readingEnvironment(store);
            archive(reading);

            Ended sound = audit(reading, "--all", "--mode", "read");
            assertThat(sound.exitCode()).as(sound.err() + sound.out()).isZero();
            assertThat(sound.lastLine()).startsWith("Sound:");
            Path results = onlyFolderOf(directory.resolve("home").resolve("audits"));
            assertThat(results.resolve("audit.csv")).hasContent("code,run_id,key,what,cure");
            assertThat(results.resolve("audit.json")).content().contains("\"verdict\": \"SOUND\"");
            assertThat(results.resolve("audit.json.sha256")).exists();

            String video = keys(store, "media/")
                    .filter(key -> key.endsWith("video.mp4"))
                    .findFirst()
                    .orElseThrow();
            put(store, video, "not a video");
            Ended damaged = audit(reading);
            assertThat(damaged.exitCode()).as(damaged.err()).isEqualTo(4);
            assertThat(damaged.out()).contains("CHANGED", video, "What to do:");
            assertThat(damaged.lastLine()).startsWith("Differences:");

            String manifest = keys(store, "runs/")
                    .filter(key -> key.endsWith("/manifest.csv"))
                    .findFirst()
                    .orElseThrow();
            put(store, manifest, text(store, manifest).replace("video/mp4", "video/mp5"));
            Ended tampered = audit(reading, "--mode", "manifest");
            assertThat(tampered.exitCode()).as(tampered.err()).isEqualTo(5);
            assertThat(tampered.lastLine()).startsWith("Evidence does not hold:");

            reading.put("ARCHIVER_HOME", directory.resolve("another-machine").toString());
            Ended elsewhere = audit(reading, "--manifest", "s3://archive/" + manifest);
            assertThat(elsewhere.exitCode()).as(elsewhere.err()).isEqualTo(5);
            assertThat(elsewhere.out()).contains("M010", "M027", "M030", "not every row");
        }
    }

    @Test
    void whatIsNotAskedRightIsRefused() throws Exception {
        try (S3Server store = S3Server.start("archive")) {
            Map<String, String> reading = readingEnvironment(store);

            assertThat(audit(reading, "--mode", "smell").exitCode()).isEqualTo(2);
            assertThat(audit(reading, "--all", "--run", "20261123T020000Z-7f3a9c")
                            .exitCode())
                    .isEqualTo(2);
            assertThat(audit(reading, "--manifest", "s3://elsewhere/manifest.csv")
                            .err())
                    .contains("archiver.storage.bucket");
            Ended empty = audit(reading);
            assertThat(empty.exitCode()).isEqualTo(10);
            assertThat(empty.err()).contains("There is no published run");
        }
    }

    /** An audit needs no token and no task service. */
    private Map<String, String> readingEnvironment(S3Server store) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ARCHIVER_HOME", directory.resolve("home").toString());
        environment.put("ARCHIVER_STORAGE_ENDPOINT", store.endpoint().toString());
        environment.put("ARCHIVER_STORAGE_BUCKET", store.bucket());
        environment.put("AWS_ACCESS_KEY_ID", store.accessKey());
        environment.put("AWS_SECRET_ACCESS_KEY", store.secretKey());
        environment.put("AWS_EC2_METADATA_DISABLED", "true");
        return environment;
    }

    private void archive(Map<String, String> reading) throws IOException, InterruptedException {
        try (SampleSource source = new SampleSource(SAMPLE_DATA, TOKEN)) {
            Map<String, String> environment = new HashMap<>(reading);
            environment.put("ARCHIVER_TASKSERVICE_BASEURL", source.baseUrl().toString());
            environment.put("ARCHIVER_TASKSERVICE_TOKEN", TOKEN);
            environment.put("ARCHIVER_TASKSERVICE_REQUESTSPERSECOND", "0");
            environment.put("ARCHIVER_MEDIA_ALLOWHTTP", "true");
            environment.put("ARCHIVER_MEDIA_ALLOWPRIVATEADDRESSES", "true");
            Ended archived = ArchiverProcess.run(
                    directory,
                    environment,
                    List.of("archive", SAMPLE_DATA.resolve("tasks.csv").toString(), "--progress", "none"));
            assertThat(archived.exitCode()).as(archived.err()).isEqualTo(3);
        }
    }

    private Ended audit(Map<String, String> environment, String... options) throws IOException, InterruptedException {
        List<String> arguments =
                Stream.concat(Stream.of("audit"), Stream.of(options)).toList();
        return ArchiverProcess.run(directory, environment, arguments);
    }

    private static Stream<String> keys(S3Server store, String prefix) {
        return store.client().listObjectsV2(r -> r.bucket(store.bucket()).prefix(prefix)).contents().stream()
                .map(object -> object.key());
    }

    private static String text(S3Server store, String key) {
        return store.client()
                .getObjectAsBytes(r -> r.bucket(store.bucket()).key(key))
                .asUtf8String();
    }

    private static void put(S3Server store, String key, String text) {
        store.client().putObject(r -> r.bucket(store.bucket()).key(key), RequestBody.fromString(text));
    }

    private static Path onlyFolderOf(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> folders = all.toList();
            assertThat(folders).hasSize(1);
            return folders.getFirst();
        }
    }
}
