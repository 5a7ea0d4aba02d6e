package org.mediaarchiver;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.AuditRequest;
import org.mediaarchiver.batch.AuditSummary;
import org.mediaarchiver.batch.Audits;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds manifests against the bucket. */
@Command(
        name = "audit",
        description = {
            "Holds manifests against the bucket, and changes nothing: first whether the run files hold by themselves,"
                    + " then whether every object is the one that was stored.",
            "Without --run, --all or --manifest the newest published run of the home is audited, or of the bucket where"
                    + " the home has none. It needs the right to read the bucket, no token and no home."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class AuditCommand implements Callable<Integer> {
    private final List<String> configuration;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(exclusive = true)
    private Runs runs = new Runs();

    @Option(
            names = "--mode",
            paramLabel = "manifest|list|head|read",
            defaultValue = "head",
            description = "How closely to look, each mode including those before it: the run files alone; size and ETag"
                    + " by the listing; also store checksum and version, by a HEAD of every object (default: head);"
                    + " every byte. Only read sees bytes that rotted under an intact checksum.")
    private AuditMode mode = AuditMode.HEAD;

    /** Which runs; one of the options at the most. */
    static final class Runs {
        @Option(names = "--run", paramLabel = "ID", description = "Audit this run.")
        private @Nullable String run;

        @Option(
                names = "--all",
                description = "Audit every run, the newest row of an object counting; only this finds objects that no"
                        + " manifest tells of.")
        private boolean all;

        @Option(
                names = "--manifest",
                paramLabel = "FILE",
                description = "Audit the run with this manifest.csv: a path, or s3://bucket/key for the bucket's own"
                        + " files.")
        private @Nullable String manifest;
    }

    AuditCommand(List<String> configuration) {
        this.configuration = configuration;
    }

    @Override
    public Integer call() throws Exception {
        AuditRequest request = request();
        try (ArchiverContext context = ArchiverContext.forAudit(configuration)) {
            AuditSummary summary = context.bean(Audits.class).audit(request);
            spec.commandLine().getOut().println(summary.text());
            spec.commandLine().getOut().flush();
            return exitCode(summary).code();
        }
    }

    private AuditRequest request() {
        if (runs.run != null) {
            if (!RunId.isRunId(runs.run)) {
                throw new ParameterException(
                        spec.commandLine(), "--run takes the id of a run, such as 20261123T020000Z-7f3a9c.");
            }
            return AuditRequest.ofRun(new RunId(runs.run), mode);
        }
        if (runs.manifest != null) {
            return AuditRequest.ofManifest(runs.manifest, mode);
        }
        return runs.all ? AuditRequest.ofAllRuns(mode) : AuditRequest.ofNewestRun(mode);
    }

    private static ExitCode exitCode(AuditSummary summary) {
        if (summary.isEvidenceBroken()) {
            return ExitCode.EVIDENCE;
        }
        return summary.hasFindings() ? ExitCode.DIFFERENCES : ExitCode.OK;
    }
}
