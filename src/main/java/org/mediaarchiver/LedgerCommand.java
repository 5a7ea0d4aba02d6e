package org.mediaarchiver;

import java.util.List;
import java.util.concurrent.Callable;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.LedgerRebuild;
import org.mediaarchiver.batch.LedgerSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done about the ledger. */
@Command(
        name = "ledger",
        description = "Looks after the ledger, which knows what is archived.",
        subcommands = LedgerCommand.Rebuild.class,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "rebuild")
final class LedgerCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "ledger needs a word more: rebuild.");
    }

    /** Makes the ledger anew. */
    @Command(
            name = "rebuild",
            description = {
                "Makes the ledger anew from the run files in the bucket, for a home or a database that was lost.",
                "What the home knows is kept. It needs the right to read the bucket, and no token; runs whose evidence does not"
                        + " hold are told of and left out."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Rebuild implements Callable<Integer> {
        private final List<String> configuration;

        @Spec
        private CommandSpec spec = CommandSpec.create();

        Rebuild(List<String> configuration) {
            this.configuration = configuration;
        }

        @Override
        public Integer call() throws Exception {
            try (ArchiverContext context = ArchiverContext.forRebuild(configuration)) {
                LedgerSummary summary = context.bean(LedgerRebuild.class).rebuild();
                spec.commandLine().getOut().println(summary.text());
                spec.commandLine().getOut().flush();
                return (summary.isEvidenceBroken() ? ExitCode.EVIDENCE : ExitCode.OK).code();
            }
        }
    }
}
