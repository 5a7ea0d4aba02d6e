package org.mediaarchiver;

import java.io.PrintWriter;
import org.mediaarchiver.batch.ArchiveRuns.InterruptedRunException;
import org.mediaarchiver.batch.ConfigurationException;
import org.mediaarchiver.batch.Home.LockedException;
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
            switch (cause) {
                case ConfigurationException faults -> {
                    err.println(faults.getMessage());
                    return ExitCode.USAGE.code();
                }
                case LockedException locked -> {
                    err.println(locked.getMessage());
                    return ExitCode.LOCKED.code();
                }
                case StopException stop -> {
                    err.println(stop.getMessage());
                    return ExitCode.STOPPED.code();
                }
                case InterruptedRunException interrupted -> {
                    // The process is ending already, and says 130 or 143 by itself.
                    return ExitCode.TERMINATED.code();
                }
                default -> {
                    continue;
                }
            }
        }
        err.println("Unexpected error, likely a bug. Please report it with the lines below; run again to go on.");
        failure.printStackTrace(err);
        return ExitCode.BUG.code();
    }
}
