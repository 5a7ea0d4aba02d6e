package org.mediaarchiver.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.jobs.Script.Ended;

/** What systemd itself says of the units, installed as their first lines say. */
@Tag("systemd")
class SystemdUnitsTest {
    private static final String SERVICE = "media-archiver.service";
    private static final String TIMER = "media-archiver.timer";

    @TempDir
    private Path root;

    @BeforeEach
    void install() throws IOException, InterruptedException {
        Path units = Files.createDirectories(root.resolve("etc/systemd/system"));
        for (String unit : List.of(SERVICE, TIMER)) {
            Files.copy(Script.JOBS.resolve(unit), units.resolve(unit));
        }
        Script.write(root.resolve("opt/media-archiver/jobs/nightly.sh"), "exit 0\n");
        // The system's own units, to which these refer, without those that are masked.
        Path system = Files.createDirectories(root.resolve("usr/lib/systemd"));
        String copy = "cp -a /usr/lib/systemd/system '%1$s' && find '%1$s' -lname /dev/null -delete".formatted(system);
        assertThat(Script.run(Map.of(), List.of("sh", "-c", copy)).exitCode()).isZero();
    }

    private Ended verify() throws IOException, InterruptedException {
        return Script.run(
                Map.of(),
                List.of(
                        "systemd-analyze",
                        "verify",
                        "--recursive-errors=no",
                        "--man=no",
                        "--root=" + root,
                        SERVICE,
                        TIMER));
    }

    @Test
    void systemdFindsNothingWrong() throws Exception {
        Ended ended = verify();

        assertThat(ended.output()).isEmpty();
        assertThat(ended.exitCode()).isZero();
    }

    @Test
    void aMisspeltUnitWouldBeCaught() throws Exception {
        Path unit = root.resolve("etc/systemd/system").resolve(SERVICE);
        Files.writeString(unit, Files.readString(unit).replace("ProtectSystem=", "ProtectSistem="));

        Ended ended = verify();

        assertThat(ended.output()).contains("ProtectSistem");
    }

    @Test
    void theServiceIsExposedToLittle() throws IOException, InterruptedException {
        Ended ended = Script.run(
                Map.of(),
                List.of(
                        "systemd-analyze",
                        "security",
                        "--offline=true",
                        "--no-pager",
                        Script.JOBS.resolve(SERVICE).toString()));

        Matcher level = Pattern.compile("exposure level for .*: ([0-9.]+)").matcher(ended.output());
        assertThat(level.find()).as(ended.output()).isTrue();
        // 10 is a service without any protection, 9.6 one that is as systemd makes it.
        assertThat(Double.parseDouble(level.group(1))).isLessThanOrEqualTo(2.0);
    }
}
