package org.mediaarchiver;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.Doctor;
import org.mediaarchiver.batch.DoctorReport;
import org.mediaarchiver.domain.Check;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tries what a run needs, and says what to mend. */
@Command(
        name = "doctor",
        description = {
            "Tries what a run needs, with its configuration and as its user: the home, the database, the task service with its"
                    + " token, the bucket and each right to it, and what the store can do. A line tells of each what came of it and"
                    + " what to mend.",
            "It asks the task service about a task that does not exist, and makes tiny objects under {prefix}.probe/ where it may"
                    + " delete them again. It changes nothing else, and may be started while a run is at work.",
            "It ends with 0 where a run could begin, with what the notes say, and with 10 where a fault is to be mended first."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class DoctorCommand implements Callable<Integer> {
    private final List<String> configuration;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "Print one JSON document instead of lines.")
    private boolean json;

    DoctorCommand(List<String> configuration) {
        this.configuration = configuration;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        // Where something does not answer, it is seen what is being waited for.
        Consumer<Check> told = json
                ? check -> {}
                : check -> {
                    out.println(DoctorReport.line(check));
                    out.flush();
                };
        try (ArchiverContext context = ArchiverContext.forDoctor(configuration)) {
            DoctorReport report = context.bean(Doctor.class).examine(told);
            out.println(json ? report.json() : report.conclusion());
            out.flush();
            return (report.hasFaults() ? ExitCode.STOPPED : ExitCode.OK).code();
        }
    }
}
