package org.mediaarchiver;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.batch.ArchiveRuns;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.InterruptedRunException;
import org.mediaarchiver.batch.RepairPlan;
import org.mediaarchiver.batch.RunMonitor;
import org.mediaarchiver.batch.RunSummary;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.StopException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes good what an audit found. */
@Command(
        name = "repair",
        description = {
            "Makes good what an audit found missing or changed: from an earlier version of the object, else from its"
                    + " source, and only with the very bytes that the manifest tells of. Nothing is ever deleted.",
            "Without --apply it only tells what it would do."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RepairCommand implements Callable<Integer> {
    private final List<String> configuration;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--audit",
            paramLabel = "ID|FILE",
            description = "The audit whose findings are to be made good: its id, or its audit.json as a path or"
                    + " s3://bucket/key (default: the newest finished audit of the home).")
    private @Nullable String audit;

    @Option(names = "--apply", description = "Do it, in a run of its own with a manifest.")
    private boolean apply;

    @Option(
            names = "--progress",
            paramLabel = "auto|plain|none",
            defaultValue = "auto",
            description = "A bar on a terminal and else a line every 30 s (auto), always lines, or nothing.")
    private ProgressOption progress = ProgressOption.AUTO;

    RepairCommand(List<String> configuration) {
        this.configuration = configuration;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        try (ArchiverContext context = ArchiverContext.forRuns(configuration)) {
            ArchiveRuns runs = context.bean(ArchiveRuns.class);
            if (!apply) {
                RepairPlan.Plan plan = runs.planRepair(audit, out::println);
                out.println(plan.text());
                out.flush();
                return exitCode(plan.evidence() > 0, plan.left() > 0).code();
            }
            runs.lock(RunFacts.REPAIR);
            return repair(runs, context.bean(RunMonitor.class), out);
        }
    }

    private int repair(ArchiveRuns runs, RunMonitor monitor, PrintWriter out) throws InterruptedException {
        monitor.begun(RunFacts.REPAIR);
        ExitCode code = ExitCode.BUG;
        List<RunSummary> summaries = List.of();
        String told = "";
        try {
            summaries = runs.repair(audit, progress.style());
            told = summaries.isEmpty()
                    ? "The audit found nothing that is left to repair."
                    : summaries.stream().map(RunSummary::text).collect(Collectors.joining(System.lineSeparator()));
            out.println(told);
            out.flush();
            code = exitCode(
                    summaries.stream().anyMatch(runs::isEvidenceBroken),
                    summaries.stream().anyMatch(RunSummary::leavesSomething));
        } catch (StopException | InterruptedRunException e) {
            code = Objects.requireNonNullElse(Failures.exitCode(e), code);
            told = String.valueOf(e.getMessage());
            throw e;
        } finally {
            monitor.ended(code.code(), summaries, told);
        }
        return code.code();
    }

    private static ExitCode exitCode(boolean evidence, boolean left) {
        if (evidence) {
            return ExitCode.EVIDENCE;
        }
        return left ? ExitCode.PROBLEMS : ExitCode.OK;
    }
}
