package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.ObjectAudit.Extras;
import org.mediaarchiver.audit.RunFolders.InBucket;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.MalformedRunJsonException;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunRecord;
import org.mediaarchiver.storage.ObjectStore;

/**
 * Audits runs: first their files, then the objects that the files tell of.
 *
 * <p>Changes nothing in the bucket or in a run's folder, takes no lock, and needs no home. A run's files in a folder are held
 * against the bucket's copies; those that only the bucket has are copied into {@code work} first. One object works for one audit.
 */
public final class Audit {
    private final ObjectStore store;
    private final String prefix;
    private final RunFolders folders;
    private final Path work;
    private final AuditExtent extent;
    private final AuditMode mode;
    private final int concurrency;
    private final Map<RunId, Optional<Sha256>> published = new HashMap<>();

    /**
     * @param prefix before every key, may be empty
     * @param home the folder of the home's runs, which may be missing
     * @param work an empty folder for what is copied
     * @param concurrency how many objects are asked about or read at a time
     */
    public Audit(ObjectStore store, String prefix, Path home, Path work, AuditExtent extent, int concurrency) {
        this.store = store;
        this.prefix = prefix;
        this.folders = new RunFolders(store, prefix, home);
        this.work = work;
        this.extent = extent;
        this.mode = extent.mode();
        this.concurrency = concurrency;
    }

    /**
     * What was looked at.
     *
     * @param runs the newest last
     * @param unfinished runs in the bucket without a commit mark, which do not exist yet
     * @param expected objects that were to be looked at
     * @param population objects from which they were chosen: those of the slice, or all
     * @param objects those of which something is known
     * @param rowsAreWhole whether every row could be held against the bucket; the others are findings themselves
     * @param extrasLookedFor whether every row of the archive was known, so that other objects would have been found
     */
    public record Looked(
            List<RunId> runs,
            List<RunId> unfinished,
            long expected,
            long population,
            long objects,
            long bytesRead,
            boolean rowsAreWhole,
            boolean extrasLookedFor) {}

    /** A run, and the folder its files are in; null where only the bucket has them. */
    private record Subject(RunId run, @Nullable Path folder) {}

    /** The runs to audit, and what the bucket has of them. */
    private record Subjects(List<Subject> runs, InBucket bucket) {}

    /**
     * Looks at everything, and hands each finding to {@code findings}.
     *
     * @throws StopException if there is no such run, or if the store, the home or the disk cannot be used
     */
    public Looked look(AuditScope scope, Findings findings) throws InterruptedException {
        Subjects subjects = subjects(scope);
        boolean all = scope instanceof AuditScope.AllRuns;
        boolean rowsAreWhole = true;
        Map<RunId, Path> manifests = new HashMap<>();
        for (Subject subject : subjects.runs()) {
            RunId run = subject.run();
            Set<String> copies = subjects.bucket().names(run);
            Path folder = subject.folder() == null ? fetched(run, copies) : subject.folder();
            RunEvidence evidence = new RunEvidence(run, folder, naming(subject), prefix, findings);
            Optional<RunRecord> record = evidence.check();
            if (subject.folder() != null) {
                holdCopies(run, folder, copies, findings);
            }
            record.ifPresent(told -> holdChain(run, told.previous(), naming(subject), findings));
            rowsAreWhole &= record.isPresent() && evidence.rowsAreWhole();
            Path manifest = folder.resolve(RunFile.MANIFEST_CSV.fileName());
            if (Files.isRegularFile(manifest)) {
                manifests.put(run, manifest);
            }
        }
        List<RunId> unfinished = all ? unfinished(subjects) : List.of();
        if (all) {
            subjects.bucket().strays().forEach(key -> findings.add(new Finding(FindingCode.STRAY, null, key, "")));
        }
        // A sample is drawn from the rows: nothing could be said of what is none of them.
        Extras extras = all && rowsAreWhole && extent.sample() == null ? Extras.FOUND : Extras.PASSED_OVER;
        ObjectAudit.Tally tally = objects(manifests, extras, findings);
        return new Looked(
                subjects.runs().stream().map(Subject::run).toList(),
                unfinished,
                tally.expected(),
                tally.population(),
                tally.looked(),
                tally.bytesRead(),
                rowsAreWhole,
                extras == Extras.FOUND && mode.includes(AuditMode.LIST));
    }

