package org.mediaarchiver.manifest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunFacts.Options.Flag;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.VerifyMethod;

/** A run of five tasks that between them came to every end. */
final class SmallRun {
    static final RunId RUN = new RunId("20261123T020000Z-7f3a9c");
    static final Instant STARTED = Instant.parse("2026-11-23T02:00:00.123456789Z");
    static final Instant FETCHED = Instant.parse("2026-11-23T02:00:07.5Z");
    static final String PREFIX = "archive/";

    private SmallRun() {}

    static RunFiles files(Path dir) {
        return files(dir, rows());
    }

    static RunFiles files(Path dir, List<ManifestRow> rows) {
        return new RunFiles(dir, facts(), rows::stream, () -> rejectedLines().stream(), SmallRun::open);
    }

    static RunFacts facts() {
        return new RunFacts(
                RUN,
                "archive",
                new RunFacts.Previous(new RunId("20261122T020000Z-0000ff"), Sha256.of(ascii("yesterday"))),
                new RunFacts.Input("tâches.csv", 1234, Sha256.of(ascii("input")), 12, 7, 1, 2),
                new RunFacts.Counts(2, 1, 0),
                STARTED,
                STARTED.plusSeconds(61),
                "0.1.0",
                new RunFacts.Archive("https://s3.example.com", "media", PREFIX),
                new RunFacts.Options(100L, Set.of(Flag.RETRY_FAILED)),
                Map.of("sha256", "verified", "if_none_match", "yes"));
    }

    /** Of a run that took up carried-over tasks alone, the first in its archive. */
    static RunFacts factsWithoutInput() {
        RunFacts facts = facts();
        return new RunFacts(
                RUN,
                facts.job(),
                null,
                null,
                new RunFacts.Counts(0, 1, 0),
                STARTED,
                STARTED,
                facts.toolVersion(),
                new RunFacts.Archive(null, "media", ""),
                new RunFacts.Options(null, Set.of()),
                Map.of());
    }

    static List<RejectedLine> rejectedLines() {
        return List.of(
                new RejectedLine(3, "=HYPERLINK(\"x\",1)", "INVALID_ID", "not a task id"),
                new RejectedLine(9, "#nö", "INVALID_ID", "not a task id"));
    }

    /** In the order of the manifest: {@code a-b/} comes before {@code a/}. */
    static List<ManifestRow> rows() {
        List<ManifestRow> rows = new ArrayList<>();
        rows.addAll(rows(
                2L,
                1,
                "a-b",
                "200",
                stored("a-b", Role.PREVIEW, Reason.ADOPTED),
                stored("a-b", Role.RESULT),
                stored("a-b", Role.VIDEO)));
        rows.addAll(rows(
                5L,
                2,
                "a",
                "200",
                new NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null),
                stored("a", Role.RESULT),
                stored("a", Role.VIDEO)));
        rows.addAll(rows(
                6L,
                1,
                "lost",
                "200",
                new NotStored(
                        Role.PREVIEW,
                        Reason.NOT_MEDIA,
                        new Detail("begins with <html>, 17 bytes"),
                        url("lost.webp"),
                        content(Role.PREVIEW, ascii("<html>lost</html>")),
                        FETCHED),
                new NotStored(Role.RESULT, Reason.TRUNCATED, new Detail("received 10 of 20 bytes"), null),
                new NotStored(Role.VIDEO, Reason.TRUNCATED, new Detail("received 10 of 20 bytes"), url("lost.mp4"))));
        rows.addAll(same(7L, 1, "rude", "-101", Reason.MODERATED));
        rows.addAll(same(null, 4, "slow", "100", Reason.NOT_READY));
        return rows;
    }

    static List<ManifestRow> same(@Nullable Long line, int attempts, String task, String workStatus, Reason reason) {
        return rows(
                line,
                attempts,
                task,
                workStatus,
                new NotStored(Role.PREVIEW, reason, null, null),
                new NotStored(Role.RESULT, reason, null, null),
                new NotStored(Role.VIDEO, reason, null, null));
    }

    static List<ManifestRow> rows(
            @Nullable Long line, int attempts, String task, String workStatus, ObjectOutcome... objects) {
        TaskOutcome outcome = new TaskOutcome(new TaskId(task), workStatus, List.of(objects));
        return Stream.of(objects)
                .map(object -> ManifestRow.of(RUN, line, attempts, outcome, object))
                .toList();
    }

    static Stored stored(String task, Role role) {
        return stored(task, role, null);
    }

    static Stored stored(String task, Role role, @Nullable Reason reason) {
        return new Stored(
                role,
                reason,
                new StoredObject(
                        "media",
                        key(task, role),
                        "-v1",
                        content(role, bytes(task, role)),
                        "etag-of-" + role.word(),
                        "SHA256:FULL_OBJECT:" + Sha256.of(bytes(task, role)).base64(),
                        FETCHED.plusMillis(250),
                        VerifyMethod.PUT_CHECKSUM),
                url(task + "?signature=secret"),
                FETCHED);
    }

    static String key(String task, Role role) {
        return PREFIX + "media/" + task + "/" + role.word() + "." + type(role).extension();
    }

    static byte[] bytes(String task, Role role) {
        return ascii("bytes of " + task + "/" + role.word());
    }

    /** Gives the bytes of the run's stored objects. */
    static InputStream open(String key) throws IOException {
        for (ManifestRow row : rows()) {
            if (key.equals(row.key())) {
                return new ByteArrayInputStream(bytes(row.taskId().value(), row.role()));
            }
        }
        throw new NoSuchFileException(key);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static StoredObject.Content content(Role role, byte[] bytes) {
        return new StoredObject.Content(
                bytes.length, Sha256.of(bytes), type(role).contentType());
    }

    private static MediaType type(Role role) {
        return switch (role) {
            case PREVIEW -> MediaType.WEBP;
            case RESULT -> MediaType.JSON;
            case VIDEO -> MediaType.MP4;
        };
    }

    private static SourceUrl url(String name) {
        return SourceUrl.of("https://cdn.example.com/a,b/" + name);
    }
}
