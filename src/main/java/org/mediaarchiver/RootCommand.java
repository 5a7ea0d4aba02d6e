package org.mediaarchiver;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program itself, which does nothing without a command. */
@Command(
        name = "media-archiver",
        description = "Saves generated videos into S3-compatible storage before their service deletes them.",
        subcommands = {ArchiveCommand.class, RunsCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND")
final class RootCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    RootCommand() {
        spec = CommandSpec.create();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "No command given.");
    }
}