    private Subjects subjects(AuditScope scope) {
        return switch (scope) {
            case AuditScope.Newest ignored -> newest();
            case AuditScope.OneRun one -> one(one.run());
            case AuditScope.AllRuns ignored -> all();
            case AuditScope.InFolder in -> {
                RunId run = runIn(in.folder());
                yield new Subjects(List.of(new Subject(run, in.folder())), folders.inBucket(run));
            }
            case AuditScope.InBucket in -> one(in.run(), folders.inBucket(in.run()));
        };
    }

    private Subjects newest() {
        NavigableSet<RunId> inHome = folders.publishedInHome();
        if (!inHome.isEmpty()) {
            return one(inHome.last());
        }
        InBucket bucket = folders.inBucket();
        return bucket.runs().descendingMap().entrySet().stream()
                .filter(run -> RunFolders.isPublished(run.getValue()))
                .findFirst()
                .map(run -> one(run.getKey(), bucket))
                .orElseThrow(() ->
                        noRun("There is no published run in the home or in the bucket under " + prefix + "runs/."));
    }

    private Subjects one(RunId run) {
        InBucket bucket = folders.inBucket(run);
        Path folder = folders.inHome(run);
        if (RunFolders.isPublished(RunFolders.names(folder))) {
            return new Subjects(List.of(new Subject(run, folder)), bucket);
        }
        return one(run, bucket);
    }

    private static Subjects one(RunId run, InBucket bucket) {
        if (bucket.names(run).isEmpty()) {
            throw noRun("There is no run " + run + " in the home or in the bucket.");
        }
        return new Subjects(List.of(new Subject(run, null)), bucket);
    }

    private Subjects all() {
        NavigableSet<RunId> inHome = folders.publishedInHome();
        InBucket bucket = folders.inBucket();
        NavigableSet<RunId> runs = new TreeSet<>(inHome);
        bucket.runs().forEach((run, names) -> {
            if (RunFolders.isPublished(names)) {
                runs.add(run);
            }
        });
        if (runs.isEmpty()) {
            throw noRun("There is no published run in the home or in the bucket under " + prefix + "runs/.");
        }
        return new Subjects(
                runs.stream()
                        .map(run -> new Subject(run, inHome.contains(run) ? folders.inHome(run) : null))
                        .toList(),
                bucket);
    }

    private static List<RunId> unfinished(Subjects subjects) {
        Set<RunId> audited =
                Set.copyOf(subjects.runs().stream().map(Subject::run).toList());
        return subjects.bucket().runs().navigableKeySet().stream()
                .filter(run -> !audited.contains(run))
                .toList();
    }

    private static StopException noRun(String what) {
        return new StopException(
                what + " Check archiver.home, archiver.storage.bucket and archiver.storage.prefix, and the run's id.");
    }

    /** A run's folder has its name; a copy of it elsewhere says in run.json whose it is. */
    private static RunId runIn(Path folder) {
        String name = String.valueOf(folder.getFileName());
        if (RunId.isRunId(name)) {
            return new RunId(name);
        }
        try {
            return RunRecord.read(Files.readAllBytes(folder.resolve(RunFile.RUN_JSON.fileName())))
                    .runId();
        } catch (MalformedRunJsonException e) {
            throw new StopException(
                    "The run.json in " + folder + " cannot be read (" + e.getMessage()
                            + "). Name the folder after its run and audit again.",
                    e);
        } catch (IOException e) {
            throw new StopException(
                    "There is no run in " + folder
                            + ": it has no run.json that can be read. Name a manifest.csv beside its" + " run.json.",
                    e);
        }
    }

