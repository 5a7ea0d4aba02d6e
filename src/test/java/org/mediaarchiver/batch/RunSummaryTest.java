package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.ledger.ManifestRowTable.Tally;
import org.mediaarchiver.ledger.TaskTable.Counts;

class RunSummaryTest {
    private static final Sha256 DIGEST = Sha256.of(new byte[1]);

    @Test
    void theSummaryTellsWhatAPersonWantsToKnow() {
        RunSummary summary = summary(
                List.of(
                        tally(Reason.NOT_FOUND, false, 3, 0),
                        tally(Reason.KEY_CONFLICT, true, 2, 500),
                        tally(Reason.NOT_READY, true, 3, 0),
                        tally(Reason.NO_OUTPUT, true, 1, 0),
                        tally(Reason.ALREADY_STORED, false, 6, 2_000_000),
                        tally(null, true, 1205, 12_345_678)),
                new Counts(1234, 0, 800, 1, 5, 7),
                2,
                1);

        assertThat(summary.text().lines())
                .containsExactly(
                        "run 20261123T020000Z-7f3a9c of job nightly, 2 min 5 s",
                        "1,234 tasks: 428 dealt with, 800 archived by earlier runs, 1 failed for good in earlier runs,"
                                + " 5 left by --limit, 7 carried over from earlier runs, 2 duplicate lines,"
                                + " 1 rejected line",
                        "",
                        "  status   reason                         objects     bytes",
                        "  failed   NOT_FOUND (before)                   3",
                        "  failed   KEY_CONFLICT                         2",
                        "  pending  NOT_READY                            3",
                        "  skipped  NO_OUTPUT                            1",
                        "  stored   ALREADY_STORED                       6    2.0 MB",
                        "  stored   new                              1,205   12.3 MB",
                        "",
                        "manifest   /home/runs/x/manifest.csv",
                        "failures   /home/runs/x/rejects.csv",
                        "in bucket  s3://media/runs/x/manifest.csv",
                        "SHA-256 of run.json, worth keeping elsewhere:",
                        DIGEST.hex());
    }

    @Test
    void aRunWithNothingToDoSaysSo() {
        RunSummary summary = summary(List.of(), new Counts(3, 0, 3, 0, 0, 0), 0, 0);

        assertThat(summary.text())
                .contains("3 tasks: 0 dealt with, 3 archived by earlier runs")
                .contains("  nothing to do")
                .doesNotContain("failures");
        assertThat(summary.hasProblems()).isFalse();
        assertThat(summary.hasPending()).isFalse();
    }

    /** The lines for 0 and 3 of the exit codes: what failed or could not be reached is a problem, what is not ready is none. */
    @ParameterizedTest
    @EnumSource(Reason.class)
    void whatIsAProblemFollowsFromTheReason(Reason reason) {
        boolean unreached =
                reason.status() == Status.PENDING && reason != Reason.NOT_READY && reason != Reason.RUN_STOPPED;
        RunSummary summary = summary(List.of(tally(reason, true, 1, 0)), new Counts(1, 0, 0, 0, 0, 0), 0, 0);

        assertThat(summary.hasProblems()).isEqualTo(reason.status() == Status.FAILED || unreached);
        assertThat(summary.hasPending()).isEqualTo(reason.status() == Status.PENDING);
    }

    @Test
    void whatFailedInAnEarlierRunIsNoProblemOfThisOne() {
        assertThat(summary(List.of(tally(Reason.GONE, false, 3, 0)), new Counts(1, 0, 0, 1, 0, 0), 0, 0)
                        .hasProblems())
                .isFalse();
    }

    @Test
    void aLineThatNamesNoTaskIsAProblem() {
        assertThat(summary(List.of(), new Counts(0, 0, 0, 0, 0, 0), 0, 1).hasProblems())
                .isTrue();
        assertThat(summary(List.of(), new Counts(0, 0, 0, 0, 9, 0), 5, 0).hasProblems())
                .isFalse();
    }

    private static Tally tally(@Nullable Reason reason, boolean isNew, long rows, long bytes) {
        return new Tally(reason == null ? Status.STORED : reason.status(), reason, isNew, rows, bytes);
    }

    private static RunSummary summary(List<Tally> tally, Counts counts, long duplicates, long rejected) {
        return new RunSummary(
                new RunId("20261123T020000Z-7f3a9c"),
                "nightly",
                tally,
                counts,
                duplicates,
                rejected,
                Duration.ofSeconds(125),
                Path.of("/home/runs/x"),
                "s3://media/runs/x/manifest.csv",
                DIGEST);
    }
}
