package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.MalformedManifestException;
import org.mediaarchiver.manifest.MalformedRunJsonException;
import org.mediaarchiver.manifest.ManifestReader;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.manifest.RunMark;
import org.mediaarchiver.manifest.RunRecord;
import org.mediaarchiver.manifest.RunRows;

/** Holds the files of one run, in a local folder, against each other: the mark, what it vouches for, and what follows from that. */
final class RunEvidence {
    /** More than any number of files and reasons can fill. */
    static final long LARGEST_DOCUMENT = 16 * 1024 * 1024;

    private static final List<MediaType> TYPES = List.of(MediaType.values());

    private final RunId run;
    private final Path folder;
    private final Function<String, String> naming;
    private final String prefix;
    private final KeyLayout keys;
    private final Findings findings;
    private final Set<String> names;
    private final Consumer<ExpectedObject> expected;
    private boolean rowsAreWhole;

    /**
     * @param folder where its files are, or copies of them
     * @param names of all its files, those included whose bytes are not in the folder since nobody lists them
     * @param naming makes of a file's name what findings call it: its path or its key
     * @param prefix before every key of this archive
     * @param expected takes the objects that the rows tell of, by key
     */
    RunEvidence(
            RunId run,
            Path folder,
            Set<String> names,
            Function<String, String> naming,
            String prefix,
            Findings findings,
            Consumer<ExpectedObject> expected) {
        this.run = run;
        this.folder = folder;
        this.naming = naming;
        this.prefix = prefix;
        this.keys = new KeyLayout(prefix);
        this.findings = findings;
        this.expected = expected;
        this.names = names;
    }