    private Function<String, String> naming(Subject subject) {
        Path folder = subject.folder();
        return folder == null
                ? name -> folders.key(subject.run(), name)
                : name -> folder.resolve(name).toString();
    }

    private Path fetched(RunId run, Set<String> names) {
        try {
            Path folder = Files.createDirectory(work.resolve(run.value()));
            folders.fetch(run, names, folder);
            return folder;
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private void holdCopies(RunId run, Path folder, Set<String> copies, Findings findings) {
        Set<String> names = RunFolders.names(folder);
        for (String name : names) {
            String key = folders.key(run, name);
            if (!copies.contains(name)) {
                findings.add(new Finding(FindingCode.COPY_MISSING, run, key, "not there"));
            } else if (!digest(key).equals(digest(folder.resolve(name)))) {
                findings.add(new Finding(FindingCode.COPY_DIFFERS, run, key, "not the bytes of the folder's file"));
            }
        }
        copies.stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> findings.add(new Finding(
                        FindingCode.FILE_UNLISTED, run, folders.key(run, name), "the folder has no such file")));
    }

    private static Optional<Sha256> digest(Path file) {
        try {
            return Optional.of(RunEvidence.digest(file));
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private Optional<Sha256> digest(String key) {
        try (InputStream in = store.open(key)) {
            return Optional.of(RunEvidence.digest(in));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw RunFolders.unusable(key, e);
        }
    }

    private void holdChain(
            RunId run, RunFacts.@Nullable Previous previous, Function<String, String> naming, Findings findings) {
        if (previous == null) {
            return;
        }
        String subject = naming.apply(RunFile.RUN_JSON.fileName());
        Optional<Sha256> digest = published.computeIfAbsent(previous.runId(), this::published);
        if (digest.isEmpty()) {
            findings.add(new Finding(
                    FindingCode.PREVIOUS_MISSING, run, subject, "it names " + previous.runId() + " as the run before"));
        } else if (!digest.get().equals(previous.runJsonSha256())) {
            findings.add(new Finding(
                    FindingCode.PREVIOUS_DIFFERS,
                    run,
                    subject,
                    "run.json of " + previous.runId() + " has " + digest.get()));
        }
    }

    /** Returns the digest of a run's run.json in the bucket, nothing where it or its mark is missing. */
    private Optional<Sha256> published(RunId run) {
        String mark = RunFile.RUN_JSON_SHA256.key(prefix, run);
        try {
            return store.head(mark).isPresent() ? digest(RunFile.RUN_JSON.key(prefix, run)) : Optional.empty();
        } catch (IOException e) {
            throw RunFolders.unusable(mark, e);
        }
    }

    private ObjectAudit.Tally objects(Map<RunId, Path> manifests, Extras extras, Findings findings)
            throws InterruptedException {
        if (!mode.includes(AuditMode.LIST)) {
            return new ObjectAudit.Tally(0, 0, 0, 0);
        }
        try (ExpectedObjects expected = expected(manifests)) {
            return new ObjectAudit(store, prefix, mode, concurrency, selection(manifests), findings)
                    .look(expected, extras);
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private Selection selection(Map<RunId, Path> manifests) throws IOException {
        if (extent.sample() == null) {
            return Selection.bySlice(extent);
        }
        try (ExpectedObjects all = expected(manifests)) {
            return Selection.bySample(extent, all);
        }
    }

    private ExpectedObjects expected(Map<RunId, Path> manifests) throws IOException {
        ExpectedObjects expected = new ExpectedObjects(prefix);
        boolean complete = false;
        try {
            for (Map.Entry<RunId, Path> manifest : manifests.entrySet()) {
                expected.add(manifest.getKey(), manifest.getValue());
            }
            complete = true;
            return expected;
        } finally {
            if (!complete) {
                expected.close();
            }
        }
    }

    private static StopException disk(IOException e) {
        return new StopException(
                "A file of a run cannot be read or copied (" + e.getMessage()
                        + "). Mend the disk or make room in the folder for temporary files, and audit again.",
                e);
    }
}
