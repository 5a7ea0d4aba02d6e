package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mediaarchiver.audit.ObjectAudit.Settled;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunFiles;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.storage.ObjectStore;

/**
 * A run of 102,000 rows and its audit by listing, in a process of its own, whose heap is as small as its test wants.
 *
 * <p>Rows and listing are made as they are asked for: nothing but the audit could keep them.
 */
final class LargeAudit {
    private static final int TASKS = 34_000;
    private static final RunId RUN = SmallArchive.FIRST;
    private static final Instant NOW = Instant.parse("2026-11-21T02:00:00Z");
    private static final Sha256 DIGEST = Sha256.of(SmallArchive.bytes("bytes"));
    private static final long SIZE = 5;
    private static final String ETAG = "597b6c7a9a3d0b8b9a0f7d1f5a3b1c2d";

    /**
     * Makes the run, audits it, and prints how many objects were looked at and what was found.
     *
     * <p>A method of an instance, so that the sandbox stays the one program that the build finds among the tests.
     *
     * @param arguments a folder
     */
    void main(String[] arguments) throws IOException, InterruptedException {
        Path home = Path.of(arguments[0]).resolve("runs");
        RunFiles files = new RunFiles(home.resolve(RUN.value()), facts(), LargeAudit::rows, Stream::empty, key -> {
            throw new NoSuchFileException(key);
        });
        for (RunFile file : RunFile.values()) {
            files.write(file);
        }
        long looked = 0;
        long found = 0;
        try (ObjectStore store = new Generated(home.resolve(RUN.value()))) {
            EvidenceAudit evidence = new EvidenceAudit(
                    store,
                    SmallArchive.PREFIX,
                    home,
                    Files.createDirectory(Path.of(arguments[0]).resolve("work")),
                    new AuditScope.AllRuns(),
                    null);
            for (RunId run : evidence.begin()) {
                evidence.check(run, finding -> System.out.println(finding.csv()));
            }
            evidence.conclude(finding -> System.out.println(finding.csv()));
            ObjectAudit.Task all = new ObjectAudit.Task(
                    AuditExtent.allObjects(AuditMode.LIST), ObjectAudit.Extras.FOUND, NOW.plusSeconds(1), "");
            try (ObjectAudit audit = ObjectAudit.begin(store, SmallArchive.PREFIX, evidence, all, 16)) {
                for (Settled settled = audit.next(); settled != null; settled = audit.next()) {
                    looked += settled.isLookedAt() ? 1 : 0;
                    found += settled.finding() == null ? 0 : 1;
                }
            }
        }
        System.out.println(looked + " looked at, " + found + " findings");
    }

    private static RunFacts facts() {
        return new RunFacts(
                RUN,
                "archive",
                null,
                null,
                new RunFacts.Counts(0, 0, 0),
                NOW,
                NOW,
                "0.1.0",
                new RunFacts.Archive(null, "media", SmallArchive.PREFIX),
                new RunFacts.Options(null, Set.of()),
                Map.of());
    }

    private static Stream<ManifestRow> rows() {
        return tasks().flatMap(task -> {
            List<ObjectOutcome> objects =
                    Stream.of(Role.values()).map(role -> stored(task, role)).toList();
            TaskOutcome outcome = new TaskOutcome(task, "200", objects);
            return objects.stream().map(object -> ManifestRow.of(RUN, null, 1, outcome, object));
        });
    }

    private static Stream<TaskId> tasks() {
        return IntStream.range(0, TASKS).mapToObj(i -> new TaskId("67930a6f8d5ac20007%06x".formatted(i)));
    }

    private static ObjectOutcome stored(TaskId task, Role role) {
        StoredObject object = new StoredObject(
                "media",
                key(task, role),
                null,
                new StoredObject.Content(
                        SIZE, DIGEST, SmallArchive.type(task.value(), role).contentType()),
                ETAG,
                null,
                NOW,
                VerifyMethod.FULL_READ);
        return new ObjectOutcome.Stored(role, null, object, null, NOW);
    }

    private static String key(TaskId task, Role role) {
        return SmallArchive.key(task.value(), role);
    }

    /** Has the run's files as the home has them, and the objects that its rows tell of. */
    private static final class Generated extends DistortedStore {
        private final Path folder;

        Generated(Path folder) {
            super(new InMemoryObjectStore("media", InstantSource.fixed(NOW)));
            this.folder = folder;
        }

        @Override
        public InputStream open(String key) throws IOException {
            return Files.newInputStream(folder.resolve(key.substring(key.lastIndexOf('/') + 1)));
        }

        @Override
        public Stream<ObjectHead> list(String prefix) {
            return prefix.endsWith("media/")
                    ? tasks().flatMap(task -> Stream.of(Role.values()).map(role -> head(key(task, role), SIZE)))
                    : Stream.of(RunFile.values()).map(file -> head(file.key(SmallArchive.PREFIX, RUN), 0));
        }

        private static ObjectHead head(String key, long size) {
            return new ObjectHead(key, size, null, null, ETAG, null, null);
        }
    }
}
