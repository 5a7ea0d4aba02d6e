package org.mediaarchiver.audit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.manifest.RunRecord.ListedFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an {@code audit.json} says, as far as its findings are of use to somebody else.
 *
 * @param id of the audit
 * @param bucket that was audited
 * @param prefix before every key of the archive, may be empty
 * @param runs whose files and objects were looked at
 * @param findings what {@code audit.jsonl} must be
 */
public record AuditRecord(RunId id, String bucket, String prefix, List<RunId> runs, ListedFile findings) {
    private static final Pattern MARK = Pattern.compile("([0-9a-f]{64})  audit\\.json\n");
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public AuditRecord {
        runs = List.copyOf(runs);
    }

    private record Form(
            @Nullable String format,
            @Nullable String auditId,
            @Nullable Archive archive,
            @Nullable List<@Nullable String> runs,
            @Nullable List<@Nullable File> files) {}

    private record Archive(
            @Nullable String bucket, @Nullable String prefix) {}

    private record File(
            @Nullable String name, long bytes, @Nullable String sha256) {}

    /**
     * Reads an {@code audit.json}; members that are not known are passed over.
     *
     * @param mark the bytes of {@code audit.json.sha256}
     * @throws MalformedAuditException if the mark does not name these bytes, or they are not what an audit writes
     */
    public static AuditRecord read(byte[] json, byte[] mark) throws MalformedAuditException {
        Matcher named = MARK.matcher(new String(mark, StandardCharsets.ISO_8859_1));
        if (!named.matches()) {
            throw new MalformedAuditException("audit.json.sha256 is not one line with the digest of audit.json");
        }
        if (!named.group(1).equals(Sha256.of(json).hex())) {
            throw new MalformedAuditException("audit.json does not have the digest that audit.json.sha256 names");
        }
        try {
            return record(MAPPER.readValue(json, Form.class));
        } catch (JacksonException | IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static AuditRecord record(@Nullable Form form) throws MalformedAuditException {
        if (form == null || form.format() == null || form.auditId() == null) {
            throw malformed();
        }
        if (!form.format().equals(AuditFiles.FORMAT)) {
            throw new MalformedAuditException(
                    "audit.json is of the format " + form.format() + " and not " + AuditFiles.FORMAT);
        }
        Archive archive = form.archive();
        if (archive == null
                || archive.bucket() == null
                || archive.prefix() == null
                || form.runs() == null
                || form.files() == null) {
            throw malformed();
        }
        List<RunId> runs =
                form.runs().stream().map(run -> new RunId(String.valueOf(run))).toList();
        return new AuditRecord(
                new RunId(form.auditId()), archive.bucket(), archive.prefix(), runs, findings(form.files()));
    }

    private static ListedFile findings(List<@Nullable File> files) throws MalformedAuditException {
        for (File file : files) {
            if (file != null && AuditFile.AUDIT_JSONL.fileName().equals(file.name()) && file.sha256() != null) {
                return new ListedFile(AuditFile.AUDIT_JSONL.fileName(), file.bytes(), new Sha256(file.sha256()));
            }
        }
        throw new MalformedAuditException("audit.json does not list " + AuditFile.AUDIT_JSONL.fileName());
    }

    private static MalformedAuditException malformed() {
        return new MalformedAuditException("audit.json is not what an audit writes");
    }
}
