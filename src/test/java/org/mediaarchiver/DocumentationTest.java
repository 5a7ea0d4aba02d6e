package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.batch.SettingsReader;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.manifest.RunFile;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Holds what the documents say against the code: a table that has grown old is a failure like any other. */
@NullMarked
class DocumentationTest {
    private static final Path README = Path.of("README.md");
    private static final Path JOBS = Path.of("jobs");
    private static final Path EXAMPLE = JOBS.resolve("application.properties");
    private static final Path GOLDEN_MANIFEST =
            Path.of("src/test/resources/org/mediaarchiver/manifest/golden/manifest.csv");

    /** A word that stands for an option, not within another word. */
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*(?![a-z.-])");

    /** Where a job starts the program, through a script of ours or by itself: the script, or the command, then the options. */
    private static final Pattern STARTED = Pattern.compile(
            "(?:jobs/(nightly|backfill|audit|doctor)\\.sh|(?:/media-archiver\"|args: \\[) ?([a-z]+))(.*)");

    private static final Map<String, String> COMMANDS_OF_JOBS =
            Map.of("nightly", "archive", "backfill", "archive", "audit", "audit", "doctor", "doctor");

    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern SETTING = Pattern.compile("(?<![\\w-])archiver\\.[a-z-]+(\\.[a-z-]+)?");
    private static final Pattern ENVIRONMENT = Pattern.compile("(?<![A-Z_])ARCHIVER_[A-Z_]*[A-Z]");

