package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.ArchiverProcess.Ended;

/** Words, options and settings: what is understood, and what is refused before anything is touched. */
class UsageIT {
    private Site site;

    @BeforeEach
    void open(@TempDir Path directory) {
        site = Site.withSampleData(directory);
    }

    @AfterEach
    void nothingWasTouched() {
        try {
            assertThat(site.home()).doesNotExist();
            assertThat(site.source().requests()).isEmpty();
            assertThat(site.objects()).isEmpty();
        } finally {
            site.close();
        }
    }

    @Test
    void helpAndVersionAreAnsweredAtOnce() throws Exception {
        Ended help = site.run("--help");
        assertThat(help.exitCode()).isEqualTo(0);
        assertThat(help.out()).contains("archive", "runs", "Exit codes:", "130", "143");
        assertThat(help.err()).isEmpty();

        Ended archive = site.run("archive", "--help");
        assertThat(archive.exitCode()).isEqualTo(0);
        assertThat(archive.out())
                .contains("--job", "--column", "--dry-run", "--new", "--retry-failed", "--limit", "--full-manifest")
                .contains("--strict", "--progress");

        Ended version = site.run("--version");
        assertThat(version.exitCode()).isEqualTo(0);
        assertThat(version.out()).containsPattern("\\d+\\.\\d+");
    }

    @Test
    void aMisspeltCommandLineIsRefusedWithAHint() throws Exception {
        assertRefused("No command given");
        assertRefused("archvie", "archvie");
        assertRefused("--dryrun", "archive", "--dryrun");
        assertRefused("'0' is no whole number from 1", "archive", "--limit", "0");
        assertRefused("--job takes", "archive", "--job", "a b");
    }

    private void assertRefused(String told, String... arguments) throws Exception {
        Ended ended = site.run(arguments);
        assertThat(ended.exitCode()).as(String.join(" ", arguments)).isEqualTo(2);
        assertThat(ended.err()).contains(told);
        assertThat(ended.out()).isEmpty();
        Site.assertSaysNoTrace(ended);
    }

    @Test
    void aTokenIsNoArgument() throws Exception {
        for (String form : List.of(
                "--archiver.task-service.token=planted-as-argument",
                "--archiver.taskService.token=planted-as-argument")) {
            Ended ended = site.run("archive", form);

            assertThat(ended.exitCode()).isEqualTo(2);
            assertThat(ended.err())
                    .contains("ARCHIVER_TASKSERVICE_TOKEN", "archiver.task-service.token-file")
                    .doesNotContain("planted-as-argument");
        }
    }

    @Test
    void allFaultsOfTheConfigurationAreToldAtOnce() throws Exception {
        site.set("ARCHIVER_STORAGE_BUCKET", "");
        site.set("ARCHIVER_TASKSERVICE_TOKEN", "");
        site.set("ARCHIVER_TASKSERVICE_BASEURL", "ftp://example.org");

        Ended ended = site.run(
                "archive", "--archiver.concurrency=none", "--archiver.concurency=4", "--archiver.media.max-size=-1MB");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines().map(line -> line.split(" ", -1)[0]))
                .containsExactlyInAnyOrder(
                        "archiver.storage.bucket",
                        "archiver.task-service.token",
                        "archiver.task-service.base-url",
                        "archiver.concurrency",
                        "archiver.concurency",
                        "archiver.media.max-size");
        assertThat(ended.err()).contains("ARCHIVER_STORAGE_BUCKET", "ARCHIVER_TASKSERVICE_TOKEN");
        Site.assertSaysNoTrace(ended);
    }
}
