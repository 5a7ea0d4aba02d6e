package org.mediaarchiver.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ManifestRowTest {
    private static final RunId RUN = new RunId("20261123T020000Z-7f3a9c");
    private static final Instant NOW = Instant.parse("2026-11-23T02:00:01.234567Z");
    private static final StoredObject.Content CONTENT =
            new StoredObject.Content(3, Sha256.of("abc".getBytes(StandardCharsets.US_ASCII)), "video/mp4");

    @Test
    void aStoredObjectKeepsWhatTheStoreSaysInSafeCells() {
        StoredObject object =
                new StoredObject("media", "media/a/video.mp4", "-x", CONTENT, "", "a,b", NOW, VerifyMethod.FULL_READ);
        ManifestRow row = row(new ObjectOutcome.Stored(Role.VIDEO, Reason.ADOPTED, object, null, NOW), "-101");

        assertThat(row.versionId()).isEqualTo("%2Dx");
        assertThat(row.etag()).isNull();
        assertThat(row.storeChecksum()).isEqualTo("a%2Cb");
        assertThat(row.workStatus()).isEqualTo("%2D101");
        assertThat(row.sizeBytes()).isEqualTo(3);
        assertThat(row.storedAt()).isEqualTo("2026-11-23T02:00:01.234Z");
        assertThat(row.fetchedAt()).isEqualTo("2026-11-23T02:00:01.234Z");
        assertThat(row.sortKey()).isEqualTo("a/video");
    }

    @Test
    void anObjectThatIsNotStoredTellsWhatArrivedAndNamesNoObject() {
        ManifestRow row = row(
                new ObjectOutcome.NotStored(
                        Role.VIDEO,
                        Reason.KEY_CONFLICT,
                        new Detail("other bytes"),
                        SourceUrl.of("https://h.example/v?s=1"),
                        CONTENT,
                        NOW),
                null);

        assertThat(row.status()).isEqualTo(Status.FAILED);
        assertThat(row.sha256()).isEqualTo(CONTENT.sha256());
        assertThat(row.sourceUrl()).isEqualTo("https://h.example/v");
        assertThat(row.errorDetail()).isEqualTo("other bytes");
        assertThat(row.key()).isNull();
        assertThat(row.verifyMethod()).isNull();
    }

    @Test
    void aReasonGoesWithItsStatusAlone() {
        assertThatThrownBy(() -> bare(Status.PENDING, Reason.GONE, null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> bare(Status.FAILED, null, null)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void onlyAStoredRowNamesAnObject() {
        assertThatThrownBy(() -> bare(Status.STORED, null, "media/a/video.mp4"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> bare(Status.FAILED, Reason.GONE, "media/a/video.mp4"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(bare(Status.FAILED, Reason.GONE, null).key()).isNull();
    }

    private static ManifestRow row(ObjectOutcome video, @Nullable String workStatus) {
        TaskOutcome task = new TaskOutcome(
                new TaskId("a"),
                workStatus,
                List.of(
                        new ObjectOutcome.NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null),
                        new ObjectOutcome.NotStored(Role.RESULT, Reason.GONE, null, null),
                        video));
        return ManifestRow.of(RUN, 2L, 1, task, video);
    }

    private static ManifestRow bare(Status status, @Nullable Reason reason, @Nullable String key) {
        return new ManifestRow(
                RUN,
                2L,
                new TaskId("a"),
                Role.VIDEO,
                status,
                reason,
                1,
                null,
                key,
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
                null,
                null,
                null);
    }
}
