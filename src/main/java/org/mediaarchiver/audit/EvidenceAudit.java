package org.mediaarchiver.audit;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.RunFolders.InBucket;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.MalformedRunJsonException;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunRecord;
import org.mediaarchiver.storage.ObjectStore;

/**
 * Audits the evidence: the files of runs one after the other, and then the chain that they make.
 *
 * <p>A run's files in the home are held against the bucket's copies; those that only the bucket has are copied into the work folder
 * first. Which runs these are is decided once and kept there, so that an audit which was interrupted goes on with the same ones.
 * Nothing is changed in the bucket or in a run's folder. Not safe for use by several threads.
 */
public final class EvidenceAudit {
    private static final String BUCKET_ALONE = "";

    private final ObjectStore store;
    private final String prefix;
    private final RunFolders folders;
    private final Path work;
    private final AuditScope scope;
    private final @Nullable Sha256 expectedRunJson;
    private final Map<RunId, Subject> subjects = new LinkedHashMap<>();
    private final Map<RunId, Optional<Sha256>> published = new HashMap<>();
    private @Nullable InBucket bucket;

    /**
     * @param prefix before every key, may be empty
     * @param home the folder of the home's runs, which may be missing
     * @param work a folder of this audit alone
     * @param expectedRunJson the digest that the {@code run.json} of one of the runs must have, null for any
     */
    public EvidenceAudit(
            ObjectStore store,
            String prefix,
            Path home,
            Path work,
            AuditScope scope,
            @Nullable Sha256 expectedRunJson) {
        this.store = store;
        this.prefix = prefix;
        this.folders = new RunFolders(store, prefix, home);
        this.work = work;
        this.scope = scope;
        this.expectedRunJson = expectedRunJson;
    }

    /** A run, and the folder its files are in; null where only the bucket has them. */
    private record Subject(RunId run, @Nullable Path folder) {}

    /**
     * What became of the files of one run.
     *
     * @param rows how many rows tell of an object
     * @param rowsAreWhole whether every row could be held against the bucket; the others are findings themselves
     */
    public record Checked(long rows, boolean rowsAreWhole) {}

    /**
     * What the chain came to.
     *
     * @param unfinished runs in the bucket without a commit mark, which do not exist yet
     * @param heads the runs that no other names: what holds their digests holds the chain
     */
    public record Conclusion(List<RunId> unfinished, List<Head> heads) {}

    /** The end of a chain. */
    public record Head(RunId run, Sha256 runJson) {}

