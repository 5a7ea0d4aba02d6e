package org.mediaarchiver;

import java.util.List;
import picocli.CommandLine;

/** Makes the commands, and hands them the configuration that was given as options. */
final class Commands implements CommandLine.IFactory {
    private final List<String> configuration;

    Commands(List<String> configuration) {
        this.configuration = List.copyOf(configuration);
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        if (type == ArchiveCommand.class) {
            return type.cast(new ArchiveCommand(configuration));
        }
        if (type == AuditCommand.class) {
            return type.cast(new AuditCommand(configuration));
        }
        if (type == DoctorCommand.class) {
            return type.cast(new DoctorCommand(configuration));
        }
        if (type == RepairCommand.class) {
            return type.cast(new RepairCommand(configuration));
        }
        if (type == LedgerCommand.Rebuild.class) {
            return type.cast(new LedgerCommand.Rebuild(configuration));
        }
        if (type == RunsCommand.class) {
            return type.cast(new RunsCommand(configuration));
        }
        return CommandLine.defaultFactory().create(type);
    }
}
