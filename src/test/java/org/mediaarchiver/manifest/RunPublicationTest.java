package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.StopException;

class RunPublicationTest {
    private static final String HOME = "archive/runs/dt=2026-11-23/20261123T020000Z-7f3a9c/";

    @TempDir
    private Path home;

    private final MapStore store = new MapStore();
    private final RunPublication publication = new RunPublication(store, SmallRun.PREFIX, SmallRun.RUN);

    @Test
    void theFilesGoUnderTheDayOfTheRunAndTheMarkComesLast() throws Exception {
        publishAll();

        assertThat(store.objects.keySet())
                .containsExactlyElementsOf(Stream.of(
                                "manifest.csv",
                                "manifest.jsonl",
                                "rejects.csv",
                                "SHA256SUMS",
                                "report.html",
                                "datapackage.json",
                                "run.json",
                                "run.json.sha256")
                        .map(HOME::concat)
                        .toList());
        assertThat(store.objects.get(HOME + "run.json")).isEqualTo(Files.readAllBytes(home.resolve("run.json")));
        assertThat(store.contentTypes)
                .containsEntry(HOME + "manifest.csv", "text/csv")
                .containsEntry(HOME + "manifest.jsonl", "application/x-ndjson")
                .containsEntry(HOME + "SHA256SUMS", "text/plain")
                .containsEntry(HOME + "report.html", "text/html")
                .containsEntry(HOME + "run.json", "application/json");
    }

    @Test
    void publishingOnceMoreChangesNothing() throws Exception {
        publishAll();

        publishAll();

        assertThat(store.objects).hasSize(8);
    }

    @Test
    void anObjectWithOtherBytesStopsTheRunAndStands() throws Exception {
        byte[] other = SmallRun.ascii("other bytes");
        store.objects.put(HOME + "manifest.csv", other);

        assertThatThrownBy(this::publishAll)
                .isInstanceOf(StopException.class)
                .hasMessageContaining(HOME + "manifest.csv")
                .hasMessageContaining("Nothing was overwritten");
        assertThat(store.objects).containsExactly(Map.entry(HOME + "manifest.csv", other));
    }

    @Test
    void aStoreThatDoesNotTakeAFileStopsTheRun() {
        store.refuse(Reason.STORE_UNAVAILABLE);

        assertThatThrownBy(this::publishAll)
                .isInstanceOf(StopException.class)
                .hasMessage("The run's file " + HOME
                        + "manifest.csv could not be stored: the store did not answer (HTTP 503). Run again to go on.");
    }

    @Test
    void aFileThatWasChangedAfterItWasMadeIsNotTaken() throws IOException {
        LocalRunFile made = SmallRun.files(home).write(RunFile.MANIFEST_CSV).orElseThrow();
        Files.writeString(made.path(), "changed");

        assertThatThrownBy(() -> publication.publish(made))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("BadDigest");
        assertThat(store.objects).isEmpty();
    }

    private void publishAll() throws InterruptedException {
        RunFiles files = SmallRun.files(home);
        for (RunFile file : RunFile.values()) {
            publication.publish(files.write(file).orElseThrow());
        }
    }
}
