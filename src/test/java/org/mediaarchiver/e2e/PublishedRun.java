package org.mediaarchiver.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.manifest.ManifestReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run as its files in the home tell of it.
 *
 * @param folder where they are
 * @param rows of its manifest
 * @param json its {@code run.json}
 */
record PublishedRun(Path folder, List<ManifestRow> rows, JsonNode json) {

    /** Reads the manifest with the strict reader: one row for each task and role, in order. */
    static PublishedRun read(Path folder) throws IOException {
        List<ManifestRow> rows = new ArrayList<>();
        try (InputStream in = Files.newInputStream(folder.resolve("manifest.csv"));
                ManifestReader reader = new ManifestReader(in)) {
            for (ManifestRow row = reader.read(); row != null; row = reader.read()) {
                rows.add(row);
            }
        }
        return new PublishedRun(folder, List.copyOf(rows), json(Files.readAllBytes(folder.resolve("run.json"))));
    }

    static JsonNode json(byte[] runJson) {
        return new JsonMapper().readTree(runJson);
    }

    String id() {
        return String.valueOf(folder.getFileName());
    }

    /** Returns the digest by which the next run names this one. */
    String digest() throws IOException {
        return Sha256.of(Files.readAllBytes(folder.resolve("run.json"))).hex();
    }

    String text(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    /** Returns a number of the {@code counts} in {@code run.json}. */
    long count(String name) {
        return json.get("counts").get(name).asLong();
    }

    /** Returns {@code task/role status REASON} for each row, in the order of the manifest. */
    List<String> ends() {
        return rows.stream()
                .map(row -> {
                    Reason reason = row.reason();
                    return row.sortKey() + " " + row.status().word() + (reason == null ? "" : " " + reason);
                })
                .toList();
    }

    /** Returns the tasks with a stored video and result, each once. */
    List<String> archivedTasks() {
        return rows.stream()
                .filter(row -> row.role() == Role.RESULT && row.status() == Status.STORED)
                .map(row -> row.taskId().value())
                .toList();
    }

    List<ManifestRow> stored() {
        return rows.stream().filter(row -> row.status() == Status.STORED).toList();
    }
}
