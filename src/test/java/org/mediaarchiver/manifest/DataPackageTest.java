package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Sha256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Holds {@code datapackage.json} against the published profile of such descriptions, and what it describes against it. */
class DataPackageTest {
    @TempDir
    private Path folder;

    private JsonNode smallRun() throws IOException {
        return described(SmallRun.files(folder));
    }

    private JsonNode described(RunFiles files) throws IOException {
        Path description = files.write(RunFile.DATAPACKAGE_JSON).orElseThrow().path();
        return JsonMapper.shared().readTree(Files.readString(description));
    }

    private static List<Error> faults(JsonNode description) throws IOException {
        try (InputStream profile =
                DataPackageTest.class.getResourceAsStream("frictionless/tabular-data-package.json")) {
            Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4)
                    .getSchema(Objects.requireNonNull(profile));
            return schema.validate(description);
        }
    }

    @Test
    void theDescriptionIsOneOfATabularDataPackage() throws IOException {
        assertThat(faults(smallRun())).isEmpty();
    }

    @Test
    void aDescriptionThatIsNoneIsFoundOut() throws IOException {
        JsonNode description = smallRun();
        ((ObjectNode) description.at("/resources/0/schema/fields/0")).put("type", "no such type");

        assertThat(faults(description)).isNotEmpty();
    }

    @Test
    void whatIsDescribedIsAsItIsDescribed() throws IOException {
        for (RunFiles files :
                List.of(SmallRun.files(folder.resolve("small")), new BusyRun().files(folder.resolve("busy")))) {
            JsonNode description = described(files);
            Path place = files.write(RunFile.DATAPACKAGE_JSON).orElseThrow().path();
            for (JsonNode resource : description.get("resources")) {
                Path file = place.resolveSibling(resource.get("path").asString());
                byte[] bytes = Files.readAllBytes(file);

                assertThat(resource.get("bytes").asLong()).isEqualTo(bytes.length);
                assertThat(resource.get("hash").asString()).isEqualTo("sha256:" + Sha256.of(bytes));
                assertThat(faults(resource.get("schema"), Files.readAllLines(file)))
                        .as("%s", file)
                        .isEmpty();
            }
        }
    }

    @Test
    void aTableThatIsOtherwiseIsFoundOut() throws IOException {
        JsonNode schema = smallRun().at("/resources/0/schema");
        List<String> lines = Files.readAllLines(folder.resolve("manifest.csv"));
        String row = lines.get(1);

        assertThat(faults(schema, List.of(lines.getFirst(), row, row))).containsExactly("a-b preview twice");
        for (int column : List.of(0, 1, 2, 3, 4, 5, 6, 10, 11, 16, 18, 19, 20)) {
            String[] cells = row.split(",", -1);
            cells[column] = "???";
            assertThat(faults(schema, List.of(lines.getFirst(), String.join(",", cells))))
                    .as("column %d", column)
                    .hasSize(1);
        }
        for (int column : List.of(0, 2, 3, 4, 6)) {
            String[] cells = row.split(",", -1);
            cells[column] = "";
            assertThat(faults(schema, List.of(lines.getFirst(), String.join(",", cells))))
                    .as("empty column %d", column)
                    .hasSize(1);
        }
    }

    /** Returns what in a table is not as its schema says. */
    private static List<String> faults(JsonNode schema, List<String> lines) {
        List<String> faults = new ArrayList<>();
        List<String> names = schema.get("fields").values().stream()
                .map(field -> field.get("name").asString())
                .toList();
        if (!String.join(",", names).equals(lines.getFirst())) {
            faults.add("header " + lines.getFirst());
        }
        Set<String> keys = new HashSet<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            for (int i = 0; i < names.size(); i++) {
                String fault = fault(schema.get("fields").get(i), cells[i]);
                if (fault != null) {
                    faults.add(names.get(i) + " '" + cells[i] + "' " + fault);
                }
            }
            List<String> key = schema.path("primaryKey").values().stream()
                    .map(name -> cells[names.indexOf(name.asString())])
                    .toList();
            if (!key.isEmpty() && !keys.add(String.join(" ", key))) {
                faults.add(String.join(" ", key) + " twice");
            }
        }
        return faults;
    }

    private static @Nullable String fault(JsonNode field, String cell) {
        JsonNode constraints = field.path("constraints");
        if (cell.isEmpty()) {
            return constraints.path("required").asBoolean(false) ? "is required" : null;
        }
        try {
            switch (field.get("type").asString()) {
                case "integer" -> {
                    if (Long.parseLong(cell) < constraints.path("minimum").asLong(Long.MIN_VALUE)) {
                        return "is too small";
                    }
                }
                case "datetime" -> OffsetDateTime.parse(cell);
                case "string" -> {
                    if (cell.length() > constraints.path("maxLength").asInt(Integer.MAX_VALUE)) {
                        return "is too long";
                    }
                }
                default -> {
                    return "is of no known type";
                }
            }
        } catch (NumberFormatException | DateTimeException e) {
            return "is no " + field.get("type").asString();
        }
        if (constraints.has("pattern")
                && !cell.matches(constraints.get("pattern").asString())) {
            return "is otherwise than its pattern";
        }
        boolean isNoneOfThem = constraints.has("enum")
                && constraints.get("enum").values().stream()
                        .noneMatch(word -> word.asString().equals(cell));
        return isNoneOfThem ? "is no word of its list" : null;
    }
}
