package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.ArchiverProcess.Ended;

/** The token and signed queries, looked for in everything that was written. */
class SecretsIT {
    @Test
    void nothingSecretIsWrittenWhateverIsLogged(@TempDir Path directory) throws Exception {
        try (Site site = Site.withSampleData(directory)) {
            // Nobody listens there, so it is told of.
            site.set("ARCHIVER_MONITORING_PINGURL", "http://localhost:1/planted-ping-key");
            String tasks = Site.SAMPLE_DATA.resolve("tasks.csv").toString();
            List<String> talkative = List.of(
                    "--logging.level.root=TRACE",
                    "--logging.level.org.apache.hc=TRACE",
                    "--logging.level.org.apache.hc.client5.http.wire=TRACE",
                    "--logging.level.org.apache.hc.client5.http.headers=TRACE",
                    "--logging.level.software.amazon.awssdk=TRACE",
                    "--logging.level.org.mediaarchiver=TRACE");
            Ended run = site.run(concat(List.of("archive", tasks, "--full-manifest"), talkative));
            Ended plan = site.run(concat(List.of("archive", tasks, "--dry-run"), talkative));
            site.source().accept("another-token");
            Ended refused = site.run(concat(List.of("archive", tasks), talkative));

            assertThat(List.of(run.exitCode(), plan.exitCode(), refused.exitCode()))
                    .containsExactly(3, 0, 10);
            assertThat(run.err())
                    .as("the log is as talkative as it was asked to be")
                    .contains(" TRACE ");
            Invariants.of(site).assertHoldAtAnyTime();
            assertThat(new String(
                            site.objects().getOrDefault("media/done-status-as-text/result.json", new byte[0]),
                            ISO_8859_1))
                    .as("the answer is kept as it came")
                    .contains("Expires=1795003600&Signature=c2FtcGxlLXNpZ25hdHVyZQ");
        }
    }

    private static String[] concat(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).toArray(String[]::new);
    }
}
