package org.mediaarchiver.manifest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.StoredObject;

/**
 * A run of 666,667 tasks and so of 2,000,001 rows, made by a process of its own, whose heap is as small as its test wants.
 *
 * <p>The rows are made as they are asked for, and are as long as those of real runs.
 */
final class LargeRun {
    static final int TASKS = 666_667;

    private static final Stored PREVIEW = SmallRun.stored("a", Role.PREVIEW);
    private static final Stored RESULT = SmallRun.stored("a", Role.RESULT);
    private static final Stored VIDEO = SmallRun.stored("a", Role.VIDEO);

    /**
     * Makes the manifest, reads it, and prints how many rows of each status are in it.
     *
     * <p>A method of an instance, so that the sandbox stays the one program that the build finds among the tests.
     *
     * @param arguments the directory of the run
     */
    void main(String[] arguments) throws IOException {
        RunFiles files = new RunFiles(Path.of(arguments[0]), SmallRun.facts(), LargeRun::rows, Stream::empty, key -> {
            throw new NoSuchFileException(key);
        });
        Path manifest = files.write(RunFile.MANIFEST_CSV).orElseThrow().path();
        try (ManifestReader rows = new ManifestReader(Files.newInputStream(manifest))) {
            System.out.println(RunCounts.of(rows).status());
        }
    }

    static Stream<ManifestRow> rows() {
        return IntStream.range(0, TASKS).boxed().flatMap(i -> rows(i).stream());
    }

    private static List<ManifestRow> rows(int i) {
        String task = "67930a6f8d5ac20007%06x".formatted(i);
        if (i % 10 == 9) {
            return SmallRun.same(i + 2L, 1, task, "100", Reason.NOT_READY);
        }
        return SmallRun.rows(
                i + 2L,
                1,
                task,
                "200",
                i % 10 == 8 ? new NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null) : of(task, PREVIEW),
                of(task, RESULT),
                of(task, VIDEO));
    }

    private static Stored of(String task, Stored model) {
        StoredObject object = model.object();
        return new Stored(
                model.role(),
                model.reason(),
                new StoredObject(
                        object.bucket(),
                        SmallRun.key(task, model.role()),
                        object.versionId(),
                        object.content(),
                        object.etag(),
                        object.storeChecksum(),
                        object.storedAt(),
                        object.verifiedBy()),
                model.source(),
                model.fetchedAt());
    }
}
