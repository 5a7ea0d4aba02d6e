package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.batch.AuditWorkplace.Start;
import org.mediaarchiver.domain.RunId;

class AuditWorkplaceTest {
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:00Z");

    @TempDir
    private Path folder;

    private AuditWorkplace open(String words, Start start, Instant now) {
        return AuditWorkplace.open(folder.resolve("home"), words, start, () -> now);
    }

    /** Opens a workplace and leaves it as one that was interrupted leaves it. */
    private RunId interrupted(String words, Instant now) {
        try (AuditWorkplace workplace = open(words, Start.RESUME, now)) {
            return workplace.id();
        }
    }

    private List<String> audits() throws IOException {
        try (Stream<Path> audits = Files.list(folder.resolve("home/audits"))) {
            return audits.map(audit -> String.valueOf(audit.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void anAuditHasAFolderOfItsOwnInAHomeThatItsOwnerAloneCanEnter() throws IOException {
        try (AuditWorkplace workplace = open("all", Start.RESUME, NOW)) {
            assertThat(workplace.folder())
                    .isEqualTo(
                            folder.resolve("home/audits").resolve(workplace.id().value()));
            assertThat(workplace.id().start()).isEqualTo(NOW);
            assertThat(workplace.work()).isDirectory();
            assertThat(workplace.isKept()).isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("home"))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void theSameRequestGoesOnWithWhatWasInterrupted() {
        RunId id = interrupted("all head", NOW);
        long seed;
        try (AuditWorkplace resumed = open("all head", Start.RESUME, NOW.plus(Duration.ofDays(6)))) {
            assertThat(resumed.id()).isEqualTo(id);
            seed = resumed.seed();
        }
        try (AuditWorkplace again = open("all head", Start.RESUME, NOW.plus(Duration.ofDays(6)))) {
            assertThat(again.seed()).isEqualTo(seed);
        }
    }

    @Test
    void anotherRequestIsAnAuditOfItsOwn() throws IOException {
        RunId one = interrupted("all head", NOW);
        RunId other = interrupted("all read", NOW.plusSeconds(1));

        assertThat(audits()).containsExactly(one.value(), other.value());
    }

    @Test
    void ofSeveralTheNewestIsGoneOnWith() throws IOException {
        RunId older;
        RunId newer;
        try (AuditWorkplace first = open("all", Start.RESUME, NOW);
                AuditWorkplace second = open("all", Start.RESUME, NOW.plusSeconds(1))) {
            older = first.id();
            newer = second.id();
            assertThat(newer).as("what is at work is left alone").isNotEqualTo(older);
        }

        assertThat(interrupted("all", NOW.plusSeconds(2))).isEqualTo(newer);
        assertThat(audits()).doesNotContain(older.value());
    }

    @Test
    void afterAWeekNothingIsGoneOnWith() throws IOException {
        RunId one = interrupted("all", NOW);
        RunId other = interrupted("newest", NOW);

        RunId later = interrupted("all", NOW.plus(AuditWorkplace.RESUMED_FOR).plusSeconds(1));

        assertThat(later).isNotIn(one, other);
        assertThat(audits()).as("and what it took up is free").containsExactly(later.value());
    }

    @Test
    void aNewAuditIsBegunWhereItIsAskedFor() throws IOException {
        RunId left = interrupted("all", NOW);
        try (AuditWorkplace anew = open("all", Start.ANEW, NOW.plusSeconds(1))) {
            assertThat(anew.id()).isNotEqualTo(left);
            assertThat(audits()).containsExactly(anew.id().value());
        }
    }

    @Test
    void ofAFinishedAuditTheResultsStay() throws IOException {
        RunId id;
        try (AuditWorkplace workplace = open("all", Start.RESUME, NOW)) {
            id = workplace.id();
            Files.writeString(workplace.folder().resolve("audit.json"), "{}");
            workplace.finish();
        }
        RunId next = interrupted("all", NOW.plusSeconds(1));

        assertThat(next).isNotEqualTo(id);
        assertThat(folder.resolve("home/audits").resolve(id.value()))
                .isDirectoryContaining("glob:**/audit.json")
                .isDirectoryNotContaining("glob:**/work");
    }

    @Test
    void withoutAHomeThereIsAPlaceUntilTheEnd() throws IOException {
        Path file = Files.writeString(folder.resolve("home"), "not a folder");
        Path temporary;
        try (AuditWorkplace workplace = open("all", Start.RESUME, NOW)) {
            assertThat(workplace.isKept()).isFalse();
            temporary = workplace.folder();
            assertThat(workplace.work()).isDirectory();
        }

        assertThat(temporary.getParent()).doesNotExist();
        assertThat(file).hasContent("not a folder");
    }
}