    /**
     * Decides which runs are audited, or reads what was decided before.
     *
     * @return their ids, in order
     * @throws StopException if there is no such run, or if the store or the home cannot be read
     */
    public List<RunId> begin() {
        try {
            Path decided = work.resolve("runs");
            if (!Files.exists(decided)) {
                decide(decided);
            }
            for (String line : Files.readAllLines(decided, StandardCharsets.UTF_8)) {
                String[] parts = line.split("\t", 2);
                RunId run = new RunId(parts[0]);
                subjects.put(run, new Subject(run, parts[1].equals(BUCKET_ALONE) ? null : Path.of(parts[1])));
            }
            return List.copyOf(subjects.keySet());
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private void decide(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Subject subject : inScope()) {
            Path folder = subject.folder();
            lines.add(subject.run() + "\t"
                    + (folder == null ? BUCKET_ALONE : folder.toAbsolutePath().toString()));
        }
        Path draft = Files.write(work.resolve("runs.part"), lines, StandardCharsets.UTF_8);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private List<Subject> inScope() {
        return switch (scope) {
            case AuditScope.Newest ignored -> List.of(newest());
            case AuditScope.OneRun one -> List.of(one(one.run()));
            case AuditScope.AllRuns ignored -> all();
            case AuditScope.InFolder in -> List.of(new Subject(runIn(in.folder()), in.folder()));
            case AuditScope.InBucket in -> List.of(inBucket(in.run()));
        };
    }

    private Subject newest() {
        NavigableSet<RunId> inHome = folders.publishedInHome();
        if (!inHome.isEmpty()) {
            return one(inHome.last());
        }
        return bucket().runs().descendingMap().entrySet().stream()
                .filter(run -> RunFolders.isPublished(run.getValue()))
                .findFirst()
                .map(run -> new Subject(run.getKey(), null))
                .orElseThrow(this::noPublishedRun);
    }

    private Subject one(RunId run) {
        Path folder = folders.inHome(run);
        return RunFolders.isPublished(RunFolders.names(folder)) ? new Subject(run, folder) : inBucket(run);
    }

    private Subject inBucket(RunId run) {
        if (bucket().names(run).isEmpty()) {
            throw noRun("There is no run " + run + " in the home or in the bucket.");
        }
        return new Subject(run, null);
    }

    private List<Subject> all() {
        NavigableSet<RunId> inHome = folders.publishedInHome();
        NavigableSet<RunId> runs = new TreeSet<>(inHome);
        bucket().runs().forEach((run, names) -> {
            if (RunFolders.isPublished(names)) {
                runs.add(run);
            }
        });
        if (runs.isEmpty()) {
            throw noPublishedRun();
        }
        return runs.stream()
                .map(run -> new Subject(run, inHome.contains(run) ? folders.inHome(run) : null))
                .toList();
    }

    private StopException noPublishedRun() {
        return noRun("There is no published run in the home or in the bucket under " + prefix + "runs/.");
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

    /** Lists the run files in the bucket, as far as the scope goes, once. */
    private InBucket bucket() {
        InBucket listed = bucket;
        if (listed == null) {
            listed = switch (scope) {
                case AuditScope.AllRuns ignored -> folders.inBucket();
                case AuditScope.Newest ignored -> folders.inBucket();
                case AuditScope.OneRun one -> folders.inBucket(one.run());
                case AuditScope.InFolder in -> folders.inBucket(runIn(in.folder()));
                case AuditScope.InBucket in -> folders.inBucket(in.run());
            };
            bucket = listed;
        }
        return listed;
    }

    /**
     * Checks the files of one run, and keeps what its rows tell of objects.
     *
     * @param run one of those that {@link #begin} has returned
     * @throws StopException if the store or the disk cannot be used
     */
    public Checked check(RunId run, Findings findings) {
        Subject subject = subject(run);
        Set<String> copies = bucket().names(run);
        Path folder = subject.folder();
        try (Kept kept = new Kept(rows(run))) {
            RunEvidence evidence = folder == null
                    ? new RunEvidence(run, fetched(run, copies), copies, naming(subject), prefix, findings, kept::add)
                    : new RunEvidence(
                            run, folder, RunFolders.names(folder), naming(subject), prefix, findings, kept::add);
            evidence.check();
            if (folder == null) {
                discard(run);
            } else {
                holdCopies(run, folder, copies, findings);
            }
            return new Checked(kept.rows, evidence.rowsAreWhole());
        } catch (IOException | UncheckedIOException e) {
            throw disk(e);
        }
    }

    private Subject subject(RunId run) {
        Subject subject = subjects.get(run);
        if (subject == null) {
            throw new IllegalArgumentException("run " + run + " is not audited");
        }
        return subject;
    }

    private Function<String, String> naming(Subject subject) {
        Path folder = subject.folder();
        return folder == null
                ? name -> folders.key(subject.run(), name)
                : name -> folder.resolve(name).toString();
    }

    private Path copiesOf(RunId run) {
        return work.resolve("copies").resolve(run.value());
    }

    private Path rows(RunId run) throws IOException {
        return Files.createDirectories(work.resolve("rows")).resolve(run.value());
    }

    /** Copies what can be checked: files that a run has, and whatever else its run.json lists. */
    private Path fetched(RunId run, Set<String> names) throws IOException {
        Path folder = copiesOf(run);
        Set<String> known = new TreeSet<>();
        Stream.of(RunFile.values())
                .map(RunFile::fileName)
                .filter(names::contains)
                .forEach(known::add);
        folders.fetch(run, known, folder);
        Optional<RunRecord> record = record(folder);
        if (record.isPresent()) {
            folders.fetch(
                    run,
                    record.get().files().stream()
                            .map(RunRecord.ListedFile::name)
                            .filter(name -> names.contains(name) && !known.contains(name))
                            .toList(),
                    folder);
        }
        return folder;
    }

    /** The rows are kept, and run.json is looked at once more with the chain; the other copies have had their use. */
    private void discard(RunId run) throws IOException {
        Path folder = copiesOf(run);
        for (String name : RunFolders.names(folder)) {
            if (!name.equals(RunFile.RUN_JSON.fileName())) {
                Files.delete(folder.resolve(name));
            }
        }
    }

    private void holdCopies(RunId run, Path folder, Set<String> copies, Findings findings) throws IOException {
        Set<String> names = RunFolders.names(folder);
        for (String name : names) {
            String key = folders.key(run, name);
            if (!copies.contains(name)) {
                findings.add(new Finding(FindingCode.COPY_MISSING, run, key, "not there"));
            } else if (!folders.isCopy(key, folder.resolve(name))) {
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

    /**
     * Checks how the runs follow one another, and what else is among them in the bucket. To be called when all have been checked.
     *
     * @throws StopException if the store or the disk cannot be used
     */
    public Conclusion conclude(Findings findings) {
        Map<RunId, RunFacts.Previous> previous = new LinkedHashMap<>();
        for (Subject subject : subjects.values()) {
            RunFacts.Previous named = previous(subject.run());
            if (named != null) {
                previous.put(subject.run(), named);
                holdLink(subject, named, findings);
            }
        }
        Chain chain = chain(previous);
        chain.forks()
                .forEach((named, runs) -> runs.forEach(run -> findings.add(new Finding(
                        FindingCode.FORK,
                        run,
                        naming(subject(run)).apply(RunFile.RUN_JSON.fileName()),
                        "it names " + named + " and so does " + others(runs, run)))));
        List<Head> heads = new ArrayList<>();
        chain.heads().forEach(run -> runJson(run).ifPresent(digest -> heads.add(new Head(run, digest))));
        if (expectedRunJson != null
                && subjects.keySet().stream().noneMatch(run -> runJson(run).equals(Optional.of(expectedRunJson)))) {
            findings.add(new Finding(
                    FindingCode.EXPECTED_MISSING, null, prefix + "runs/", "none with SHA-256 " + expectedRunJson));
        }
        if (!(scope instanceof AuditScope.AllRuns)) {
            return new Conclusion(List.of(), heads);
        }
        bucket().strays().forEach(key -> findings.add(new Finding(FindingCode.STRAY, null, key, "")));
        return new Conclusion(
                bucket().runs().entrySet().stream()
                        .filter(run -> !RunFolders.isPublished(run.getValue()) && !subjects.containsKey(run.getKey()))
                        .map(Map.Entry::getKey)
                        .toList(),
                heads);
    }

    private static String others(List<RunId> runs, RunId run) {
        return String.join(
                " ",
                runs.stream()
                        .filter(other -> !other.equals(run))
                        .map(RunId::value)
                        .toList());
    }

    private Chain chain(Map<RunId, RunFacts.Previous> previous) {
        Map<RunId, RunId> links = new HashMap<>();
        previous.forEach((run, named) -> links.put(run, named.runId()));
        return new Chain(subjects.keySet(), links);
    }

    private void holdLink(Subject subject, RunFacts.Previous previous, Findings findings) {
        String key = naming(subject).apply(RunFile.RUN_JSON.fileName());
        Optional<Sha256> digest = published.computeIfAbsent(previous.runId(), this::published);
        if (digest.isEmpty()) {
            findings.add(new Finding(
                    FindingCode.PREVIOUS_MISSING,
                    subject.run(),
                    key,
                    "it names " + previous.runId() + " as the run before"));
        } else if (!digest.get().equals(previous.runJsonSha256())) {
            findings.add(new Finding(
                    FindingCode.PREVIOUS_DIFFERS,
                    subject.run(),
                    key,
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

    private RunFacts.@Nullable Previous previous(RunId run) {
        return record(folder(run)).map(RunRecord::previous).orElse(null);
    }

    private Path folder(RunId run) {
        Path folder = subject(run).folder();
        return folder == null ? copiesOf(run) : folder;
    }

    private static Optional<RunRecord> record(Path folder) {
        Path file = folder.resolve(RunFile.RUN_JSON.fileName());
        try {
            return Files.isRegularFile(file) && Files.size(file) <= RunEvidence.LARGEST_DOCUMENT
                    ? Optional.of(RunRecord.read(Files.readAllBytes(file)))
                    : Optional.empty();
        } catch (MalformedRunJsonException isAFinding) {
            return Optional.empty();
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private Optional<Sha256> runJson(RunId run) {
        Path file = folder(run).resolve(RunFile.RUN_JSON.fileName());
        return Files.isRegularFile(file) ? digest(file) : Optional.empty();
    }

    /** Opens what the rows of all runs tell of objects. */
    ExpectedObjects expectedObjects() throws IOException {
        Map<RunId, RunFacts.Previous> previous = new HashMap<>();
        for (RunId run : subjects.keySet()) {
            RunFacts.Previous named = previous(run);
            if (named != null) {
                previous.put(run, named);
            }
        }
        List<Path> files = new ArrayList<>();
        for (RunId run : chain(previous).order()) {
            files.add(rows(run));
        }
        return ExpectedObjects.open(files, work.resolve("merged"));
    }

    private static StopException disk(Exception e) {
        return new StopException(
                "A file of a run cannot be read or copied (" + e.getMessage()
                        + "). Mend the disk or make room on it, and run the same command again to go on.",
                e);
    }

    /** The rows of a run that tell of objects, kept for later. */
    private static final class Kept implements AutoCloseable {
        private final BufferedWriter out;
        private long rows;

        Kept(Path file) throws IOException {
            this.out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII);
        }

        void add(ExpectedObject object) {
            try {
                out.append(object.line()).append('\n');
                rows++;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
