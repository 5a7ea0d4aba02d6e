package org.mediaarchiver;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;

/** Where the program begins: the command line is understood, or refused, before anything else is started. */
public final class MediaArchiver {
    private static final String NO_ARGUMENT =
            "may not be an argument, where every user of this machine can read it: put it into the environment variable";

    private MediaArchiver() {}

    static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    /**
     * Runs a command.
     *
     * @param arguments the command and its options; those that begin with {@code --archiver.}, {@code --spring.} or
     *     {@code --logging.} are configuration
     * @return the exit code
     */
    public static int run(List<String> arguments) {
        List<String> configuration = new ArrayList<>();
        List<String> words = new ArrayList<>();
        arguments.forEach(argument -> (isConfiguration(argument) ? configuration : words).add(argument));
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        List<String> keys = configuration.stream().map(MediaArchiver::plainKey).toList();
        if (keys.contains("archiver.taskservice.token")) {
            err.println("The token " + NO_ARGUMENT + " ARCHIVER_TASKSERVICE_TOKEN, or its file's path into"
                    + " archiver.task-service.token-file.");
            return ExitCode.USAGE.code();
        }
        if (keys.stream().anyMatch(key -> key.endsWith("password"))) {
            err.println(
                    "A password " + NO_ARGUMENT + " SPRING_DATASOURCE_PASSWORD, or into a file that PGPASSFILE names.");
            return ExitCode.USAGE.code();
        }
        return commandLine(configuration).execute(words.toArray(String[]::new));
    }

    /** Returns the commands as the program knows them, to be run or described. */
    static CommandLine commandLine(List<String> configuration) {
        CommandLine commandLine = new CommandLine(new RootCommand(), new Commands(configuration));
        addExitCodes(commandLine);
        return commandLine.setCaseInsensitiveEnumValuesAllowed(true).setExecutionExceptionHandler(new Failures());
    }

    private static void addExitCodes(CommandLine commandLine) {
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(String.valueOf(code.code()), code.meaning());
        }
        commandLine
                .getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("Exit codes:%n")
                .exitCodeList(codes);
    }

    private static boolean isConfiguration(String argument) {
        String option = argument.toLowerCase(Locale.ROOT);
        return option.startsWith("--archiver.") || option.startsWith("--spring.") || option.startsWith("--logging.");
    }

    /** Spring takes a key for the same whatever its case, dashes and underscores. */
    private static String plainKey(String argument) {
        return argument.substring(2).split("=", 2)[0].replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
    }
}
