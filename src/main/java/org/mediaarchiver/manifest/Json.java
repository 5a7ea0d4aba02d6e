package org.mediaarchiver.manifest;

import java.nio.charset.StandardCharsets;
import org.mediaarchiver.domain.ManifestRow;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON as run files hold it: ASCII, keys in the order in which they were put, LF on every platform. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();
    private static final ObjectWriter COMPACT = MAPPER.writer();
    private static final ObjectWriter PRETTY = MAPPER.writer().with(prettyPrinter());

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Returns a document that a person can read, with a line end after it. */
    static byte[] document(ObjectNode root) {
        return (PRETTY.writeValueAsString(root) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the row as a line of {@code manifest.jsonl}, without its end. */
    static String line(ManifestRow row) {
        ObjectNode object = object();
        for (Column column : Column.values()) {
            switch (column.value(row)) {
                case null -> object.putNull(column.title());
                case Long number -> object.put(column.title(), number);
                case Object text -> object.put(column.title(), text.toString());
            }
        }
        return COMPACT.writeValueAsString(object);
    }

    private static DefaultPrettyPrinter prettyPrinter() {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER));
        printer.indentObjectsWith(lines);
        printer.indentArraysWith(lines);
        return printer;
    }
}
