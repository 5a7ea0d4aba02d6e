package org.mediaarchiver.ledger;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.domain.VerifyMethod;

/** How tasks can end. */
public final class Outcomes {
    private static final Instant THEN = Instant.parse("2026-11-23T02:00:01.500Z");

    private Outcomes() {}

    /** A task of which every object ended for the same reason. */
    public static TaskOutcome all(String task, Reason reason) {
        return new TaskOutcome(
                new TaskId(task),
                "100",
                Stream.of(Role.values())
                        .<ObjectOutcome>map(role -> lost(role, reason))
                        .toList());
    }

    /** A task that was archived whole. */
    public static TaskOutcome archived(String task) {
        return of(stored(task, Role.PREVIEW), stored(task, Role.RESULT), stored(task, Role.VIDEO), task);
    }

    /** A task whose result names no preview. */
    public static TaskOutcome archivedWithoutPreview(String task) {
        return of(
                new NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null),
                stored(task, Role.RESULT),
                stored(task, Role.VIDEO),
                task);
    }

    /** A task whose video did not arrive. */
    public static TaskOutcome withoutVideo(String task, Reason reason) {
        return of(stored(task, Role.PREVIEW), lost(Role.RESULT, reason), lost(Role.VIDEO, reason), task);
    }

    /** A task whose preview did not arrive. */
    public static TaskOutcome withoutPreview(String task, Reason reason) {
        return of(lost(Role.PREVIEW, reason), stored(task, Role.RESULT), stored(task, Role.VIDEO), task);
    }

    /** A task whose preview ended otherwise than its video. */
    public static TaskOutcome lostBoth(String task, Reason preview, Reason video) {
        return of(lost(Role.PREVIEW, preview), lost(Role.RESULT, video), lost(Role.VIDEO, video), task);
    }

    private static TaskOutcome of(ObjectOutcome preview, ObjectOutcome result, ObjectOutcome video, String task) {
        return new TaskOutcome(new TaskId(task), "200", List.of(preview, result, video));
    }

    static Stored stored(String task, Role role) {
        byte[] bytes = (task + role).getBytes(StandardCharsets.UTF_8);
        StoredObject object = new StoredObject(
                "media",
                "media/" + task + "/" + role.word(),
                "v1",
                new StoredObject.Content(bytes.length, Sha256.of(bytes), "video/mp4"),
                "e1",
                "SHA256:FULL_OBJECT:" + Sha256.of(bytes).base64(),
                THEN,
                VerifyMethod.PUT_CHECKSUM);
        return new Stored(role, null, object, SourceUrl.of("https://cdn.example/" + task + "?sig=1"), THEN);
    }

    static NotStored lost(Role role, Reason reason) {
        return new NotStored(role, reason, new Detail("what happened"), SourceUrl.of("https://cdn.example/x"));
    }
}
