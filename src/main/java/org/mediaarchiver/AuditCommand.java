package org.mediaarchiver;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.AuditRequest;
import org.mediaarchiver.batch.AuditSummary;
import org.mediaarchiver.batch.Audits;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Slice;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

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

    @Option(
            names = "--slice",
            paramLabel = "k/n",
            converter = SliceOption.class,
            description =
                    "Look at one of n parts of the objects, 3/7 for the third of seven. An object is always in the"
                            + " same part, so n nights with k from 1 to n look at every one.")
    private @Nullable Slice slice;

    @Option(
            names = "--sample",
            paramLabel = "N",
            converter = SampleOption.class,
            description = "Look at N objects drawn at random, and tell what may be claimed of the others: 299 without a"
                    + " fault mean that fewer than 1 %% of them all are bad, 2995 fewer than 0.1 %%, at 95 %%"
                    + " confidence.")
    private @Nullable Sample sample;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Draw the sample that was drawn with this number before (default: another one each time).")
    private @Nullable Long seed;

    @Option(
            names = "--expect",
            paramLabel = "SHA256",
            converter = DigestOption.class,
            description =
                    "Expect that one of the audited runs has the run.json with this digest, which a run prints last:"
                            + " only so can it be seen that the newest runs are gone.")
    private @Nullable Sha256 expected;

    @Option(
            names = "--new",
            description =
                    "Start a new audit where one that was interrupted less than a week ago would be gone on with.")
    private boolean startNew;

    @Option(
            names = "--progress",
            paramLabel = "auto|plain|none",
            defaultValue = "auto",
            description = "A bar on a terminal and else a line every 30 s (auto), always lines, or nothing.")
    private ProgressOption progress = ProgressOption.AUTO;

    /** Reads a slice. */
    static final class SliceOption implements ITypeConverter<Slice> {
        @Override
        public Slice convert(String text) {
            try {
                return Slice.parse(text);
            } catch (IllegalArgumentException e) {
                throw refused("'%s' is no slice, such as 3/7, of at most 10000".formatted(text), e);
            }
        }
    }

    /** Reads the size of a sample. */
    static final class SampleOption implements ITypeConverter<Sample> {
        @Override
        public Sample convert(String text) {
            try {
                return new Sample(Integer.parseInt(text), null);
            } catch (IllegalArgumentException e) {
                throw refused("'%s' is no whole number from 1 to 1000000".formatted(text), e);
            }
        }
    }

    /** Reads a digest. */
    static final class DigestOption implements ITypeConverter<Sha256> {
        @Override
        public Sha256 convert(String text) {
            try {
                return new Sha256(text);
            } catch (IllegalArgumentException e) {
                throw refused("'%s' is no SHA-256 in 64 lower-case hexadecimal digits".formatted(text), e);
            }
        }
    }

    private static TypeConversionException refused(String message, IllegalArgumentException cause) {
        TypeConversionException refused = new TypeConversionException(message);
        refused.initCause(cause);
        return refused;
    }

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
        AuditRequest request = runs();
        if (expected != null) {
            request = request.expecting(expected);
        }
        if (startNew) {
            request = request.anew();
        }
        try (ArchiverContext context = ArchiverContext.forAudit(configuration, request)) {
            AuditSummary summary = context.bean(Audits.class).audit(progress.style());
            spec.commandLine().getOut().println(summary.text());
            spec.commandLine().getOut().flush();
            return exitCode(summary).code();
        }
    }

    private AuditRequest runs() {
        AuditExtent extent = extent();
        if (runs.run != null) {
            if (!RunId.isRunId(runs.run)) {
                throw new ParameterException(
                        spec.commandLine(), "--run takes the id of a run, such as 20261123T020000Z-7f3a9c.");
            }
            return AuditRequest.ofRun(new RunId(runs.run), extent);
        }
        if (runs.manifest != null) {
            return AuditRequest.ofManifest(runs.manifest, extent);
        }
        return runs.all ? AuditRequest.ofAllRuns(extent) : AuditRequest.ofNewestRun(extent);
    }

    private AuditExtent extent() {
        if (seed != null && sample == null) {
            throw new ParameterException(spec.commandLine(), "--seed goes with --sample.");
        }
        if (mode == AuditMode.MANIFEST && (slice != null || sample != null)) {
            throw new ParameterException(
                    spec.commandLine(), "--slice and --sample choose objects, and --mode manifest looks at none.");
        }
        Sample drawn = sample == null || seed == null ? sample : sample.orSeed(seed);
        return new AuditExtent(mode, slice, drawn);
    }

    private static ExitCode exitCode(AuditSummary summary) {
        if (summary.isEvidenceBroken()) {
            return ExitCode.EVIDENCE;
        }
        return summary.hasFindings() ? ExitCode.DIFFERENCES : ExitCode.OK;
    }
}
