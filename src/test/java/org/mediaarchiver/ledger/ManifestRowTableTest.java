package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.ledger.ManifestRowTable.Entry;
import org.mediaarchiver.ledger.ManifestRowTable.Tally;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class ManifestRowTableTest {
    private static final Sha256 DIGEST = Sha256.of(new byte[1]);

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase database;

    @SuppressWarnings("NullAway.Init")
    private Run run;

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
        run = database.begin();
    }

    @Test
    void aRowComesBackWithEveryColumnSet() {
        ManifestRow row = new ManifestRow(
                run.id(),
                4_000_000_000L,
                new TaskId("a".repeat(128)),
                Role.PREVIEW,
                Status.STORED,
                Reason.ADOPTED,
                3,
                "bucket",
                "p".repeat(1023) + "/media/" + "a".repeat(128) + "/preview.webp",
                "v".repeat(1024),
                5_000_000_000L,
                DIGEST,
                "image/webp",
                "e".repeat(255),
                "SHA256:FULL_OBJECT:" + DIGEST.base64(),
                "https://" + "h".repeat(2040),
                Sha256.of(new byte[2]),
                "w".repeat(64),
                Instant.parse("2026-11-23T02:00:00.001Z"),
                Instant.parse("2026-11-23T02:00:00.999Z"),
                VerifyMethod.HEAD_CHECKSUM,
                "d".repeat(200));

        database.rows().insert(List.of(new Entry(row, true)));

        assertThat(database.rows().rows(run.id())).containsExactly(row);
    }

    @Test
    void aRowComesBackWithEveryColumnEmptyThatMayBe() {
        ManifestRow row = failed(new TaskId("a"), Role.VIDEO, Reason.INTERNAL, null);

        database.rows().insert(List.of(new Entry(row, false)));

        assertThat(database.rows().rows(run.id())).containsExactly(row);
    }

    @Test
    void rowsComeInTheOrderOfTheKeysInTheBucketOverAllPages() {
        List<TaskId> ids = new ArrayList<>(List.of(new TaskId("a"), new TaskId("a-b"), new TaskId("a_b")));
        for (int i = 0; i < 720; i++) {
            ids.add(new TaskId("aA0zZ9".charAt(i % 6) + "_-x9Z".substring(i % 5) + i));
        }
        List<Entry> entries = new ArrayList<>();
        for (TaskId id : ids) {
            for (Role role : Role.values()) {
                entries.add(new Entry(failed(id, role, Reason.GONE, null), true));
            }
        }
        Collections.shuffle(entries, new Random(1));
        database.rows().insert(entries);

        List<String> read =
                database.rows().rows(run.id()).map(ManifestRow::sortKey).toList();

        List<byte[]> bytes = entries.stream()
                .map(entry -> entry.row().sortKey().getBytes(StandardCharsets.US_ASCII))
                .sorted(Arrays::compareUnsigned)
                .toList();
        assertThat(read)
                .containsExactlyElementsOf(bytes.stream()
                        .map(key -> new String(key, StandardCharsets.US_ASCII))
                        .toList());
        assertThat(read).hasSize(2169).containsSubsequence("a-b/video", "a/preview", "a/video", "a_b/preview");
    }

    @Test
    void aFullLastPageIsTheEnd() {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            entries.add(new Entry(failed(new TaskId("t" + i), Role.VIDEO, Reason.GONE, null), true));
        }
        database.rows().insert(entries);

        Iterator<ManifestRow> rows = database.rows().rows(run.id()).iterator();
        for (int i = 0; i < 1000; i++) {
            rows.next();
        }

        assertThat(rows.hasNext()).isFalse();
        assertThatThrownBy(rows::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void rowsAreTalliedByStatusReasonAndWhoSettledThem() {
        Run other = database.begin();
        List<Entry> entries = new ArrayList<>();
        for (Role role : Role.values()) {
            entries.add(new Entry(stored("a", role, null, 10), true));
            entries.add(new Entry(stored("b", role, Reason.ALREADY_STORED, 7), false));
            entries.add(new Entry(failed(new TaskId("c"), role, Reason.KEY_CONFLICT, 5L), true));
            entries.add(new Entry(failed(new TaskId("d"), role, Reason.KEY_CONFLICT, null), false));
        }
        database.rows().insert(entries);

        assertThat(database.rows().tally(run.id()))
                .containsExactly(
                        new Tally(Status.FAILED, Reason.KEY_CONFLICT, false, 3, 0),
                        new Tally(Status.FAILED, Reason.KEY_CONFLICT, true, 3, 15),
                        new Tally(Status.STORED, null, true, 3, 30),
                        new Tally(Status.STORED, Reason.ALREADY_STORED, false, 3, 21));
        assertThat(database.rows().tally(other.id())).isEmpty();
        assertThat(database.rows().rows(other.id())).isEmpty();
    }

    private ManifestRow stored(String task, Role role, @Nullable Reason reason, long bytes) {
        return new ManifestRow(
                run.id(),
                2L,
                new TaskId(task),
                role,
                Status.STORED,
                reason,
                1,
                "media",
                "k",
                null,
                bytes,
                DIGEST,
                "video/mp4",
                null,
                null,
                null,
                null,
                null,
                null,
                LedgerDatabase.START,
                VerifyMethod.NONE,
                null);
    }

    private ManifestRow failed(TaskId task, Role role, Reason reason, @Nullable Long bytes) {
        return new ManifestRow(
                run.id(),
                null,
                task,
                role,
                reason.status(),
                reason,
                0,
                null,
                null,
                null,
                bytes,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }
}
