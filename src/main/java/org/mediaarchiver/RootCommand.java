package org.mediaarchiver;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program itself, which does nothing without a command. */
@Command(
        name = "media-archiver",
        description = "Saves generated videos into S3-compatible storage before their service deletes them.",
        subcommands = {
            ArchiveCommand.class,
            AuditCommand.class,
            RepairCommand.class,
            DoctorCommand.class,
            RunsCommand.class,
            LedgerCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%n",
        footer = {
            "Where the bucket, the task service and everything else are is configuration:",
            "archiver.storage.bucket=NAME in the file application.properties of the home",
            "(./archiver-home), ARCHIVER_STORAGE_BUCKET=NAME in the environment, or",
            "--archiver.storage.bucket=NAME behind the command. The README has all keys.",
            "COMMAND --help tells the options of a command."
        })
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
