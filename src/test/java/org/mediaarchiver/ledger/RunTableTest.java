package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.RunTable.Listed;
import org.mediaarchiver.ledger.RunTable.Publication;
import org.mediaarchiver.ledger.TaskTable.Counts;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class RunTableTest {
    private static final Run.Options PLAIN = new Run.Options("task_id", null, false, false);
    private static final Counts COUNTS = new Counts(9, 0, 3, 2, 1, 4);
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.5Z");

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase database;

    @SuppressWarnings("NullAway.Init")
    private RunTable runs;

    @BeforeParameterizedClassInvocation
    static void open(LedgerDatabase.Kind kind) {
        database = new LedgerDatabase(kind, folder);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        database.close();
    }

    @AfterEach
    void end() {
        database.ends();
    }

    @BeforeEach
    void begin() {
        database.begins();
        runs = database.runs();
    }

    @Test
    void aPlaceHasOneNumber() {
        ArchiveTable archives = database.archives();
        int first = archives.idOf("", "media", "");

        assertThat(archives.idOf("http://127.0.0.1:9000", "media", "")).isNotEqualTo(first);
        assertThat(archives.idOf("", "media", "p/")).isNotEqualTo(first);
        assertThat(archives.idOf("", "other", "")).isNotEqualTo(first);
        assertThat(archives.idOf("", "media", "")).isEqualTo(first);
    }

    @Test
    void aPlaceWhoseLedgerIsBeingMadeAnewIsNotToBeWorkedIn() {
        ArchiveTable archives = database.archives();
        int first = archives.idOf("", "media", "p/");

        archives.beginRebuild(first);

        assertThat(archives.isRebuilding(first)).isTrue();
        assertThat(archives.numberOf("", "media", "p/")).isEqualTo(first);
        assertThatThrownBy(() -> archives.idOf("", "media", "p/"))
                .isInstanceOf(StopException.class)
                .hasMessage("The ledger of s3://media/p/ is not whole: it is being made anew, or that was interrupted."
                        + " Where nobody is at it, run 'ledger rebuild' again.");
        assertThat(archives.idOf("", "media", "")).isNotEqualTo(first);
        archives.endRebuild(first);
        assertThat(archives.idOf("", "media", "p/")).isEqualTo(first);
        assertThat(archives.all()).containsEntry(first, new RunFacts.Archive(null, "media", "p/"));
    }

    @Test
    void aRunComesBackAsItWasBegun() {
        Run full = database.begin("media", "nightly", new Run.Options("ID", 5L, true, true));
        Run bare = new Run(new RunId("20261123T030000Z-7f3a9c"), full.archiveId(), "bare", NOON, null, PLAIN);
        runs.insert(bare);

        assertThat(runs.unfinished(full.archiveId(), "nightly")).contains(full);
        assertThat(runs.unfinished(full.archiveId(), "bare")).contains(bare);
    }

    @Test
    void aRunThatIsReadBackBeganAtTheSameMillisecond() {
        int archive = database.begin().archiveId();
        Run run = new Run(
                new RunId("20261123T030000Z-7f3a9c"),
                archive,
                "exact",
                Instant.parse("2026-11-23T03:00:00.123987654Z"),
                null,
                PLAIN);
        runs.insert(run);

        assertThat(run.startedAt()).isEqualTo("2026-11-23T03:00:00.123Z");
        assertThat(runs.unfinished(archive, "exact")).contains(run);
    }

    @Test
    void theOldestUnfinishedRunOfTheJobComesFirst() {
        Run first = database.begin();
        Run second = database.begin();
        database.begin("media", "backfill", PLAIN);
        database.begin("other", "nightly", PLAIN);

        assertThat(runs.unfinished(first.archiveId(), "nightly")).contains(first);
        publish(first, "1");
        assertThat(runs.unfinished(first.archiveId(), "nightly")).contains(second);
        publish(second, "2");
        assertThat(runs.unfinished(first.archiveId(), "nightly")).isEmpty();
    }

    @Test
    void runsOfAJobWhosePublicationWasBegunAreFoundInTheOrderOfTheChain() {
        Run first = database.begin();
        Run second = database.begin();
        Run otherJob = database.begin("media", "backfill", PLAIN);
        Run elsewhere = database.begin("other", "nightly", PLAIN);
        List.of(second, first, otherJob, elsewhere).forEach(run -> runs.beginPublication(run, COUNTS, NOON));

        assertThat(runs.publishing(first.archiveId(), "nightly")).containsExactly(second, first);
        publish(second, "2");
        assertThat(runs.publishing(first.archiveId(), "nightly")).containsExactly(first);
    }

    @Test
    void aRunIsPublishedBehindThoseWhosePublicationWasBegunBefore() {
        Run first = database.begin();
        Run second = database.begin("media", "backfill", PLAIN);
        Run elsewhere = database.begin("other", "nightly", PLAIN);
        assertThat(runs.ahead(first)).isEmpty();
        runs.beginPublication(elsewhere, COUNTS, NOON);
        runs.beginPublication(first, COUNTS, NOON);

        assertThat(runs.ahead(second)).contains(first);
        assertThat(runs.ahead(first)).as("before the one that came first").isEmpty();
        runs.published(first.id(), digest("1"));
        assertThat(runs.ahead(second)).isEmpty();
        assertThat(publish(second, "2").previous()).isEqualTo(new RunFacts.Previous(first.id(), digest("1")));
    }

    @Test
    void whatAPublicationSaysIsFixedOnce() {
        Run run = database.begin();
        runs.countLines(run.id(), 40);
        runs.countDuplicates(run.id(), 2);
        runs.countDuplicates(run.id(), 3);

        Publication once = runs.beginPublication(run, COUNTS, NOON);
        Run later = database.begin();
        publish(later, "later");

        assertThat(once).isEqualTo(new Publication(null, NOON, 40, 5, COUNTS));
        assertThat(runs.beginPublication(run, new Counts(0, 0, 0, 0, 0, 0), NOON.plusSeconds(9)))
                .isEqualTo(once);
        assertThat(runs.publication(run.id())).isEqualTo(once);
    }

    @Test
    void aRunThatIsNotBeingPublishedHasNoPublication() {
        Run run = database.begin();

        assertThatThrownBy(() -> runs.publication(run.id())).hasMessageContaining("is not being published");
    }

    @Test
    void eachRunNamesTheOnePublishedBeforeItInItsOwnBucket() {
        Run first = database.begin();
        Run elsewhere = database.begin("other", "nightly", PLAIN);
        Run second = database.begin("media", "backfill", PLAIN);
        Run third = database.begin();

        assertThat(publish(first, "1").previous()).isNull();
        assertThat(publish(elsewhere, "e").previous()).isNull();
        assertThat(publish(third, "3").previous()).isEqualTo(new RunFacts.Previous(first.id(), digest("1")));
        assertThat(publish(second, "2").previous()).isEqualTo(new RunFacts.Previous(third.id(), digest("3")));
        assertThat(runs.runJson(second.id())).isEqualTo(digest("2"));
    }

    @Test
    void allRunsAreListedTheNewestFirst() {
        Run first = database.begin();
        Run second = database.begin("other", "backfill", PLAIN);
        Run third = database.begin();
        publish(first, "1");
        runs.beginPublication(second, COUNTS, NOON);

        assertThat(runs.all())
                .isEqualTo(List.of(
                        new Listed(third, Run.State.STARTED, null, null, null, null),
                        new Listed(second, Run.State.PUBLISHING, NOON, 9L, null, null),
                        new Listed(first, Run.State.PUBLISHED, NOON, 9L, null, digest("1"))));
    }

    private Publication publish(Run run, String runJson) {
        Publication publication = runs.beginPublication(run, COUNTS, NOON);
        runs.published(run.id(), digest(runJson));
        return publication;
    }

    private static Sha256 digest(String text) {
        return Sha256.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
