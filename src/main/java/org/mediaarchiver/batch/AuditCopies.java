package org.mediaarchiver.batch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.AuditRecord;
import org.mediaarchiver.audit.FindingReader;
import org.mediaarchiver.audit.MalformedAuditException;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.Run;

/** Finds the results of an audit, holds them against their mark and the archive, and copies the findings into the home. */
final class AuditCopies {
    private static final String JSON = "audit.json";
    private static final String MARK = "audit.json.sha256";
    private static final Set<String> NAMES = Set.of(JSON, MARK, "audit.jsonl", "audit.csv");
    private static final int LARGEST_DOCUMENT = 64 * 1024 * 1024;

    private final Settings.Storage storage;
    private final Home home;
    private final InputCopies inputs;

    AuditCopies(Settings.Storage storage, Home home, InputCopies inputs) {
        this.storage = storage;
        this.home = home;
        this.inputs = inputs;
    }

    /**
     * The findings of an audit that no run owns yet.
     *
     * @param input the copy
     * @param lines how many findings there are
     */
    record Copy(InputCopies.Copy input, AuditRecord audit, long lines) {}

    /**
     * Copies the findings of an audit.
     *
     * @param audit its id, one of its files as a path or an {@code s3://} URL, or null for the newest one of the home
     * @throws ConfigurationException if there is no such audit, or it is one of another archive
     * @throws StopException if it cannot be read, or is not what an audit wrote
     */
    Copy copy(@Nullable String audit) {
        String place = place(audit);
        try {
            AuditRecord record = AuditRecord.read(document(place, JSON), document(place, MARK));
            requireThisArchive(place, record);
            InputCopies.Copy copy = findings(place, record);
            return new Copy(copy, record, readThrough(copy.file()));
        } catch (NoSuchFileException e) {
            throw new ConfigurationException(
                    List.of("There is no finished audit at " + place + ": it has no " + JSON + " with its mark."));
        } catch (MalformedAuditException e) {
            throw new StopException(
                    "The audit at " + place + " cannot be relied upon: " + e.getMessage()
                            + ". Nothing was repaired: audit again.",
                    e);
        } catch (IOException e) {
            throw new StopException(
                    "The audit at " + place + " cannot be read (" + e.getMessage()
                            + "). Check the path and its permissions.",
                    e);
        }
    }

    /** Returns what is before the names of an audit's files. */
    private String place(@Nullable String audit) {
        if (audit == null) {
            return newest() + "/";
        }
        if (RunId.isRunId(audit)) {
            Path folder = home.path().resolve("audits").resolve(audit);
            String inBucket = "s3://" + storage.bucket() + "/" + storage.prefix() + "audits/dt="
                    + new RunId(audit).day() + "/" + audit;
            return (Files.exists(folder) ? folder.toString() : inBucket) + "/";
        }
        int name = audit.lastIndexOf('/') + 1;
        if (!NAMES.contains(audit.substring(name))) {
            throw new ConfigurationException(List.of("--audit " + audit
                    + " is no audit: give the id of one, or the path or s3:// URL of its " + JSON + "."));
        }
        return name == 0 ? "./" : audit.substring(0, name);
    }

    private Path newest() {
        Path audits = home.path().resolve("audits");
        try (Stream<Path> folders = Files.list(audits)) {
            return folders.filter(folder ->
                            RunId.isRunId(String.valueOf(folder.getFileName())) && Files.exists(folder.resolve(MARK)))
                    .max(Comparator.comparing(AuditCopies::start).thenComparingLong(AuditCopies::finish))
                    .orElseThrow(() -> new ConfigurationException(List.of("There is no finished audit in " + audits
                            + ": run audit first, or name one with --audit.")));
        } catch (IOException e) {
            throw new StopException("The folder " + audits + " cannot be read. Make it readable for this user.", e);
        }
    }

    /** An id tells the second in which its audit began, and then nothing. */
    private static String start(Path folder) {
        return String.valueOf(folder.getFileName()).substring(0, "20261123T020000Z".length());
    }

    private static long finish(Path folder) {
        return folder.resolve(MARK).toFile().lastModified();
    }

    private byte[] document(String place, String name) throws IOException {
        try (InputStream in = inputs.open(place + name)) {
            byte[] bytes = in.readNBytes(LARGEST_DOCUMENT + 1);
            if (bytes.length > LARGEST_DOCUMENT) {
                throw new IOException(name + " is larger than any audit's");
            }
            return bytes;
        }
    }

    private void requireThisArchive(String place, AuditRecord record) {
        if (!record.bucket().equals(storage.bucket()) || !record.prefix().equals(storage.prefix())) {
            throw new ConfigurationException(List.of("The audit at " + place + " is one of bucket " + record.bucket()
                    + " and prefix '" + record.prefix() + "': set " + SettingsReader.Key.BUCKET.key() + " and "
                    + SettingsReader.Key.PREFIX.key() + " to them, or name an audit of this archive."));
        }
    }

    private InputCopies.Copy findings(String place, AuditRecord record) throws IOException {
        String name = record.findings().name();
        Path copy = home.inputs().resolve("incoming");
        MessageDigest digest = Sha256.newDigest();
        try (InputStream in = inputs.open(place + name);
                OutputStream out = new DigestOutputStream(Files.newOutputStream(copy), digest)) {
            in.transferTo(out);
        }
        Sha256 sha256 = Sha256.ofDigest(digest.digest());
        if (!sha256.equals(record.findings().sha256())) {
            throw new StopException("The audit at " + place + " cannot be relied upon: " + name
                    + " does not have the digest that " + JSON + " names. Nothing was repaired: audit again.");
        }
        return new InputCopies.Copy(copy, new Run.Input(InputCopies.name(place + name), Files.size(copy), sha256));
    }

    /** A file that cannot be read to its end must not become a run that can never be finished. */
    private long readThrough(Path copy) throws IOException {
        long lines = 0;
        try (FindingReader reader =
                new FindingReader(new BufferedInputStream(Files.newInputStream(copy)), storage.prefix())) {
            while (reader.next() != null) {
                lines++;
            }
        }
        return lines;
    }
}