    /**
     * Checks all that can be checked.
     *
     * @throws StopException if the files cannot be read, or are of an archive with another prefix
     */
    void check() {
        try {
            RunRecord record = runJson().orElse(null);
            if (record != null) {
                files(record);
            }
            rowsAreWhole = record != null && names.contains(RunFile.MANIFEST_CSV.fileName());
            if (names.contains(RunFile.MANIFEST_CSV.fileName())) {
                new RunRows(folder, record, new RowFindings(record)).check();
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Checks the mark and {@code run.json} alone, and returns what the latter says.
     *
     * @throws StopException as {@link #check} does
     */
    Optional<RunRecord> checkRunJson() {
        try {
            return runJson();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Checks {@code manifest.csv} alone.
     *
     * @param record what the run's {@code run.json} says, which holds
     * @throws StopException as {@link #check} does
     */
    void checkManifest(RunRecord record) {
        Path manifest = folder.resolve(RunFile.MANIFEST_CSV.fileName());
        Optional<RunRecord.ListedFile> listed = record.files().stream()
                .filter(file -> file.name().equals(RunFile.MANIFEST_CSV.fileName()))
                .findFirst();
        if (listed.isEmpty()) {
            find(FindingCode.FILE_NOT_LISTED, RunFile.MANIFEST_CSV, "not in the list");
            return;
        }
        try {
            file(listed.get());
            if (Files.isRegularFile(manifest)) {
                readRows(manifest, new RowFindings(record));
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static void readRows(Path manifest, RowFindings rows) throws IOException {
        try (ManifestReader reader = new ManifestReader(Files.newInputStream(manifest))) {
            boolean more = true;
            while (more) {
                try {
                    ManifestRow row = reader.read();
                    more = row != null;
                    if (row != null) {
                        rows.row(row, reader.line());
                    }
                } catch (MalformedManifestException e) {
                    rows.malformed(e);
                }
            }
        }
    }

    private StopException unreadable(IOException e) {
        return new StopException(
                "The files of run " + run + " in " + folder + " cannot be read (" + e.getMessage()
                        + "). Make them readable for this user and try again.",
                e);
    }

    /** Tells whether every row that the run wrote could be read. */
    boolean rowsAreWhole() {
        return rowsAreWhole;
    }

    private Optional<RunRecord> runJson() throws IOException {
        Optional<Sha256> mark = mark();
        Optional<byte[]> json = document(RunFile.RUN_JSON, FindingCode.NO_RUN_JSON, FindingCode.RUN_JSON_FORM);
        if (json.isEmpty()) {
            return Optional.empty();
        }
        Sha256 digest = Sha256.of(json.get());
        if (mark.isPresent() && !mark.get().equals(digest)) {
            find(FindingCode.MARK_DIFFERS, RunFile.RUN_JSON, "the mark names " + mark.get() + " and it has " + digest);
        }
        try {
            RunRecord record = RunRecord.read(json.get());
            if (!record.runId().equals(run)) {
                find(FindingCode.OTHER_RUN, RunFile.RUN_JSON, "it says " + record.runId());
            }
            if (mark.isPresent()
                    && mark.get().equals(digest)
                    && !record.prefix().equals(prefix)) {
                throw new StopException("Run " + run + " was archived under the prefix '" + record.prefix()
                        + "'. Set archiver.storage.prefix to it and try again.");
            }
            return Optional.of(record);
        } catch (MalformedRunJsonException e) {
            FindingCode code = switch (e.kind()) {
                case FORMAT -> FindingCode.FORMAT_UNKNOWN;
                case CONTENT -> FindingCode.RUN_JSON_FORM;
            };
            find(code, RunFile.RUN_JSON, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<Sha256> mark() throws IOException {
        Optional<byte[]> bytes = document(RunFile.RUN_JSON_SHA256, FindingCode.NO_MARK, FindingCode.MARK_FORM);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        Optional<Sha256> mark = RunMark.read(bytes.get());
        if (mark.isEmpty()) {
            find(FindingCode.MARK_FORM, RunFile.RUN_JSON_SHA256, bytes.get().length + " bytes of something else");
        }
        return mark;
    }

    private Optional<byte[]> document(RunFile file, FindingCode missing, FindingCode malformed) throws IOException {
        Path path = folder.resolve(file.fileName());
        if (!Files.isRegularFile(path)) {
            find(missing, file, "not there");
            return Optional.empty();
        }
        if (Files.size(path) > LARGEST_DOCUMENT) {
            find(malformed, file, Files.size(path) + " bytes are more than it can have");
            return Optional.empty();
        }
        return Optional.of(Files.readAllBytes(path));
    }

    private void files(RunRecord record) throws IOException {
        Set<String> expected = new HashSet<>();
        Stream.of(RunFile.RUN_JSON, RunFile.RUN_JSON_SHA256)
                .map(RunFile::fileName)
                .forEach(expected::add);
        for (RunRecord.ListedFile listed : record.files()) {
            expected.add(listed.name());
            file(listed);
        }
        names.stream()
                .filter(name -> !expected.contains(name))
                .forEach(name -> find(FindingCode.FILE_UNLISTED, name, "not in the list"));
        // SHA256SUMS is left out where nothing is stored; its absence shows when it is held against the rows. A page
        // proves nothing.
        List.of(RunFile.MANIFEST_CSV, RunFile.MANIFEST_JSONL, RunFile.REJECTS_CSV, RunFile.DATAPACKAGE_JSON).stream()
                .filter(file -> !expected.contains(file.fileName()))
                .forEach(file -> find(FindingCode.FILE_NOT_LISTED, file, "not in the list"));
    }

    private void file(RunRecord.ListedFile listed) throws IOException {
        Path path = folder.resolve(listed.name());
        if (!Files.isRegularFile(path)) {
            find(FindingCode.FILE_MISSING, listed.name(), "not there");
            return;
        }
        long size = Files.size(path);
        if (size != listed.bytes()) {
            find(FindingCode.FILE_SIZE, listed.name(), "%d bytes where %d are listed".formatted(size, listed.bytes()));
            return;
        }
        Sha256 digest = digest(path);
        if (!digest.equals(listed.sha256())) {
            find(FindingCode.FILE_DIGEST, listed.name(), digest + " where " + listed.sha256() + " is listed");
        }
    }

    static Sha256 digest(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return digest(in);
        }
    }

    static Sha256 digest(InputStream in) throws IOException {
        try (DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), Sha256.newDigest())) {
            in.transferTo(out);
            return Sha256.ofDigest(out.getMessageDigest().digest());
        }
    }

    private final class RowFindings implements RunRows.Sink {
        private final @Nullable RunRecord record;

        RowFindings(@Nullable RunRecord record) {
            this.record = record;
        }

        @Override
        public void row(ManifestRow row, long line) {
            if (!row.runId().equals(run)) {
                find(FindingCode.ROW_OF_OTHER_RUN, RunFile.MANIFEST_CSV, "line " + line + ": of run " + row.runId());
            }
            if (row.status() != Status.STORED) {
                return;
            }
            if (isInPlace(row)) {
                expected.accept(ExpectedObject.of(row));
            } else {
                rowsAreWhole = false;
                find(
                        FindingCode.ROW_KEY,
                        RunFile.MANIFEST_CSV,
                        "line " + line + ": " + row.bucket() + " " + row.key() + " of " + row.contentType());
            }
        }

        @Override
        public void malformed(MalformedManifestException fault) {
            rowsAreWhole = false;
            FindingCode code = switch (fault.kind()) {
                case HEADER -> FindingCode.HEADER;
                case FORM -> FindingCode.ROW_FORM;
                case VALUE -> FindingCode.ROW_VALUE;
                case ORDER -> FindingCode.ROW_ORDER;
                case DUPLICATE -> FindingCode.ROW_TWICE;
                case CUT -> FindingCode.MANIFEST_CUT;
            };
            find(code, RunFile.MANIFEST_CSV, "line " + fault.line() + ": " + fault.fault());
        }

        @Override
        public void fault(RunFile file, long line, String what) {
            boolean knownToBeMissing = file != RunFile.SHA256SUMS && !names.contains(file.fileName());
            if (!knownToBeMissing && !isListedButMissing(file)) {
                find(code(file), file, line == 0 ? what : "line " + line + ": " + what);
            }
        }

        /** Tells whether the row's object has the bucket of the run and the key that follows from the row. */
        private boolean isInPlace(ManifestRow row) {
            boolean isElsewhere = record != null && !record.bucket().equals(row.bucket());
            return !isElsewhere
                    && TYPES.stream()
                            .filter(type -> type.contentType().equals(row.contentType()))
                            .anyMatch(type ->
                                    keys.key(row.taskId(), row.role(), type).equals(row.key()));
        }

        private boolean isListedButMissing(RunFile file) {
            return record != null
                    && !names.contains(file.fileName())
                    && record.files().stream().anyMatch(listed -> listed.name().equals(file.fileName()));
        }

        private static FindingCode code(RunFile file) {
            return switch (file) {
                case MANIFEST_JSONL -> FindingCode.JSONL_DIFFERS;
                case SHA256SUMS -> FindingCode.SUMS_DIFFER;
                case REJECTS_CSV -> FindingCode.REJECTS_DIFFER;
                case RUN_JSON -> FindingCode.COUNTS_DIFFER;
                case MANIFEST_CSV, REPORT_HTML, DATAPACKAGE_JSON, RUN_JSON_SHA256 ->
                    throw new IllegalArgumentException(file + " does not follow from the rows");
            };
        }
    }

    private void find(FindingCode code, RunFile file, String what) {
        find(code, file.fileName(), what);
    }

    private void find(FindingCode code, String name, @Nullable String what) {
        findings.add(new Finding(code, run, naming.apply(name), String.valueOf(what)));
    }
}
