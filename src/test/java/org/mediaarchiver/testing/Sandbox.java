package org.mediaarchiver.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.mediaarchiver.MediaArchiver;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.manifest.ManifestReader;

/**
 * Runs the real job on the sample data, with nothing installed: {@code mvn spring-boot:test-run}.
 *
 * <p>Task service, media host and S3 server are local stand-ins. Home and bucket stay under {@code target/sandbox}, so that a
 * second run finds what the first one archived. The process ends with 0 where every task ended as {@code expected.csv} says.
 */
public final class Sandbox {
    private static final Path SAMPLE_DATA = Path.of("sample-data");
    private static final Path HERE = Path.of("target", "sandbox");
    private static final String BUCKET = "sandbox";
    private static final String TOKEN = "sandbox-token";

    private Sandbox() {}

    /** Arguments are further options of {@code archive}. */
    public static void main(String[] arguments) throws IOException {
        System.exit(run(List.of(arguments)));
    }

    private static int run(List<String> options) throws IOException {
        Files.createDirectories(HERE);
        try (SampleSource source = new SampleSource(SAMPLE_DATA, TOKEN);
                S3Server store = S3Server.start(BUCKET, HERE.resolve("store"), port())) {
            System.setProperty("aws.accessKeyId", store.accessKey());
            System.setProperty("aws.secretAccessKey", store.secretKey());
            System.setProperty("archiver.task-service.token", TOKEN);
            List<String> command = new ArrayList<>(List.of(
                    "archive",
                    SAMPLE_DATA.resolve("tasks.csv").toString(),
                    "--archiver.home=" + HERE.resolve("home"),
                    "--archiver.task-service.base-url=" + source.baseUrl(),
                    "--archiver.task-service.requests-per-second=0",
                    "--archiver.media.allow-http=true",
                    "--archiver.media.allow-private-addresses=true",
                    "--archiver.storage.endpoint=" + store.endpoint(),
                    "--archiver.storage.bucket=" + store.bucket(),
                    // What the server has to say of a request that it does not know is no news to the reader.
                    "--logging.level.org.gaul.s3proxy=off"));
            command.addAll(options);
            int code = MediaArchiver.run(command);
            if (code != 0 && code != 3) {
                return code;
            }
            return compare();
        }
    }

    /** The port is part of where the archive is: another one would be another archive. */
    private static int port() throws IOException {
        Path kept = HERE.resolve("port");
        if (Files.exists(kept)) {
            return Integer.parseInt(Files.readString(kept).strip());
        }
        try (ServerSocket free = new ServerSocket(0)) {
            Files.writeString(kept, free.getLocalPort() + "\n");
            return free.getLocalPort();
        }
    }

    private static int compare() throws IOException {
        Path manifest = newestRun().resolve("manifest.csv");
        Map<String, String> expected = expected();
        List<String> differences = new ArrayList<>();
        try (InputStream in = Files.newInputStream(manifest);
                ManifestReader rows = new ManifestReader(in)) {
            for (ManifestRow row = rows.read(); row != null; row = rows.read()) {
                String end = end(row);
                String wanted = expected.remove(row.sortKey());
                if (!end.equals(wanted)) {
                    differences.add(row.sortKey() + " ended as " + end + ", not as " + wanted);
                }
            }
        }
        // What an earlier run archived has no row here.
        expected.forEach((key, end) -> {
            if (!end.startsWith("stored") && !end.startsWith("skipped")) {
                differences.add(key + " has no row");
            }
        });
        System.out.println();
        System.out.println("objects    " + HERE.resolve("store").resolve(BUCKET).toAbsolutePath());
        System.out.println("manifest   " + manifest.toAbsolutePath());
        differences.forEach(System.out::println);
        System.out.println(
                differences.isEmpty()
                        ? "Every task ended as sample-data/expected.csv says."
                        : differences.size() + " objects ended otherwise than sample-data/expected.csv says.");
        return differences.isEmpty() ? 0 : 1;
    }

    private static String end(ManifestRow row) {
        Reason reason = row.status() == Status.STORED ? null : row.reason();
        return row.status().word() + " " + Objects.toString(reason, "");
    }

    private static Path newestRun() throws IOException {
        try (Stream<Path> runs = Files.list(HERE.resolve("home").resolve("runs"))) {
            return runs.max(Path::compareTo).orElseThrow();
        }
    }

    private static Map<String, String> expected() throws IOException {
        Map<String, String> expected = new TreeMap<>();
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get();
        try (Reader in = Files.newBufferedReader(SAMPLE_DATA.resolve("expected.csv"), StandardCharsets.UTF_8)) {
            for (CSVRecord row : format.parse(in)) {
                expected.put(row.get("task_id") + "/" + row.get("role"), row.get("status") + " " + row.get("reason"));
            }
        }
        return expected;
    }
}
