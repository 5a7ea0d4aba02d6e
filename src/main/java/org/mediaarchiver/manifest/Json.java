package org.mediaarchiver.manifest;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON as the files of runs and audits hold it: ASCII, keys in the order in which they were put, LF on every platform. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();
    private static final ObjectWriter COMPACT = MAPPER.writer();
    private static final ObjectWriter PRETTY = MAPPER.writer().with(prettyPrinter());

    private Json() {}

    /** Returns an empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Returns a document that a person can read, with a line end after it. */
    public static byte[] document(ObjectNode root) {
        return (PRETTY.writeValueAsString(root) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns an object on one line, without a line end. */
    public static String line(ObjectNode object) {
        return COMPACT.writeValueAsString(object);
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException if it is no JSON
     */
    public static JsonNode read(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Returns a row as a line of {@code manifest.jsonl}, without its end.
     *
     * @param cells of the row, as {@link Column#cells} gives them
     */
    static String line(String[] cells) {
        StringBuilder line = new StringBuilder(1024).append('{');
        for (int i = 0; i < cells.length; i++) {
            Column column = Column.ALL.get(i);
            String cell = cells[i];
            line.append(i == 0 ? "" : ",").append(column.jsonName());
            if (cell.isEmpty()) {
                line.append("null");
            } else if (column.type() == Column.Type.INTEGER) {
                line.append(cell);
            } else if (isPlain(cell)) {
                line.append('"').append(cell).append('"');
            } else {
                line.append(MAPPER.writeValueAsString(cell));
            }
        }
        return line.append('}').toString();
    }

    /** Manifests have millions of texts, and hardly one that has to be escaped. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
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