    @Test
    void theReadmeNamesEveryKeyWithItsDefault() {
        Map<String, String> told = new LinkedHashMap<>();
        rows(README, "## Configuration").forEach(row -> told.put(plain(row.getFirst()), row.get(1)));

        assertThat(told.keySet())
                .containsExactlyInAnyOrderElementsOf(Stream.of(SettingsReader.Key.values())
                        .map(SettingsReader.Key::key)
                        .toList());
        for (SettingsReader.Key key : SettingsReader.Key.values()) {
            String cell = Objects.requireNonNull(told.get(key.key()));
            if (hasNoDefault(key)) {
                assertThat(cell).as("default of %s", key.key()).matches("none(: .+)?");
            } else {
                assertThat(cell).as("default of %s", key.key()).isEqualTo("`" + key.defaultValue() + "`");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aDocumentNamesNoKeyThatDoesNotExist(Path document) {
        Set<String> keys = Stream.of(SettingsReader.Key.values())
                .map(SettingsReader.Key::key)
                .collect(Collectors.toSet());
        Set<String> variables = Stream.of(SettingsReader.Key.values())
                .map(SettingsReader.Key::environmentVariable)
                .collect(Collectors.toSet());
        // Groups of keys, as in `archiver.media.*`.
        keys.addAll(List.of("archiver.media", "archiver.storage"));

        assertThat(matches(SETTING, read(document))).as("keys in %s", document).isSubsetOf(keys);
        assertThat(matches(ENVIRONMENT, read(document)))
                .as("variables in %s", document)
                .isSubsetOf(variables);
    }

    @Test
    void theExampleConfigurationNamesEveryKeyOnceWithItsDefault() throws IOException {
        Map<String, String> told = new LinkedHashMap<>();
        Map<String, String> comments = new LinkedHashMap<>();
        String comment = "";
        for (String line : Files.readAllLines(EXAMPLE, StandardCharsets.UTF_8)) {
            String setting = line.replaceFirst("^#(?! )", "");
            if (setting.matches("[a-z][a-z0-9.-]*=.*")) {
                String[] parts = setting.split("=", 2);
                assertThat(told.put(parts[0], parts[1]))
                        .as("first %s", parts[0])
                        .isNull();
                comments.put(parts[0], comment);
            } else {
                comment = line.isEmpty() ? "" : comment + line;
            }
        }

        assertThat(told.keySet())
                .containsExactlyInAnyOrderElementsOf(Stream.of(SettingsReader.Key.values())
                        .map(SettingsReader.Key::key)
                        .toList());
        for (SettingsReader.Key key : SettingsReader.Key.values()) {
            String before = Objects.requireNonNull(comments.get(key.key()));
            assertThat(before).as("comment before %s", key.key()).isNotBlank();
            if (key.defaultValue() == null) {
                assertThat(before).as("comment before %s", key.key()).contains("No default");
            } else {
                assertThat(told).contains(entry(key.key(), key.defaultValue()));
            }
        }
    }

    /** What is set and not a comment must be what nobody can do without: the file is copied and started with. */
    @Test
    void theExampleConfigurationSetsTheBucketAlone() throws IOException {
        Properties set = new Properties();
        try (Reader in = Files.newBufferedReader(EXAMPLE, StandardCharsets.UTF_8)) {
            set.load(in);
        }

        assertThat(set.stringPropertyNames()).containsExactly(SettingsReader.Key.BUCKET.key());
    }

    @Test
    void theReadmeTellsTheExitCodes() {
        assertThat(rows(README, "## Exit codes").stream()
                        .map(row -> row.getFirst() + " " + row.get(1))
                        .toList())
                .containsExactlyElementsOf(Stream.of(ExitCode.values())
                        .map(code -> code.code() + " " + code.meaning())
                        .toList());
    }

    @Test
    void theHelpTellsTheExitCodes() {
        List<String> told = new ArrayList<>();
        new CommandLineOfProgram()
                .root()
                .usageMessage()
                .exitCodeList()
                .forEach((code, meaning) -> told.add(code + " " + meaning));

        assertThat(told)
                .containsExactlyElementsOf(Stream.of(ExitCode.values())
                        .map(code -> code.code() + " " + code.meaning())
                        .toList());
    }

    @Test
    void theReadmeTellsTheManifestColumnsInTheirOrder() throws IOException {
        String header =
                Files.readAllLines(GOLDEN_MANIFEST, StandardCharsets.UTF_8).getFirst();

        assertThat(rows(README, "## Manifest columns", "column").stream()
                        .map(row -> plain(row.getFirst()))
                        .toList())
                .containsExactly(header.split(","));
    }

    @Test
    void theReadmeTellsHowObjectsAreVerified() {
        assertThat(rows(README, "## Manifest columns", "verify_method").stream()
                        .map(row -> plain(row.getFirst()))
                        .toList())
                .containsExactlyElementsOf(
                        Stream.of(VerifyMethod.values()).map(VerifyMethod::word).toList());
    }

    @Test
    void theReadmeTellsTheStatuses() {
        assertThat(rows(README, "## Statuses and reasons", "status").stream()
                        .map(row -> plain(row.getFirst()))
                        .toList())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Status.values()).map(Status::word).toList());
    }

    @Test
    void theReadmeTellsTheReasons() {
        assertThat(rows(README, "## Statuses and reasons", "reason").stream()
                        .map(row -> String.join(" | ", row.subList(0, 4)) + " | " + plain(row.get(4)))
                        .toList())
                .containsExactlyElementsOf(Stream.of(Reason.values())
                        .map(reason -> "`%s` | `%s` | %s | %s | %s"
                                .formatted(
                                        reason,
                                        reason.status().word(),
                                        reason.meaning(),
                                        switch (reason.again()) {
                                            case NO -> "";
                                            case BY_THE_NEXT_RUN -> "by itself";
                                            case WHEN_ASKED -> "when asked";
                                        },
                                        reason.remedy()))
                        .toList());
    }

    @Test
    void theReadmeTellsTheRunFilesInTheirOrder() {
        assertThat(rows(README, "## What a run leaves", "file").stream()
                        .map(row -> plain(row.getFirst()))
                        .toList())
                .containsExactlyElementsOf(
                        Stream.of(RunFile.values()).map(RunFile::fileName).toList());
    }

    @Test
    void theReadmeTellsTheCommands() {
        List<String> told = read(README)
                .lines()
                .filter(line -> line.startsWith("### `"))
                .map(line -> plain(line.substring(4)).replaceFirst(" .*", ""))
                .toList();

        assertThat(told)
                .containsExactlyInAnyOrderElementsOf(
                        new CommandLineOfProgram().commands().keySet());
    }

    @Test
    void theReadmeTellsTheOptionsOfEachCommand() {
        new CommandLineOfProgram().commands().forEach((name, command) -> {
            String heading = read(README)
                    .lines()
                    .filter(line -> line.matches("### `" + name + "( [^`]*)?`"))
                    .findFirst()
                    .orElse("### `" + name + "`");
            List<OptionSpec> options = ownOptions(command);
            List<String> told = options.isEmpty()
                    ? List.of()
                    : rows(README, heading).stream()
                            .map(row -> plain(row.getFirst()))
                            .toList();

            assertThat(told)
                    .as("options of %s", name)
                    .containsExactlyInAnyOrderElementsOf(
                            options.stream().map(DocumentationTest::synopsis).toList());
            List<String> parameters = command.positionalParameters().stream()
                    .map(parameter -> "[" + parameter.paramLabel() + "]")
                    .toList();
            assertThat(matches(Pattern.compile("\\[[A-Z]+]"), heading)).containsExactlyElementsOf(parameters);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anOptionWithADefaultTellsItInTheHelp(String name) {
        CommandSpec command =
                Objects.requireNonNull(new CommandLineOfProgram().commands().get(name));
        for (OptionSpec option : ownOptions(command)) {
            String description = String.join(" ", option.description());

            assertThat(description)
                    .as("description of %s", option.longestName())
                    .isNotBlank();
            if (option.defaultValue() != null) {
                assertThat(description)
                        .as("default of %s", option.longestName())
                        .contains(option.defaultValue());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aScriptIsOneForItsShell(Path script) throws IOException, InterruptedException {
        String shell = read(script).startsWith("#!/bin/sh") ? "sh" : "bash";
        Process check = new ProcessBuilder(shell, "-n", script.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(check.exitValue()).as(said).isZero();
        assertThat(Files.isExecutable(script)).as("%s can be executed", script).isTrue();
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void aJobStartsACommandThatExistsWithItsOptions(Path job) {
        Map<String, CommandSpec> commands = new CommandLineOfProgram().commands();
        for (String line : read(job).lines().map(String::strip).toList()) {
            MatchResult started = STARTED.matcher(line).results().findFirst().orElse(null);
            if (started == null) {
                continue;
            }
            String name = started.group(1) == null ? started.group(2) : COMMANDS_OF_JOBS.get(started.group(1));
            assertThat(commands)
                    .as("the command in %s: %s", job, line)
                    .extractingByKey(name)
                    .isNotNull();
            CommandSpec command = Objects.requireNonNull(commands.get(name));
            assertThat(matches(OPTION, started.group(3).replaceFirst("( [0-9]?>>|\\|\\|).*", "")))
                    .as("options in %s", line)
                    .isSubsetOf(names(command));
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aDocumentNamesNoOptionThatDoesNotExist(Path document) {
        Set<String> known = new TreeSet<>();
        new CommandLineOfProgram().commands().values().forEach(command -> known.addAll(names(command)));

        assertThat(matches(OPTION, read(document)))
                .as("options in %s", document)
                .isSubsetOf(known);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void whatALinkLeadsToIsThere(Path document) {
        for (String target : matches(LINK, read(document))) {
            if (target.matches("[a-z]+:.*")) {
                continue;
            }
            String[] parts = target.split("#", 2);
            Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
            assertThat(file).as("%s in %s", target, document).exists();
            if (parts.length == 2) {
                assertThat(anchors(file)).as("%s in %s", target, document).contains(parts[1]);
            }
        }
    }

    @Test
    void theReadmeNamesWhatIsInJobs() throws IOException {
        Set<String> told = matches(Pattern.compile("jobs/[a-z.-]*[a-z]"), read(README));

        assertThat(jobs().stream().map(Path::toString)).isSubsetOf(told);
    }

    @Test
    void theChangelogBeginsWithWhatIsUnreleased() {
        List<String> sections = read(Path.of("CHANGELOG.md"))
                .lines()
                .filter(line -> line.startsWith("## "))
                .toList();

        assertThat(sections).first().isEqualTo("## [Unreleased]");
        assertThat(section(Path.of("CHANGELOG.md"), "## [Unreleased]")).anyMatch(line -> line.startsWith("- "));
    }

    @Test
    void theServiceFilesKnowNoOtherExitCode() {
        Set<String> known = Stream.of(ExitCode.values())
                .map(code -> String.valueOf(code.code()))
                .collect(Collectors.toSet());

        assertThat(numbers("SuccessExitStatus=(.*)", read(JOBS.resolve("media-archiver.service"))))
                .isNotEmpty()
                .isSubsetOf(known);
        assertThat(numbers("values: \\[(.*)]", read(JOBS.resolve("cronjob.yaml"))))
                .isNotEmpty()
                .isSubsetOf(known);
    }

    static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("src", "docs"))) {
            return Stream.concat(
                            Stream.of(
                                    README,
                                    Path.of("CONTRIBUTING.md"),
                                    Path.of("CHANGELOG.md"),
                                    Path.of("sample-data", "README.md")),
                            docs.sorted())
                    .toList();
        }
    }

    static List<Path> jobs() throws IOException {
        try (Stream<Path> files = Files.list(JOBS)) {
            return files.sorted().toList();
        }
    }

    static List<Path> scripts() throws IOException {
        return Stream.concat(jobs().stream(), Stream.of(Path.of(".ci", "run"), Path.of(".ci", "with-stores")))
                .filter(file -> read(file).startsWith("#!"))
                .toList();
    }

    static Set<String> commands() {
        return new CommandLineOfProgram().commands().keySet();
    }

    /** The commands as the program knows them. */
    private static final class CommandLineOfProgram {
        private final CommandLine commandLine = MediaArchiver.commandLine(List.of());

        CommandSpec root() {
            return commandLine.getCommandSpec();
        }

        Map<String, CommandSpec> commands() {
            Map<String, CommandSpec> commands = new LinkedHashMap<>();
            commandLine.getSubcommands().forEach((name, command) -> commands.put(name, command.getCommandSpec()));
            return commands;
        }
    }

    private static List<OptionSpec> ownOptions(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .toList();
    }

    private static Set<String> names(CommandSpec command) {
        return command.options().stream()
                .flatMap(option -> Arrays.stream(option.names()))
                .filter(name -> name.startsWith("--"))
                .collect(Collectors.toSet());
    }

    private static String synopsis(OptionSpec option) {
        return option.arity().max() == 0 ? option.longestName() : option.longestName() + " " + option.paramLabel();
    }

    /** Whether nothing holds where the key is not set; an empty text is nothing to a reader. */
    private static boolean hasNoDefault(SettingsReader.Key key) {
        String value = key.defaultValue();
        return value == null || value.isEmpty();
    }

    /** Returns the lines from a heading to the next one of its level or above. */
    private static List<String> section(Path document, String heading) {
        List<String> lines = read(document).lines().toList();
        int start = lines.indexOf(heading);
        assertThat(start).as("heading %s of %s", heading, document).isNotNegative();
        int level = heading.indexOf(' ');
        return lines.stream()
                .skip(start + 1L)
                .takeWhile(line -> !line.matches("#{1," + level + "} .*"))
                .toList();
    }

    /** Returns the cells of the first table below a heading. */
    private static List<List<String>> rows(Path document, String heading) {
        return rows(document, heading, "");
    }

    /** Returns the cells of the table below a heading whose first column has a name. */
    private static List<List<String>> rows(Path document, String heading, String firstColumn) {
        List<String> table = section(document, heading).stream()
                .dropWhile(line -> !line.startsWith("| " + firstColumn))
                .takeWhile(line -> line.startsWith("|"))
                .toList();
        assertThat(table).as("a table below %s", heading).hasSizeGreaterThan(2);
        return table.stream().skip(2).map(DocumentationTest::cells).toList();
    }

    /** Splits at the bars that are not escaped. */
    private static List<String> cells(String row) {
        return Arrays.stream(row.substring(1).split("(?<!\\\\)\\|"))
                .map(cell -> cell.strip().replace("\\|", "|"))
                .toList();
    }

    private static String plain(String cell) {
        return cell.replace("`", "");
    }

    private static Set<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(result -> result.groupCount() == 1 && pattern == LINK ? result.group(1) : result.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> numbers(String linePattern, String text) {
        return Pattern.compile(linePattern)
                .matcher(text)
                .results()
                .flatMap(line -> Stream.of(line.group(1).split("\\D+")))
                .filter(number -> !number.isEmpty())
                .collect(Collectors.toSet());
    }

    /** Returns what the headings of a document are called in links, as GitHub makes it. */
    private static List<String> anchors(Path document) {
        return read(document)
                .lines()
                .filter(line -> line.matches("#+ .*"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
