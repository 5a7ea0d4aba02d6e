package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.manifest.RunFile;
import tools.jackson.databind.JsonNode;

/**
 * What holds after every command, whatever happened on the way.
 *
 * @param site whose home and bucket are looked at
 * @param objects of the bucket by their keys, read in full
 */
record Invariants(Site site, Map<String, byte[]> objects) {
    static Invariants of(Site site) {
        return new Invariants(site, site.objects());
    }

    /** Holds them all, once no run is left to be finished. */
    void assertHold() throws IOException {
        List<PublishedRun> runs = site.runs();
        Set<String> stored = new HashSet<>();
        String previous = "";
        for (PublishedRun run : runs) {
            assertCountsAddUp(run);
            assertStored(run);
            run.stored().forEach(row -> stored.add(String.valueOf(row.key())));
            JsonNode chain = run.json().get("previous");
            assertThat(chain.isNull() ? "" : chain.get("run_json_sha256").asString())
                    .as("the run before %s", run.id())
                    .isEqualTo(previous);
            previous = run.digest();
            assertPublishedAsKept(run);
        }
        assertThat(keysUnder("media/")).as("objects and stored rows").containsExactlyInAnyOrderElementsOf(stored);
        assertThat(keysUnder("")).as("keys").allMatch(key -> key.matches("(media|runs|audits)/.*"));
        assertThat(runsInBucket()).as("runs in the bucket").containsExactlyInAnyOrderElementsOf(ids(runs));
        assertNothingIsLeftOver(runs);
        assertHoldAtAnyTime();
    }

    /** Holds those that are not allowed a moment's exception, also where a run was cut off. */
    void assertHoldAtAnyTime() throws IOException {
        assertThat(site.store().puts().stream().filter(key -> !key.startsWith(".probe/")))
                .as("objects stored")
                .doesNotHaveDuplicates();
        for (String mark : keysUnder("runs/")) {
            if (mark.endsWith("/" + RunFile.RUN_JSON_SHA256.fileName())) {
                assertWhole(mark);
            }
        }
        assertNothingSecretIsWritten();
    }

    private static void assertCountsAddUp(PublishedRun run) {
        assertThat(run.count("rows")).isEqualTo(run.rows().size());
        Map<String, Long> byStatus = run.rows().stream()
                .collect(Collectors.groupingBy(row -> row.status().word(), Collectors.counting()));
        for (Status status : Status.values()) {
            assertThat(run.json().get("counts").get("status").get(status.word()).asLong())
                    .as("rows %s", status)
                    .isEqualTo(byStatus.getOrDefault(status.word(), 0L));
        }
    }

    private void assertStored(PublishedRun run) {
        for (ManifestRow row : run.stored()) {
            byte[] bytes = requireNonNull(objects.get(row.key()), () -> "no object for " + row.sortKey());
            assertThat(Sha256.of(bytes)).as("digest of %s", row.key()).isEqualTo(row.sha256());
            assertThat((long) bytes.length).as("size of %s", row.key()).isEqualTo(row.sizeBytes());
        }
    }

    /** What is published is what is kept at home, file for file, and nothing else. */
    private void assertPublishedAsKept(PublishedRun run) throws IOException {
        Map<String, byte[]> kept = new HashMap<>();
        try (Stream<Path> files = Files.list(run.folder())) {
            for (Path file : files.toList()) {
                kept.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        Map<String, byte[]> published = filesOf(folder(run.id()));
        assertThat(published.keySet()).as("files of %s", run.id()).isEqualTo(kept.keySet());
        published.forEach((name, bytes) ->
                assertThat(bytes).as("%s of %s", name, run.id()).isEqualTo(kept.get(name)));
        assertThat(kept).as("files of %s", run.id()).containsKey(RunFile.RUN_JSON_SHA256.fileName());
    }

    /** A run that has its mark is all there: whoever finds the mark may rely on every file. */
    private void assertWhole(String mark) {
        Map<String, byte[]> files = filesOf(mark.substring(0, mark.lastIndexOf('/') + 1));
        byte[] runJson = requireNonNull(files.remove(RunFile.RUN_JSON.fileName()), () -> mark + " without its file");
        assertThat(new String(requireNonNull(files.remove(RunFile.RUN_JSON_SHA256.fileName())), US_ASCII))
                .isEqualTo(Sha256.of(runJson) + "  run.json\n");
        Map<String, String> told = new HashMap<>();
        PublishedRun.json(runJson)
                .get("files")
                .forEach(file ->
                        told.put(file.get("name").asString(), file.get("sha256").asString()));
        Map<String, String> there = new HashMap<>();
        files.forEach((name, bytes) -> there.put(name, Sha256.of(bytes).hex()));
        assertThat(there).as("files beside %s", mark).isEqualTo(told);
    }

    /** Disk and bucket are as they would be after a run that nothing had happened to. */
    private void assertNothingIsLeftOver(List<PublishedRun> runs) throws IOException {
        assertThat(site.store()
                        .client()
                        .listMultipartUploads(r -> r.bucket(site.store().bucket()))
                        .uploads())
                .as("uploads left open")
                .isEmpty();
        assertThat(namesIn("spool")).as("work files").isEmpty();
        assertThat(namesIn("runs")).as("folders of runs").containsExactlyInAnyOrderElementsOf(ids(runs));
        assertThat(namesIn("inputs")).as("copies of inputs").isEmpty();
    }

    private void assertNothingSecretIsWritten() throws IOException {
        for (Path file : site.files()) {
            Secrets.assertNoneIn(file.toString(), Files.readAllBytes(file));
        }
        objects.forEach((key, bytes) -> {
            Secrets.assertNoneIn("a key", key.getBytes(ISO_8859_1));
            Secrets.assertNoneIn("metadata of " + key, site.head(key).toString().getBytes(ISO_8859_1));
            if (!key.endsWith("/result.json")) {
                Secrets.assertNoneIn(key, bytes);
            }
        });
    }

    private List<String> namesIn(String folder) throws IOException {
        try (Stream<Path> files = Files.list(site.home().resolve(folder))) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    private static List<String> ids(List<PublishedRun> runs) {
        return runs.stream().map(PublishedRun::id).toList();
    }

    private Set<String> runsInBucket() {
        return keysUnder("runs/").stream().map(key -> key.split("/", -1)[2]).collect(Collectors.toSet());
    }

    private static String folder(String run) {
        String manifest = RunFile.MANIFEST_CSV.key("", new RunId(run));
        return manifest.substring(0, manifest.lastIndexOf('/') + 1);
    }

    private Map<String, byte[]> filesOf(String folder) {
        Map<String, byte[]> files = new HashMap<>();
        keysUnder(folder).forEach(key -> files.put(key.substring(folder.length()), objects.get(key)));
        return files;
    }

    private List<String> keysUnder(String prefix) {
        List<String> keys = new ArrayList<>(objects.keySet());
        keys.removeIf(key -> !key.startsWith(prefix));
        return keys;
    }
}
