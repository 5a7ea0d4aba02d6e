package org.mediaarchiver;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.batch.ArchiveRequest;
import org.mediaarchiver.batch.ArchiveRequest.Choice;
import org.mediaarchiver.batch.ArchiveRuns;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.DryRun;
import org.mediaarchiver.batch.InterruptedRunException;
import org.mediaarchiver.batch.RunMonitor;
import org.mediaarchiver.batch.RunSummary;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.StopException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The main job: task ids in, media in the bucket, a manifest out. */
@Command(
        name = "archive",
        description = "Archives the tasks that FILE names, and those that earlier runs of the job left for later.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ArchiveCommand implements Callable<Integer> {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,4})(s|m|h|d)");

    private final List<String> configuration;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "CSV of task ids, plain or gzip: a path, - for standard input, or s3://bucket/key."
                    + " Without it only what is carried over is taken up.")
    private @Nullable String file;

    @Option(
            names = "--job",
            paramLabel = "NAME",
            defaultValue = "archive",
            description = "Name of the line of runs; nightly and backfill runs have their own (default: archive).")
    private String job = "archive";

    @Option(
            names = "--column",
            paramLabel = "NAME",
            defaultValue = "task_id",
            description = "Name of the id column, in any case (default: task_id).")
    private String column = "task_id";

    @Option(
            names = "--limit",
            paramLabel = "N",
            converter = Limit.class,
            description = "Ask about N tasks at the most; the rest is left to a later run that names it.")
    private @Nullable Long limit;

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            description =
                    "Go on asking for tasks that are not ready for this long, 30m for example (default: ask once).")
    private @Nullable String wait;

    @Option(
            names = "--finish-by",
            paramLabel = "HH:MM",
            converter = TimeOfDay.class,
            description = "Begin no task that would not be done by this time, as it comes next on this machine's clock;"
                    + " the rest is left to the next run.")
    private @Nullable LocalTime finishBy;

    @Option(
            names = "--dry-run",
            description = "Only plan: ask the task service and the media hosts' headers, download and store nothing.")
    private boolean dryRun;

    @Option(names = "--new", description = "Start a new run where an unfinished one would be resumed.")
    private boolean startNew;

    @Option(names = "--retry-failed", description = "Take up again what failed for good in earlier runs.")
    private boolean retryFailed;

    @Option(names = "--full-manifest", description = "List in the manifest what earlier runs archived as well.")
    private boolean fullManifest;

    @Option(names = "--strict", description = "Exit with 3 where tasks are not ready and left for the next run.")
    private boolean strict;

    @Option(
            names = "--progress",
            paramLabel = "auto|plain|none",
            defaultValue = "auto",
            description = "A bar on a terminal and else a line every 30 s (auto), always lines, or nothing.")
    private ProgressOption progress = ProgressOption.AUTO;

    /** Reads a number of tasks. */
    static final class Limit implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                long limit = Long.parseLong(text);
                if (limit > 0) {
                    return limit;
                }
            } catch (NumberFormatException e) {
                throw refused(text, e);
            }
            throw refused(text, null);
        }

        private static TypeConversionException refused(String text, @Nullable NumberFormatException cause) {
            TypeConversionException refused =
                    new TypeConversionException("'%s' is no whole number from 1".formatted(text));
            refused.initCause(cause);
            return refused;
        }
    }

    /** Reads hours and minutes. */
    static final class TimeOfDay implements ITypeConverter<LocalTime> {
        @Override
        public LocalTime convert(String text) {
            try {
                return LocalTime.parse(text, DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT));
            } catch (DateTimeParseException e) {
                TypeConversionException refused =
                        new TypeConversionException("'%s' is no time of day, as in 06:30".formatted(text));
                refused.initCause(e);
                throw refused;
            }
        }
    }

    ArchiveCommand(List<String> configuration) {
        this.configuration = configuration;
    }

    @Override
    public Integer call() throws Exception {
        ArchiveRequest request =
                new ArchiveRequest(checkedJob(), file, column, limit, checkedWait(), finishBy, choices());
        PrintWriter out = spec.commandLine().getOut();
        try (ArchiverContext context = ArchiverContext.forRuns(configuration)) {
            if (dryRun) {
                out.println(context.bean(DryRun.class).plan(request).text());
                out.flush();
                return ExitCode.OK.code();
            }
            ArchiveRuns runs = context.bean(ArchiveRuns.class);
            runs.lock(request.job());
            return archive(request, runs, context.bean(RunMonitor.class), out);
        }
    }

    private int archive(ArchiveRequest request, ArchiveRuns runs, RunMonitor monitor, PrintWriter out)
            throws InterruptedException {
        monitor.begun(request.job());
        ExitCode code = ExitCode.BUG;
        List<RunSummary> summaries = List.of();
        String told = "";
        try {
            summaries = runs.archive(request, progress.style());
            told = summaries.stream().map(RunSummary::text).collect(Collectors.joining(System.lineSeparator()));
            out.println(told);
            out.flush();
            code = exitCode(summaries);
        } catch (StopException | InterruptedRunException e) {
            code = Objects.requireNonNullElse(Failures.exitCode(e), code);
            told = String.valueOf(e.getMessage());
            throw e;
        } finally {
            monitor.ended(code.code(), summaries, told);
        }
        return code.code();
    }

    private String checkedJob() {
        if (!RunFacts.isJob(job)) {
            throw new ParameterException(
                    spec.commandLine(), "--job takes letters, digits, '.', '_' and '-', 100 at the most.");
        }
        if (job.equals(RunFacts.REPAIR)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--job " + job + " is the name of the runs of the command repair: choose another.");
        }
        return job;
    }

    private Duration checkedWait() {
        if (wait == null) {
            return Duration.ZERO;
        }
        Matcher parts = DURATION.matcher(wait);
        if (!parts.matches()) {
            throw new ParameterException(
                    spec.commandLine(), "--wait takes a whole number and one of s, m, h and d, as in 30m.");
        }
        long count = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private Set<Choice> choices() {
        Set<Choice> choices = EnumSet.noneOf(Choice.class);
        if (startNew) {
            choices.add(Choice.NEW);
        }
        if (retryFailed) {
            choices.add(Choice.RETRY_FAILED);
        }
        if (fullManifest) {
            choices.add(Choice.FULL_MANIFEST);
        }
        return choices;
    }

    private ExitCode exitCode(List<RunSummary> summaries) {
        boolean problems = summaries.stream().anyMatch(RunSummary::hasProblems)
                || (strict && summaries.stream().anyMatch(RunSummary::hasPending));
        return problems ? ExitCode.PROBLEMS : ExitCode.OK;
    }
}
