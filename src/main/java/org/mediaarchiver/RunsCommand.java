package org.mediaarchiver;

import java.util.List;
import java.util.concurrent.Callable;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.RunListing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the runs that a home knows. */
@Command(
        name = "runs",
        description = "Lists the runs this home knows: id, job, state, counts, manifest.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RunsCommand implements Callable<Integer> {
    private final List<String> configuration;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    RunsCommand(List<String> configuration) {
        this.configuration = configuration;
    }

    @Override
    public Integer call() {
        try (ArchiverContext context = ArchiverContext.forListing(configuration)) {
            spec.commandLine().getOut().println(context.bean(RunListing.class).text());
            spec.commandLine().getOut().flush();
            return ExitCode.OK.code();
        }
    }
}
