package org.mediaarchiver.testing;

import static java.util.function.Predicate.not;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The checks of {@code doctor} as scripts may rely on them. */
public final class DocumentedChecks {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z][a-z0-9.-]*)` \\|");
    private static final Set<String> RESULTS = Set.of("ok", "note", "fault", "untried");

    private DocumentedChecks() {}

    /** Returns the names in the tables of the page about them. */
    public static Set<String> names() throws IOException {
        return ROW.matcher(Files.readString(Path.of("src", "docs", "doctor.md")))
                .results()
                .map(row -> row.group(1))
                .filter(not(RESULTS::contains))
                .collect(Collectors.toSet());
    }
}
