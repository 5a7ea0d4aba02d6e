package org.mediaarchiver.audit;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Slice;
import org.mediaarchiver.domain.StopException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps the results of one audit in a folder of its own: {@code audit.csv} and {@code audit.jsonl} as findings come, and at the end
 * {@code audit.json} and its mark. Without the mark there is no result.
 */
public final class AuditFolder implements Closeable {
    static final String FORMAT = "media-archive-audit/1";
    static final String FINDINGS = "audit.jsonl";

    private static final String HEADER = "code,run_id,key,what,cure";
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();

    private final Path folder;
    private final KeptFile csv;
    private final KeptFile jsonl;

    private AuditFolder(Path folder) throws IOException {
        this.folder = folder;
        this.csv = new KeptFile(folder.resolve("audit.csv"));
        this.jsonl = new KeptFile(folder.resolve(FINDINGS));
        csv.line(HEADER);
    }

    /**
     * Makes the folder {@code audits/{id}} in the home, and the home where it is missing, readable by its owner alone.
     *
     * @throws IOException if that cannot be
     */
    public static AuditFolder make(Path home, RunId id) throws IOException {
        Files.createDirectories(home, ownersAlone(home));
        return new AuditFolder(Files.createDirectories(home.resolve("audits").resolve(id.value())));
    }

    private static FileAttribute<?>[] ownersAlone(Path home) {
        boolean posix = home.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    /** Returns where the results are. */
    public Path path() {
        return folder;
    }

    /** Returns findings that are kept here, or nowhere where there is no folder. */
    public static Findings findings(@Nullable AuditFolder folder) {
        return new Findings(folder == null ? finding -> {} : folder::keep);
    }

    private void keep(Finding finding) {
        try {
            RunId run = finding.run();
            csv.line(String.join(
                    ",",
                    finding.code().code(),
                    run == null ? "" : run.value(),
                    finding.key(),
                    finding.what(),
                    finding.code().cure().replace(',', ';')));
            ObjectNode node = JSON.createObjectNode();
            node.put("code", finding.code().code());
            node.put("run_id", run == null ? null : run.value());
            node.put("key", finding.key());
            node.put("what", finding.what());
            node.put("sentence", finding.code().sentence());
            node.put("cure", finding.code().cure());
            jsonl.line(JSON.writeValueAsString(node));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Writes what the audit came to, and the mark.
     *
     * @param archive that was audited
     * @throws StopException if the disk does not take it
     */
    public void finish(AuditResult result, RunFacts.Archive archive, String toolVersion) {
        try {
            ObjectNode root = JSON.createObjectNode();
            root.put("format", FORMAT);
            root.put("audit_id", result.id().value());
            AuditExtent extent = result.extent();
            root.put("mode", extent.mode().word());
            Slice slice = extent.slice();
            root.put("slice", slice == null ? null : slice.toString());
            sample(root, result);
            root.put("verdict", result.verdict().name());
            root.putObject("archive")
                    .put("endpoint", archive.endpoint())
                    .put("bucket", archive.bucket())
                    .put("prefix", archive.prefix());
            names(root.putArray("runs"), result.looked().runs());
            names(root.putArray("unfinished_runs"), result.looked().unfinished());
            root.putObject("objects")
                    .put("expected", result.looked().expected())
                    .put("population", result.looked().population())
                    .put("looked_at", result.looked().objects())
                    .put("bytes_read", result.looked().bytesRead())
                    .put("rows_are_whole", result.looked().rowsAreWhole())
                    .put("extras_looked_for", result.looked().extrasLookedFor());
            ObjectNode counts = root.putObject("findings");
            result.findings().counts().forEach((code, count) -> counts.put(code.code(), count));
            root.put("started_at", time(result.startedAt()));
            root.put("finished_at", time(result.finishedAt()));
            root.putObject("tool").put("name", "media-archiver").put("version", toolVersion);
            ArrayNode files = root.putArray("files");
            for (KeptFile file : List.of(csv, jsonl)) {
                Sha256 digest = file.finish();
                files.addObject()
                        .put("name", file.name())
                        .put("bytes", file.bytes)
                        .put("sha256", digest.hex());
            }
            Sha256 json =
                    write("audit.json", JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root));
            write("audit.json.sha256", json + "  audit.json");
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static void sample(ObjectNode root, AuditResult result) {
        Sample sample = result.extent().sample();
        if (sample == null) {
            root.putNull("sample");
            return;
        }
        ObjectNode node = root.putObject("sample").put("size", sample.size()).put("seed", sample.seed());
        result.claim()
                .ifPresentOrElse(
                        claim -> node.putObject("claim")
                                .put("confidence", Claim.CONFIDENCE)
                                .put("bad_fewer_than", claim.badBelow())
                                .put("bad_percent_below", claim.percentage()),
                        () -> node.putNull("claim"));
    }

    private Sha256 write(String name, String text) throws IOException {
        try (KeptFile file = new KeptFile(folder.resolve(name))) {
            file.line(text);
            return file.finish();
        }
    }

    private static void names(ArrayNode list, List<RunId> runs) {
        runs.forEach(run -> list.add(run.value()));
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private StopException failed(IOException e) {
        return new StopException(
                "The results of the audit cannot be written to " + folder + " (" + e.getMessage()
                        + "). Make room on the disk and audit again.",
                e);
    }

    @Override
    public void close() throws IOException {
        try (csv) {
            jsonl.close();
        }
    }

    /** A new file that is hashed while it is written. */
    private static final class KeptFile implements Closeable {
        private final Path path;
        private final FileChannel channel;
        private final DigestOutputStream out;
        private long bytes;

        KeptFile(Path path) throws IOException {
            this.path = path;
            this.channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            OutputStream file = Channels.newOutputStream(channel);
            this.out = new DigestOutputStream(file, Sha256.newDigest());
        }

        String name() {
            return String.valueOf(path.getFileName());
        }

        void line(String text) throws IOException {
            byte[] line = (text + "\n").getBytes(StandardCharsets.US_ASCII);
            out.write(line);
            bytes += line.length;
        }

        /** Forces the file to disk and returns its digest. */
        Sha256 finish() throws IOException {
            channel.force(true);
            return Sha256.ofDigest(out.getMessageDigest().digest());
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
