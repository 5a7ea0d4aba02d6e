package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.testing.ArchiverProcess.Ended;

/** What one run leaves for the next. */
@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class CarriedOverIT {
    private final LedgerDatabase.Kind database;

    CarriedOverIT(LedgerDatabase.Kind database) {
        this.database = database;
    }

    @Test
    void aTaskThatIsNotReadyIsTakenUpByTheNextRunOfItsJob(@TempDir Path directory) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        data.done("good");
        data.waiting("late");
        try (Site site = Site.with(data, directory).on(database)) {
            Ended first = site.run("archive", site.input("tasks.csv", List.of("good", "late")));
            assertThat(first.exitCode()).as(first.err()).isEqualTo(0);
            assertThat(site.lastRun().ends())
                    .containsExactly(
                            "good/preview stored",
                            "good/result stored",
                            "good/video stored",
                            "late/preview pending NOT_READY",
                            "late/result pending NOT_READY",
                            "late/video pending NOT_READY");

            Ended other = site.run("archive", "--job", "other", site.input("one.csv", List.of("good")));
            assertThat(other.exitCode()).as(other.err()).isEqualTo(0);
            assertThat(site.lastRun().rows()).isEmpty();
            assertThat(site.questions()).hasSize(2);

            Ended strict = site.run("archive", "--strict");
            assertThat(strict.exitCode()).as(strict.err()).isEqualTo(3);
            assertThat(site.lastRun().count("carried_over")).isEqualTo(1);
            assertThat(site.lastRun().rows())
                    .hasSize(3)
                    .allMatch(row -> row.inputLine() == null && row.attempts() == 2);

            data.done("late");
            Ended last = site.run("archive");
            assertThat(last.exitCode()).as(last.err()).isEqualTo(0);
            assertThat(site.lastRun().archivedTasks()).containsExactly("late");
            assertThat(site.lastRun().rows()).allMatch(row -> row.inputLine() == null && row.attempts() == 3);
            assertThat(site.lastRun().json().get("input").isNull()).isTrue();
            site.assertNothingIsAmiss();
        }
    }

    @Test
    void aFinalFailureIsTakenUpAgainOnlyWhenAskedFor(@TempDir Path directory) throws Exception {
        SourceData data = new SourceData(directory.resolve("source"));
        try (Site site = Site.with(data, directory).on(database)) {
            Ended failed = site.run("archive", site.file("tasks.csv", "note,Task_ID\nx,found-later\ny,a b\n"));
            assertThat(failed.exitCode()).as(failed.err()).isEqualTo(3);
            assertThat(site.lastRun().text("rejects.csv"))
                    .startsWith("task_id,input_line,reason,detail\nfound-later,2,NOT_FOUND,")
                    .contains("\na%20b,3,INVALID_ID,");
            String rejects = site.lastRun().folder().resolve("rejects.csv").toString();

            data.done("found-later");
            Ended listed = site.run("archive", site.input("again.csv", List.of("found-later")));
            assertThat(listed.exitCode()).as(listed.out() + listed.err()).isEqualTo(0);
            assertThat(site.lastRun().ends())
                    .containsExactly(
                            "found-later/preview failed NOT_FOUND",
                            "found-later/result failed NOT_FOUND",
                            "found-later/video failed NOT_FOUND");
            assertThat(site.questions()).hasSize(1);

            Ended retried = site.run("archive", "--retry-failed", rejects);
            assertThat(retried.exitCode())
                    .as("the line that names no task fails again: %s", retried.err())
                    .isEqualTo(3);
            assertThat(site.lastRun().archivedTasks()).containsExactly("found-later");
            assertThat(site.lastRun().rows()).allMatch(row -> row.attempts() == 2);
            site.assertNothingIsAmiss();
        }
    }
}
