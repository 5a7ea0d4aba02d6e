package org.mediaarchiver.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.Audit;
import org.mediaarchiver.audit.AuditFolder;
import org.mediaarchiver.audit.AuditResult;
import org.mediaarchiver.audit.AuditScope;
import org.mediaarchiver.audit.Findings;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/** Sees audits through: a place for their results, a place to work in, and the audit itself. */
public final class Audits {
    private static final Logger log = LoggerFactory.getLogger(Audits.class);

    private final Settings.Reading settings;
    private final ObjectStore store;
    private final InstantSource clock;
    private final String version;

    Audits(Settings.Reading settings, ObjectStore store, InstantSource clock, String version) {
        this.settings = settings;
        this.store = store;
        this.clock = clock;
        this.version = version;
    }

    /**
     * Audits what is asked for.
     *
     * <p>The results are kept in the home, which need not be there before; where it cannot be written they are only returned.
     *
     * @throws ConfigurationException if the request does not go with the configuration
     * @throws StopException if there is no such run, or the store or the disk cannot be used
     */
    public AuditSummary audit(AuditRequest request) throws InterruptedException {
        AuditScope scope = request.scope(settings.storage());
        AuditExtent extent =
                request.extent().orSeed(RandomGenerator.getDefault().nextInt(1, 1_000_000));
        Instant start = clock.instant();
        RunId id = RunId.of(start, RandomGenerator.getDefault().nextInt());
        Path work = workFolder();
        try (AuditFolder kept = folder(id)) {
            Findings findings = AuditFolder.findings(kept);
            Audit audit = new Audit(
                    store,
                    settings.storage().prefix(),
                    settings.home().resolve("runs"),
                    work,
                    extent,
                    settings.concurrency());
            Audit.Looked looked = audit.look(scope, findings);
            Path folder = kept == null ? null : kept.path();
            AuditResult result = new AuditResult(id, extent, looked, findings, start, clock.instant(), folder);
            if (kept != null) {
                kept.finish(result, settings.storage().archive(), version);
            }
            return new AuditSummary(result);
        } catch (IOException e) {
            throw new StopException("The results of the audit cannot be written (" + e.getMessage() + ").", e);
        } finally {
            delete(work);
        }
    }

    private @Nullable AuditFolder folder(RunId id) {
        try {
            return AuditFolder.make(settings.home(), id);
        } catch (IOException e) {
            log.warn("The results are not kept, since {} cannot be written: {}", settings.home(), e.getMessage());
            return null;
        }
    }

    private static Path workFolder() {
        try {
            return Files.createTempDirectory("media-archiver-audit-");
        } catch (IOException e) {
            throw new StopException(
                    "There is no folder for temporary files (" + e.getMessage()
                            + "). Make one that this user may write, or name it with -Djava.io.tmpdir.",
                    e);
        }
    }

    private static void delete(Path work) {
        try {
            FileSystemUtils.deleteRecursively(work);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", work, e.getMessage());
        }
    }
}
