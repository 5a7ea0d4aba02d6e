package org.mediaarchiver.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.mediaarchiver.audit.RunFolders.InBucket;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunRecord;
import org.mediaarchiver.storage.ObjectStore;

/**
 * The published runs of a bucket, each believed only where its evidence holds: its mark, its {@code run.json}, what the run behind
 * it has recorded of it, and its manifest.
 *
 * <p>Changes nothing in the bucket. Not safe for use by several threads.
 */
public final class PublishedRuns {
    /** A manifest may be wrong in every line. */
    private static final int KEPT_OF_A_RUN = 20;

    private final RunFolders folders;
    private final String bucket;
    private final String prefix;
    private final Path work;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * @param prefix before every key, may be empty
     * @param work a folder for what is copied, which is there
     */
    public PublishedRuns(ObjectStore store, String prefix, Path work) {
        this.folders = new RunFolders(store, prefix, work);
        this.bucket = store.bucket();
        this.prefix = prefix;
        this.work = work;
    }

    /**
     * A run whose evidence holds so far.
     *
     * @param runJson the digest of its {@code run.json}
     */
    public record Published(RunRecord record, Sha256 runJson) {}

    /**
     * What the bucket has.
     *
     * @param runs that hold, the newest last
     * @param unfinished runs without a commit mark, which do not exist yet
     */
    public record Reading(Map<RunId, Published> runs, List<RunId> unfinished) {}

    /** Returns what does not hold, as far as it was looked at; the first of many that a manifest is to blame for. */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    /**
     * Reads what is told of all runs, but for their manifests.
     *
     * @param known digests of {@code run.json} of runs that are known to be published
     * @throws StopException if the store or the disk cannot be used, or a run is of another archive
     */
    public Reading read(Map<RunId, Sha256> known) {
        InBucket found = folders.inBucket();
        Map<RunId, Published> runs = new TreeMap<>(RunFolders.BY_START);
        Set<RunId> marked = new TreeSet<>(RunFolders.BY_START);
        List<RunId> unfinished = new ArrayList<>();
        found.runs().forEach((run, names) -> {
            if (RunFolders.isPublished(names)) {
                marked.add(run);
                published(run, names).ifPresent(published -> runs.put(run, published));
            } else {
                unfinished.add(run);
            }
        });
        List.copyOf(runs.values()).forEach(run -> holdChain(run, marked, runs));
        known.forEach((run, digest) -> hold(run, digest, marked, runs));
        return new Reading(runs, unfinished);
    }

    private Optional<Published> published(RunId run, Set<String> names) {
        Path folder = work.resolve(run.value());
        try {
            folders.fetch(
                    run,
                    names.stream()
                            .filter(name -> name.equals(RunFile.RUN_JSON.fileName())
                                    || name.equals(RunFile.RUN_JSON_SHA256.fileName()))
                            .collect(Collectors.toSet()),
                    folder);
            List<Finding> own = new ArrayList<>();
            RunRecord record = evidence(run, folder, names, own).checkRunJson().orElse(null);
            findings.addAll(own);
            if (record == null || !own.isEmpty()) {
                return Optional.empty();
            }
            requireThisBucket(record);
            return Optional.of(new Published(record, RunEvidence.digest(folder.resolve(RunFile.RUN_JSON.fileName()))));
        } catch (IOException e) {
            throw disk(e);
        } finally {
            discard(folder);
        }
    }

    private RunEvidence evidence(RunId run, Path folder, Set<String> names, List<Finding> own) {
        Findings first = finding -> {
            if (own.size() < KEPT_OF_A_RUN) {
                own.add(finding);
            }
        };
        return new RunEvidence(run, folder, names, name -> folders.key(run, name), prefix, first, expected -> {});
    }

    private void requireThisBucket(RunRecord record) {
        if (!record.bucket().equals(bucket)) {
            throw new StopException("Run " + record.runId() + " was archived in the bucket " + record.bucket()
                    + ". Set archiver.storage.bucket to it and try again.");
        }
    }

    private void holdChain(Published run, Set<RunId> marked, Map<RunId, Published> runs) {
        RunFacts.Previous previous = run.record().previous();
        if (previous == null) {
            return;
        }
        RunId id = run.record().runId();
        Published before = runs.get(previous.runId());
        if (!marked.contains(previous.runId())) {
            find(FindingCode.PREVIOUS_MISSING, id, "it names " + previous.runId() + " as the run before");
        } else if (before != null && !before.runJson().equals(previous.runJsonSha256())) {
            find(FindingCode.PREVIOUS_DIFFERS, id, "run.json of " + previous.runId() + " has " + before.runJson());
            runs.remove(previous.runId());
        }
    }

    private void hold(RunId run, Sha256 known, Set<RunId> marked, Map<RunId, Published> runs) {
        Published there = runs.get(run);
        if (!marked.contains(run)) {
            find(FindingCode.COPY_MISSING, run, "the home knows the run as published");
        } else if (there != null && !there.runJson().equals(known)) {
            find(FindingCode.COPY_DIFFERS, run, "the home knows it with " + known);
            runs.remove(run);
        }
    }

    private void find(FindingCode code, RunId run, String what) {
        findings.add(new Finding(code, run, folders.key(run, RunFile.RUN_JSON.fileName()), what));
    }

    /**
     * Copies the manifest of a run, and returns the copy where it holds; {@link #discard(RunId)} deletes it.
     *
     * @throws StopException if the store or the disk cannot be used
     */
    public Optional<Path> manifest(Published run) {
        RunId id = run.record().runId();
        Path folder = work.resolve(id.value());
        String name = RunFile.MANIFEST_CSV.fileName();
        try {
            Set<String> names = folders.inBucket(id).names(id);
            if (names.contains(name)) {
                folders.fetch(id, Set.of(name), folder);
            }
            List<Finding> own = new ArrayList<>();
            evidence(id, folder, names, own).checkManifest(run.record());
            findings.addAll(own);
            return own.isEmpty() ? Optional.of(folder.resolve(name)) : Optional.empty();
        } catch (IOException e) {
            throw disk(e);
        }
    }

    /** Deletes what was copied of a run. */
    public void discard(RunId run) {
        discard(work.resolve(run.value()));
    }

    private static void discard(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try {
            for (String name : RunFolders.names(folder)) {
                Files.delete(folder.resolve(name));
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private static StopException disk(IOException e) {
        return new StopException(
                "A file of a run cannot be copied (" + e.getMessage()
                        + "). Mend the disk or make room on it, and try again.",
                e);
    }
}
