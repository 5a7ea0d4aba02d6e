package org.mediaarchiver.manifest;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.VerifyMethod;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Composes {@code datapackage.json}, which tells programs what the columns mean.
 *
 * @see <a href="https://specs.frictionlessdata.io/tabular-data-package/">Tabular Data Package, version 1</a>
 */
final class DataPackage {
    private static final String TASK_ID = "[A-Za-z0-9][A-Za-z0-9_-]{0,127}";
    private static final String RUN_ID = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}";
    private static final String DIGEST = "[0-9a-f]{64}";

    private DataPackage() {}

    static byte[] bytes(RunFacts facts, LocalRunFile manifest, LocalRunFile rejects) {
        RunId run = facts.runId();
        ObjectNode root = Json.object();
        root.put("profile", "tabular-data-package");
        root.put("name", "media-archive-run-" + run.value().toLowerCase(Locale.ROOT));
        root.put("id", run.value());
        root.put("title", "Run " + run.value() + " of the job " + facts.job());
        root.put("created", Column.time(facts.finishedAt()));
        ArrayNode resources = root.putArray("resources");
        manifestSchema(resource(
                resources.addObject(),
                "manifest",
                "One row for each object that the run dealt with, whatever became of it.",
                manifest));
        rejectsSchema(resource(
                resources.addObject(),
                "rejects",
                "The tasks that failed and the lines of the input that name no task; itself an input.",
                rejects));
        return Json.document(root);
    }

    /** Describes a file, and returns the node that its schema goes into. */
    private static ObjectNode resource(ObjectNode node, String name, String description, LocalRunFile file) {
        node.put("profile", "tabular-data-resource");
        node.put("name", name);
        node.put("path", file.file().fileName());
        node.put("description", description);
        node.put("format", "csv");
        node.put("mediatype", file.file().contentType());
        node.put("encoding", "utf-8");
        node.put("bytes", file.content().size());
        node.put("hash", "sha256:" + file.content().sha256().hex());
        node.putObject("dialect")
                .put("delimiter", ",")
                .put("lineTerminator", "\n")
                // No cell has a quote, and the profile wants it said all the same.
                .put("doubleQuote", true)
                .put("header", true)
                .put("caseSensitiveHeader", true);
        return node.putObject("schema");
    }

    private static void manifestSchema(ObjectNode schema) {
        ArrayNode fields = schema.putArray("fields");
        for (Column column : Column.ALL) {
            constraints(column, field(fields, column.title(), column.type(), column.description()));
        }
        schema.putArray("missingValues").add("");
        schema.putArray("primaryKey").add(Column.TASK_ID.title()).add(Column.ROLE.title());
    }

    private static void constraints(Column column, ObjectNode field) {
        switch (column) {
            case RUN_ID -> required(field).put("pattern", RUN_ID);
            case TASK_ID -> required(field).put("pattern", TASK_ID);
            case ROLE -> words(required(field), Arrays.stream(Role.values()).map(Role::word));
            case STATUS -> words(required(field), Arrays.stream(Status.values()).map(Status::word));
            case REASON ->
                words(
                        field.putObject("constraints"),
                        Arrays.stream(Reason.values()).map(Reason::name));
            case ATTEMPTS -> required(field).put("minimum", 0);
            case INPUT_LINE -> field.putObject("constraints").put("minimum", 1);
            case SIZE_BYTES -> field.putObject("constraints").put("minimum", 0);
            case SHA256, SOURCE_URL_SHA256 -> field.putObject("constraints").put("pattern", DIGEST);
            case VERIFY_METHOD ->
                words(
                        field.putObject("constraints"),
                        Arrays.stream(VerifyMethod.values()).map(VerifyMethod::word));
            case ERROR_DETAIL -> field.putObject("constraints").put("maxLength", 200);
            case BUCKET,
                    KEY,
                    VERSION_ID,
                    CONTENT_TYPE,
                    ETAG,
                    STORE_CHECKSUM,
                    SOURCE_URL,
                    WORK_STATUS,
                    FETCHED_AT,
                    STORED_AT -> {
                // Free texts and times: the type says all.
            }
        }
    }

    private static void rejectsSchema(ObjectNode schema) {
        ArrayNode fields = schema.putArray("fields");
        field(
                fields,
                "task_id",
                Column.Type.STRING,
                "The task, or what stood in its place, percent-encoded to ASCII without commas and quotes.");
        field(
                        fields,
                        "input_line",
                        Column.Type.INTEGER,
                        "Physical line in the input; the header is line 1. Empty for a task carried over.")
                .putObject("constraints")
                .put("minimum", 1);
        ObjectNode reason = field(fields, "reason", Column.Type.STRING, "Why it failed; INVALID_ID is no task id.");
        words(
                required(reason),
                Stream.concat(
                        Arrays.stream(Reason.values())
                                .filter(each -> each.status() == Status.FAILED)
                                .map(Reason::name),
                        Stream.of("INVALID_ID")));
        field(fields, "detail", Column.Type.STRING, "What happened.");
        schema.putArray("missingValues").add("");
    }

    private static ObjectNode field(ArrayNode fields, String name, Column.Type type, String description) {
        return fields.addObject()
                .put("name", name)
                .put("type", type.word())
                // The default format of version 1 has no fractions of a second.
                .put("format", type == Column.Type.DATETIME ? "any" : "default")
                .put("description", description);
    }

    private static ObjectNode required(ObjectNode field) {
        return field.putObject("constraints").put("required", true);
    }

    private static void words(ObjectNode constraints, Stream<String> words) {
        ArrayNode list = constraints.putArray("enum");
        words.forEach(list::add);
    }
}
