package org.mediaarchiver.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.manifest.LocalRunFile;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunFiles;
import org.mediaarchiver.manifest.RunPublication;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.Creation;

/** Real runs: objects created in a store, rows from what it said, run files made in a home and published. */
public final class SmallArchive {
    public static final String PREFIX = "archive/";
    public static final RunId FIRST = new RunId("20261121T020000Z-000001");
    static final RunId SECOND = new RunId("20261122T020000Z-000002");
    static final RunId THIRD = new RunId("20261123T020000Z-000003");

    private static final Instant NOW = Instant.parse("2026-11-23T02:00:07.5Z");

    /** When audits begin: no object is newer. */
    private static final Instant LATER = Instant.parse("2126-11-23T02:00:00Z");

    private final ObjectStore store;
    private final Path home;
    private RunFacts.@Nullable Previous previous;

    /** @param home the folder in which the runs are, below {@code runs} */
    public SmallArchive(ObjectStore store, Path home) {
        this.store = store;
        this.home = home;
    }

    /** Returns an archive that goes on where this one is, whatever this one publishes from now on. */
    SmallArchive beside(Path otherHome) {
        SmallArchive other = new SmallArchive(store, otherHome);
        other.previous = previous;
        return other;
    }

    /** Publishes three runs, of which the last has tasks that sort oddly and tasks that came to nothing. */
    SmallArchive withThreeRuns() throws InterruptedException {
        publish(FIRST, List.of("m1", "m2"), List.of());
        publish(SECOND, List.of("b", "m1"), List.of());
        publish(THIRD, List.of("a-b", "a", "z_9"), List.of("lost", "rude"));
        return this;
    }

    /**
     * Publishes a run.
     *
     * @param stored in the order of the manifest, and before {@code failed}; one that is there is adopted
     */
    public void publish(RunId run, List<String> stored, List<String> failed) throws InterruptedException {
        List<ManifestRow> rows = new ArrayList<>();
        long line = 1;
        for (String task : stored) {
            rows.addAll(stored(run, ++line, task));
        }
        for (String task : failed) {
            rows.addAll(failed(run, ++line, task));
        }
        rows.sort((a, b) -> a.sortKey().compareTo(b.sortKey()));
        List<RejectedLine> rejected =
                failed.isEmpty() ? List.of() : List.of(new RejectedLine(99, "no id", "INVALID_ID", "not a task id"));
        RunFiles files = new RunFiles(
                home.resolve("runs").resolve(run.value()),
                facts(run, rejected),
                rows::stream,
                rejected::stream,
                store::open);
        RunPublication publication = new RunPublication(store, PREFIX, run);
        for (RunFile file : RunFile.values()) {
            LocalRunFile made = files.write(file).orElseThrow();
            publication.publish(made);
            if (file == RunFile.RUN_JSON) {
                previous = new RunFacts.Previous(run, made.content().sha256());
            }
        }
    }

    private RunFacts facts(RunId run, List<RejectedLine> rejected) {
        return new RunFacts(
                run,
                "archive",
                previous,
                new RunFacts.Input("tasks.csv", 10, Sha256.of(bytes("input")), 9, 5, 0, rejected.size()),
                new RunFacts.Counts(0, 0, 0),
                NOW,
                NOW,
                "0.1.0",
                new RunFacts.Archive(null, store.bucket(), PREFIX),
                new RunFacts.Options(null, Set.of()),
                Map.of());
    }

    private List<ManifestRow> stored(RunId run, long line, String task) throws InterruptedException {
        List<ObjectOutcome> objects = new ArrayList<>();
        for (Role role : Role.values()) {
            Creation creation = store.create(object(task, role));
            StoredObject object = switch (creation) {
                case Creation.Created created -> created.object();
                case Creation.Same same -> same.object();
                default -> throw new IllegalStateException(String.valueOf(creation));
            };
            Reason reason = creation instanceof Creation.Same ? Reason.ADOPTED : null;
            objects.add(new ObjectOutcome.Stored(
                    role, reason, object, SourceUrl.of("https://cdn.example.com/" + task), NOW));
        }
        return rows(run, line, task, "200", objects);
    }

    private static List<ManifestRow> failed(RunId run, long line, String task) {
        List<ObjectOutcome> objects = new ArrayList<>();
        for (Role role : Role.values()) {
            objects.add(new ObjectOutcome.NotStored(role, Reason.MODERATED, null, null));
        }
        return rows(run, line, task, "-101", objects);
    }

    private static List<ManifestRow> rows(
            RunId run, long line, String task, String workStatus, List<ObjectOutcome> objects) {
        TaskOutcome outcome = new TaskOutcome(new TaskId(task), workStatus, objects);
        return objects.stream()
                .map(object -> ManifestRow.of(run, line, 1, outcome, object))
                .toList();
    }

    private static ObjectStore.NewObject object(String task, Role role) {
        byte[] bytes = bytes("bytes of " + task + "/" + role.word());
        MediaType type = type(task, role);
        return new ObjectStore.NewObject(
                key(task, role),
                new Body.Bytes(bytes),
                new StoredObject.Content(bytes.length, Sha256.of(bytes), type.contentType()),
                Map.of());
    }

