package org.mediaarchiver;

import java.io.PrintWriter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.batch.ConfigurationException;
import org.mediaarchiver.batch.DatabaseFaults;
import org.mediaarchiver.batch.Home.LockedException;
import org.mediaarchiver.batch.InterruptedRunException;
import org.mediaarchiver.domain.StopException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Tells the operator what ended a command: a sentence for what can happen, a trace for what should not. */
final class Failures implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult parsed) {
        PrintWriter err = commandLine.getErr();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            ExitCode code = exitCode(cause);
            if (code != null) {
                if (code != ExitCode.TERMINATED) {
                    err.println(cause.getMessage());
                }
                return code.code();
            }
        }
        Optional<String> database = DatabaseFaults.sentence(failure);
        if (database.isPresent()) {
            err.println(database.get());
            return ExitCode.STOPPED.code();
        }
        err.println("Unexpected error, likely a bug. Please report it with the lines below; run again to go on.");
        failure.printStackTrace(err);
        return ExitCode.BUG.code();
    }

    /** Returns the code of a failure that is to be expected, null for one that is not. */
    static @Nullable ExitCode exitCode(Throwable failure) {
        return switch (failure) {
            case ConfigurationException ignored -> ExitCode.USAGE;
            case LockedException ignored -> ExitCode.LOCKED;
            case StopException ignored -> ExitCode.STOPPED;
            // It has said so by itself; the process is ending already, with 130 where it was Ctrl-C.
            case InterruptedRunException ignored -> ExitCode.TERMINATED;
            default -> null;
        };
    }
}
