package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Slice;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.Json;
import org.mediaarchiver.manifest.ResultFolder;
import org.mediaarchiver.manifest.ResultFolder.Placed;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the files of one audit in a local folder.
 *
 * <p>They are a pure function of what it is given: made twice, by this process or the next, they are the same bytes. Not safe for use
 * by several threads.
 */
public final class AuditFiles {
    static final String FORMAT = "media-archive-audit/1";

    private final Path folder;
    private final List<Path> logs;
    private final AuditResult result;
    private final String toolVersion;
    private final Map<AuditFile, Placed> made = new EnumMap<>(AuditFile.class);

    /**
     * @param folder of this audit alone
     * @param logs the findings, as {@link FindingLog} keeps them
     */
    public AuditFiles(Path folder, List<Path> logs, AuditResult result, String toolVersion) {
        this.folder = folder;
        this.logs = logs;
        this.result = result;
        this.toolVersion = toolVersion;
    }

    /** Returns a summary of findings, as {@link FindingLog} keeps them. */
    public static FindingSummary summary(List<Path> logs) {
        FindingSummary summary = new FindingSummary();
        try {
            for (Path log : logs) {
                FindingLog.read(log, summary::add);
            }
            return summary;
        } catch (IOException e) {
            throw new StopException(
                    "The findings of the audit cannot be read (" + e.getMessage() + "). Audit again with --new.", e);
        }
    }

    /**
     * Makes a file, and before it those that it tells of and that this object has not made yet.
     *
     * @return the file, forced to disk and read back
     * @throws StopException if a file that is there holds other bytes, or the disk cannot be used
     */
    public Placed write(AuditFile file) {
        Placed known = made.get(file);
        if (known == null) {
            known = make(file);
            made.put(file, known);
        }
        return known;
    }

    private Placed make(AuditFile file) {
        try {
            return switch (file) {
                case AUDIT_CSV -> place(file, this::csv);
                case AUDIT_JSONL -> place(file, this::jsonl);
                case REPORT_HTML -> place(file, out -> new AuditReport(result, out).write());
                case AUDIT_JSON -> place(file, out -> out.write(json()));
                case AUDIT_JSON_SHA256 -> place(file, out -> out.write(mark()));
            };
        } catch (IOException e) {
            throw new StopException(
                    folder.resolve(file.fileName()) + " cannot be made: " + e.getMessage()
                            + ". Mend the disk or make room on it, and run the same command again to go on.",
                    e);
        }
    }

    private Placed place(AuditFile file, ResultFolder.Content content) throws IOException {
        return new ResultFolder(folder).place(file.fileName(), file.contentType(), content, in -> {});
    }

    private void csv(OutputStream out) throws IOException {
        write(out, Finding.CSV_HEADER);
        for (Path log : logs) {
            try {
                FindingLog.read(log, finding -> writeUnchecked(out, finding.csv()));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
    }

    private static void writeUnchecked(OutputStream out, String line) {
        try {
            write(out, line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void jsonl(OutputStream out) throws IOException {
        for (Path log : logs) {
            if (Files.exists(log)) {
                Files.copy(log, out);
            }
        }
    }

    private byte[] json() {
        AuditExtent extent = result.extent();
        Looked looked = result.looked();
        Slice slice = extent.slice();
        ObjectNode root = Json.object();
        root.put("format", FORMAT);
        root.put("audit_id", result.id().value());
        root.put("mode", extent.mode().word());
        root.put("slice", slice == null ? null : slice.toString());
        sample(root);
        root.put("verdict", result.verdict().name());
        root.putObject("archive")
                .put("endpoint", result.archive().endpoint())
                .put("bucket", result.archive().bucket())
                .put("prefix", result.archive().prefix());
        names(root.putArray("runs"), looked.runs());
        names(root.putArray("unfinished_runs"), looked.unfinished());
        ArrayNode heads = root.putArray("chain_heads");
        looked.heads()
                .forEach(head -> heads.addObject()
                        .put("run_id", head.run().value())
                        .put("run_json_sha256", head.runJson().hex()));
        root.putObject("objects")
                .put("expected", looked.expected())
                .put("population", looked.population())
                .put("looked_at", looked.objects())
                .put("bytes_read", looked.bytesRead())
                .put("rows_are_whole", looked.rowsAreWhole())
                .put("extras_looked_for", looked.extrasLookedFor())
                .put("newer_than_the_audit", looked.newer());
        ObjectNode counts = root.putObject("findings");
        result.findings().counts().forEach((code, count) -> counts.put(code.code(), count));
        root.put("started_at", time(result.startedAt()));
        root.put("finished_at", time(result.finishedAt()));
        root.putObject("tool").put("name", "media-archiver").put("version", toolVersion);
        ArrayNode files = root.putArray("files");
        for (AuditFile file : List.of(AuditFile.AUDIT_CSV, AuditFile.AUDIT_JSONL, AuditFile.REPORT_HTML)) {
            Placed placed = write(file);
            files.addObject()
                    .put("name", file.fileName())
                    .put("bytes", placed.content().size())
                    .put("sha256", placed.content().sha256().hex());
        }
        return Json.document(root);
    }

    private void sample(ObjectNode root) {
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

    private byte[] mark() {
        return (write(AuditFile.AUDIT_JSON).content().sha256() + "  " + AuditFile.AUDIT_JSON.fileName() + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static void names(ArrayNode list, List<RunId> runs) {
        runs.forEach(run -> list.add(run.value()));
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