    public static String key(String task, Role role) {
        return new KeyLayout(PREFIX).key(new TaskId(task), role, type(task, role));
    }

    static MediaType type(String task, Role role) {
        return switch (role) {
            case PREVIEW -> task.startsWith("m") ? MediaType.JPEG : MediaType.WEBP;
            case RESULT -> MediaType.JSON;
            case VIDEO -> MediaType.MP4;
        };
    }

    public static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    /** Audits as a machine does that has no home. */
    static Outcome withoutHome(ObjectStore store, AuditScope scope, AuditMode mode)
            throws IOException, InterruptedException {
        return audit(store, Path.of("/nowhere/runs"), scope, mode);
    }

    /** Returns all that a store holds. */
    static Map<String, byte[]> contents(ObjectStore store) throws IOException {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (ObjectStore.ObjectHead object : store.list("").toList()) {
            contents.put(object.key(), read(store, object.key()));
        }
        return contents;
    }

    /** Makes a store of the test's own, to be damaged, since publishing anew for each test takes long. */
    static InMemoryObjectStore storeOf(Map<String, byte[]> contents) {
        InMemoryObjectStore store = new InMemoryObjectStore("media", InstantSource.fixed(NOW));
        contents.forEach(store::plant);
        return store;
    }

    static Outcome audit(ObjectStore store, Path runs, AuditScope scope, AuditMode mode)
            throws IOException, InterruptedException {
        return audit(store, runs, scope, AuditExtent.allObjects(mode));
    }

    static Outcome audit(ObjectStore store, Path runs, AuditScope scope, AuditExtent extent)
            throws IOException, InterruptedException {
        return audit(store, runs, scope, extent, null);
    }

    /** Audits without the job around it: evidence, chain, objects. */
    static Outcome audit(
            ObjectStore store, Path runs, AuditScope scope, AuditExtent extent, @Nullable Sha256 expectedRunJson)
            throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("audit-test-");
        List<Finding> found = new ArrayList<>();
        try {
            EvidenceAudit evidence = new EvidenceAudit(store, PREFIX, runs, work, scope, expectedRunJson);
            List<RunId> audited = evidence.begin();
            boolean rowsAreWhole = true;
            for (RunId run : audited) {
                rowsAreWhole &= evidence.check(run, found::add).rowsAreWhole();
            }
            EvidenceAudit.Conclusion conclusion = evidence.conclude(found::add);
            Objects objects = extent.mode().includes(AuditMode.LIST)
                    ? objects(store, evidence, scope, extent, rowsAreWhole, found)
                    : new Objects(0, 0, 0, 0, 0, false);
            return new Outcome(
                    found,
                    new Looked(
                            audited,
                            conclusion.unfinished(),
                            conclusion.heads(),
                            rowsAreWhole,
                            objects.expected,
                            extent.sample() == null ? objects.expected : objects.population,
                            objects.looked,
                            objects.newer,
                            objects.bytes,
                            objects.extras));
        } finally {
            delete(work);
        }
    }

    private record Objects(long expected, long population, long looked, long newer, long bytes, boolean extras) {}

    private static Objects objects(
            ObjectStore store,
            EvidenceAudit evidence,
            AuditScope scope,
            AuditExtent extent,
            boolean rowsAreWhole,
            List<Finding> found)
            throws InterruptedException {
        boolean knowsAllRows = scope instanceof AuditScope.AllRuns && rowsAreWhole;
        ObjectAudit.Task task = new ObjectAudit.Task(
                extent, knowsAllRows ? ObjectAudit.Extras.FOUND : ObjectAudit.Extras.PASSED_OVER, LATER, "");
        List<ObjectAudit.Settled> all = new ArrayList<>();
        try (ObjectAudit audit = ObjectAudit.begin(store, PREFIX, evidence, task, 3)) {
            for (ObjectAudit.Settled settled = audit.next(); settled != null; settled = audit.next()) {
                all.add(settled);
            }
            all.stream()
                    .map(ObjectAudit.Settled::finding)
                    .filter(java.util.Objects::nonNull)
                    .forEach(found::add);
            return new Objects(
                    all.stream()
                            .filter(settled -> settled.kind() == ObjectAudit.Kind.EXPECTED)
                            .count(),
                    audit.population(),
                    all.stream().filter(ObjectAudit.Settled::isLookedAt).count(),
                    all.stream()
                            .filter(settled -> settled.kind() == ObjectAudit.Kind.NEWER)
                            .count(),
                    all.stream().mapToLong(ObjectAudit.Settled::bytesRead).sum(),
                    audit.looksForExtras());
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var below = Files.walk(folder)) {
            for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    static byte[] read(ObjectStore store, String key) throws IOException {
        try (InputStream in = store.open(key)) {
            return in.readAllBytes();
        }
    }

    /** What an audit found, and what it looked at. */
    record Outcome(List<Finding> findings, Looked looked) {
        Set<String> codes() {
            Set<String> codes = new TreeSet<>();
            findings.forEach(finding -> codes.add(finding.code().code()));
            return codes;
        }

        List<String> lines() {
            return findings.stream()
                    .map(finding -> finding.code().code() + " " + finding.key())
                    .toList();
        }
    }
}
