package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.AuditScope;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.manifest.RunFile;

/** What the operator wants audited, and how closely. */
public final class AuditRequest {
    private static final Pattern OBJECT = Pattern.compile("s3://([^/]+)/(.+)");
    private static final Pattern MANIFEST =
            Pattern.compile("(.*?)runs/dt=[0-9]{4}-[0-9]{2}-[0-9]{2}/([^/]+)/manifest\\.csv");

    private final Runs runs;
    private final AuditExtent extent;
    private final @Nullable Sha256 expected;
    private final AuditWorkplace.Start start;

    private AuditRequest(Runs runs, AuditExtent extent, @Nullable Sha256 expected, AuditWorkplace.Start start) {
        this.runs = runs;
        this.extent = extent;
        this.expected = expected;
        this.start = start;
    }

    private static AuditRequest of(Runs runs, AuditExtent extent) {
        return new AuditRequest(runs, extent, null, AuditWorkplace.Start.RESUME);
    }

    /** Asks for the newest published run. */
    public static AuditRequest ofNewestRun(AuditExtent extent) {
        return of(storage -> new AuditScope.Newest(), extent);
    }

    /** Asks for one run. */
    public static AuditRequest ofRun(RunId run, AuditExtent extent) {
        return of(storage -> new AuditScope.OneRun(run), extent);
    }

    /** Asks for every run. */
    public static AuditRequest ofAllRuns(AuditExtent extent) {
        return of(storage -> new AuditScope.AllRuns(), extent);
    }

    /** Asks for the run with this manifest, a path or an {@code s3://} URL. */
    public static AuditRequest ofManifest(String location, AuditExtent extent) {
        return of(storage -> manifest(location, storage), extent);
    }

    /** Asks also that one of the runs has the {@code run.json} with this digest. */
    public AuditRequest expecting(Sha256 runJson) {
        return new AuditRequest(runs, extent, runJson, start);
    }

    /** Asks not to go on with an audit that was interrupted. */
    public AuditRequest anew() {
        return new AuditRequest(runs, extent, expected, AuditWorkplace.Start.ANEW);
    }

    /** Says which runs, once it is known where the archive is. */
    private interface Runs {
        AuditScope in(Settings.Storage storage);
    }

    AuditExtent extent() {
        return extent;
    }

    @Nullable
    Sha256 expected() {
        return expected;
    }

    AuditWorkplace.Start start() {
        return start;
    }

    /**
     * Returns the request in words that are the same for the same request to the same archive, on one line.
     *
     * @throws ConfigurationException if the manifest named is not one of the archive that is configured
     */
    String words(Settings.Storage storage) {
        return Stream.of(scope(storage), extent, expected, storage.endpoint(), storage.bucket(), storage.prefix())
                .map(part -> Text.percentEncoded(String.valueOf(part)))
                .collect(Collectors.joining(" "));
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
