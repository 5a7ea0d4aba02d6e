package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.Run;

class HomeTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T02:00:00.5Z"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void aHomeIsMadeWithItsFoldersForItsOwnerAlone() throws Exception {
        Path path = folder.resolve("new").resolve("home");
        try (Home home = Home.open(path, CLOCK)) {
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
            assertThat(Stream.of("db", "inputs", "spool", "runs", "audits").map(path::resolve))
                    .allSatisfy(each -> assertThat(each).isDirectory());
            RunId run = new RunId("20261123T020000Z-7f3a9c");
            assertThat(home.path()).isEqualTo(path);
            assertThat(home.spool()).isEqualTo(path.resolve("spool"));
            assertThat(home.input(run)).isEqualTo(path.resolve("inputs/20261123T020000Z-7f3a9c.input"));
            assertThat(home.run(run)).isEqualTo(path.resolve("runs/20261123T020000Z-7f3a9c"));
        }
    }

    @Test
    void aHomeThatWasOpenToOthersIsClosedToThem() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

        Home.open(folder, CLOCK).close();

        assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aSecondOpeningIsToldWhoHoldsTheHome() {
        try (Home first = Home.open(folder, CLOCK)) {
            assertThat(first.path()).isEqualTo(folder);
            assertThatThrownBy(() -> Home.open(folder, InstantSource.system()))
                    .isInstanceOf(Home.LockedException.class)
                    .hasMessageMatching(Pattern.quote("Another run holds %s (process %d on "
                                    .formatted(folder, ProcessHandle.current().pid()))
                            + "[^ ]+"
                            + Pattern.quote(" since 2026-11-23T02:00:00Z). Wait until it has ended,"
                                    + " or give this one its own archiver.home."));
        }
    }

    @Test
    void aSecondOpeningIsToldAtWhichRunTheOtherOneIs() {
        RunId run = new RunId("20261123T020000Z-7f3a9c");
        try (Home first = Home.open(folder, CLOCK)) {
            first.isAt(
                    new Run(run, 1, "nightly", CLOCK.instant(), null, new Run.Options("task_id", null, false, false)));

            assertThatThrownBy(() -> Home.open(folder, InstantSource.system()))
                    .hasMessageContaining("since 2026-11-23T02:00:00Z, at run " + run + " of job nightly). Wait");
        }
    }

    @Test
    void aHomeThatWasClosedCanBeOpenedAgain() {
        Home.open(folder, CLOCK).close();

        Home.open(folder, CLOCK).close();
    }

    @Test
    void aHomeThatIsAFileStopsTheRun() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> Home.open(file, CLOCK))
                .isInstanceOf(StopException.class)
                .hasMessageStartingWith("The home " + file + " cannot be used (")
                .hasMessageEndingWith("Make it a folder that this user may write, or set archiver.home.");
    }

    @Test
    void aHomeThatCannotBeOpenedIsNotHeld() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("db"), "no folder");
        assertThatThrownBy(() -> Home.open(folder, CLOCK)).isInstanceOf(StopException.class);
        Files.delete(inTheWay);

        Home.open(folder, CLOCK).close();
    }
}
