package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mediaarchiver.audit.AuditScope;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.manifest.RunFile;

/** What the operator wants audited, and how closely. */
public final class AuditRequest {
    private static final Pattern OBJECT = Pattern.compile("s3://([^/]+)/(.+)");
    private static final Pattern MANIFEST =
            Pattern.compile("(.*?)runs/dt=[0-9]{4}-[0-9]{2}-[0-9]{2}/([^/]+)/manifest\\.csv");

    private final Runs runs;
    private final AuditExtent extent;

    private AuditRequest(Runs runs, AuditExtent extent) {
        this.runs = runs;
        this.extent = extent;
    }

    /** Asks for the newest published run. */
    public static AuditRequest ofNewestRun(AuditExtent extent) {
        return new AuditRequest(storage -> new AuditScope.Newest(), extent);
    }

    /** Asks for one run. */
    public static AuditRequest ofRun(RunId run, AuditExtent extent) {
        return new AuditRequest(storage -> new AuditScope.OneRun(run), extent);
    }

    /** Asks for every run. */
    public static AuditRequest ofAllRuns(AuditExtent extent) {
        return new AuditRequest(storage -> new AuditScope.AllRuns(), extent);
    }

    /** Asks for the run with this manifest, a path or an {@code s3://} URL. */
    public static AuditRequest ofManifest(String location, AuditExtent extent) {
        return new AuditRequest(storage -> manifest(location, storage), extent);
    }

    /** Says which runs, once it is known where the archive is. */
    private interface Runs {
        AuditScope in(Settings.Storage storage);
    }

    AuditExtent extent() {
        return extent;
    }

    /** @throws ConfigurationException if the manifest named is not one of the archive that is configured */
    AuditScope scope(Settings.Storage storage) {
        return runs.in(storage);
    }

    private static AuditScope manifest(String location, Settings.Storage storage) {
        Matcher object = OBJECT.matcher(location);
        if (object.matches()) {
            return inBucket(location, object.group(1), object.group(2), storage);
        }
        Path path = Path.of(location).toAbsolutePath().normalize();
        Path folder = path.getParent();
        if (folder == null || !path.endsWith(RunFile.MANIFEST_CSV.fileName())) {
            throw fault(location, "is no manifest.csv: name the one in the folder of a run.");
        }
        return new AuditScope.InFolder(folder);
    }

    private static AuditScope inBucket(String location, String bucket, String key, Settings.Storage storage) {
        if (!bucket.equals(storage.bucket())) {
            throw fault(
                    location, "is in another bucket: set " + SettingsReader.Key.BUCKET.key() + " to " + bucket + ".");
        }
        Matcher parts = MANIFEST.matcher(key);
        Optional<RunId> run = parts.matches() && RunId.isRunId(parts.group(2))
                ? Optional.of(new RunId(parts.group(2)))
                : Optional.empty();
        if (run.isEmpty()) {
            throw fault(location, "is no manifest of a run: name one as s3://bucket/runs/dt=.../{run}/manifest.csv.");
        }
        if (!parts.group(1).equals(storage.prefix())) {
            throw fault(
                    location,
                    "is under another prefix: set " + SettingsReader.Key.PREFIX.key() + " to '" + parts.group(1)
                            + "'.");
        }
        return new AuditScope.InBucket(run.get());
    }

    private static ConfigurationException fault(String location, String what) {
        return new ConfigurationException(List.of("--manifest " + location + " " + what));
    }
}
