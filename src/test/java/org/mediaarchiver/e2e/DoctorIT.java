package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.ArchiverProcess;
import org.mediaarchiver.testing.ArchiverProcess.Ended;
import org.mediaarchiver.testing.SampleSource;

/** The packaged program tries what it needs, before there is a run and beside one. */
class DoctorIT {
    private static void assertLine(Ended ended, String result, String name) {
        assertThat(ended.out().lines()).anyMatch(line -> line.matches(result + " +" + name + " .*"));
    }

    @Test
    void whatIsInOrderIsToldAndWhatIsNotIsToldWithItsCure(@TempDir Path directory) throws Exception {
        try (Site site = Site.withSampleData(directory)) {
            Ended fine = site.run("doctor", "--logging.level.root=TRACE");

            assertThat(fine.exitCode()).isEqualTo(0);
            assertThat(fine.lastLine()).startsWith("A run can begin.");
            assertThat(fine.err())
                    .contains(" TRACE ")
                    .doesNotContain(Site.TOKEN, site.store().secretKey());
            assertThat(fine.out()).doesNotContain(Site.TOKEN, site.store().secretKey());
            assertThat(site.objects()).isEmpty();
            assertThat(site.home()).doesNotExist();

            site.set("AWS_SECRET_ACCESS_KEY", "another-secret");
            site.set("ARCHIVER_TASKSERVICE_BASEURL", site.source().baseUrl() + "/no/such/path");
            Ended faulty = site.run("doctor");

            assertThat(faulty.exitCode()).isEqualTo(10);
            assertLine(faulty, "fault", "service.token");
            assertLine(faulty, "fault", "store.credentials");
            assertThat(faulty.lastLine()).startsWith("2 faults to mend");
            assertThat(faulty.out()).doesNotContain("another-secret");
            Site.assertSaysNoTrace(faulty);
        }
    }

    @Test
    void itWorksBesideARun(@TempDir Path directory) throws Exception {
        try (Site site = Site.withSampleData(directory)) {
            SampleSource.Hold question = site.source().hold("GET /avatar/task/done"::equals);
            try (ArchiverProcess run = site.start("archive", site.input("one.csv", List.of("done")))) {
                question.await(1);
                Ended beside = site.run("doctor");
                question.release();
                Ended ended = run.await();

                assertThat(beside.exitCode()).isEqualTo(0);
                assertLine(beside, "note", "home.lock");
                assertThat(beside.out()).contains("process " + run.pid());
                assertThat(ended.exitCode()).isEqualTo(0);
            }
            site.assertNothingIsAmiss();
        }
    }
}
