package org.mediaarchiver.manifest;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
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
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;

/** A run of 400 tasks over 47 minutes, with pictures for previews and with texts that would do harm where they are not escaped. */
final class BusyRun {
    static final String HOSTILE = "</title></style></code>\"'><script>document.title='owned'</script>"
            + "<img src=\"http://example.com/pixel\" onerror=\"document.title='owned'\">&lt;\u202Egnp.exe\u0000.csv";

    private static final int TASKS = 400;
    private static final int PICTURES = 10;
    private static final Instant START = Instant.parse("2026-11-23T02:00:00Z");

    private final List<byte[]> pictures =
            IntStream.range(0, PICTURES).mapToObj(BusyRun::picture).toList();
    private final Map<String, byte[]> bucket = new HashMap<>();
    private final List<ManifestRow> rows = new ArrayList<>();

    BusyRun() {
        for (int i = 0; i < TASKS; i++) {
            String task = "clip-%04d-%s"
                    .formatted(
                            i,
                            Sha256.of(new byte[] {(byte) i, (byte) (i >> 8)})
                                    .hex()
                                    .substring(0, 12));
            ObjectOutcome[] objects = objects(task, i);
            rows.addAll(SmallRun.rows(i % 31 == 5 ? null : i + 2L, 1 + i % 3, task, "200", objects));
        }
    }

    RunFiles files(java.nio.file.Path dir) {
        return new RunFiles(dir, facts(), rows::stream, () -> rejectedLines(), this::open);
    }

    private static RunFacts facts() {
        return new RunFacts(
                SmallRun.RUN,
                "nightly",
                null,
                new RunFacts.Input(HOSTILE, 40_123, Sha256.of(SmallRun.ascii("list")), 2_404, 2_200, 12, 60),
                new RunFacts.Counts(1_800, 13, 0),
                START,
                START.plus(Duration.ofMinutes(47)),
                "0.1.0",
                new RunFacts.Archive("https://s3.example.com", "media", SmallRun.PREFIX),
                new RunFacts.Options(null, Set.of()),
                Map.of());
    }

    private static Stream<RejectedLine> rejectedLines() {
        return IntStream.range(0, 60)
                .mapToObj(i -> new RejectedLine(2_000 + i, HOSTILE + i, "INVALID_ID", "not a task id: " + HOSTILE));
    }

    private InputStream open(String key) throws IOException {
        byte[] bytes = bucket.get(key);
        if (bytes == null) {
            throw new NoSuchFileException(key);
        }
        return new ByteArrayInputStream(bytes);
    }

    private ObjectOutcome[] objects(String task, int i) {
        if (i % 6 == 4) {
            return all(Reason.GONE, "HTTP 404 from cdn.example.com after a second answer");
        }
        if (i % 23 == 7) {
            return all(Reason.NOT_READY, null);
        }
        if (i % 29 == 8) {
            return all(Reason.MODERATED, null);
        }
        if (i % 57 == 9) {
            return all(Reason.SOURCE_UNAVAILABLE, "the connection broke after 1048576 of 9437184 bytes; five times");
        }
        Instant fetched = START.plusMillis((long) (2_700_000 * Math.pow((double) i / TASKS, 1.4)));
        if (i % 41 == 3) {
            return new ObjectOutcome[] {
                stored(task, Role.PREVIEW, i, fetched),
                new NotStored(Role.RESULT, Reason.NOT_MEDIA, new Detail("no known kind"), null),
                new NotStored(
                        Role.VIDEO, Reason.NOT_MEDIA, new Detail("begins with <img src=x onerror=alert(1)>"), null)
            };
        }
        return new ObjectOutcome[] {
            i % 5 == 0
                    ? new NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null)
                    : stored(task, Role.PREVIEW, i, fetched),
            stored(task, Role.RESULT, i, fetched),
            stored(task, Role.VIDEO, i, fetched)
        };
    }

    private static ObjectOutcome[] all(Reason reason, @Nullable String detail) {
        return Stream.of(Role.values())
                .map(role -> new NotStored(role, reason, detail == null ? null : new Detail(detail), null))
                .toArray(ObjectOutcome[]::new);
    }

    private Stored stored(String task, Role role, int i, Instant fetched) {
        MediaType type = switch (role) {
            case PREVIEW -> MediaType.PNG;
            case RESULT -> MediaType.JSON;
            case VIDEO -> MediaType.MP4;
        };
        byte[] bytes = role == Role.PREVIEW ? pictures.get(i % PICTURES) : SmallRun.bytes(task, role);
        String key = SmallRun.PREFIX + "media/" + task + "/" + role.word() + "." + type.extension();
        long size = role == Role.VIDEO ? 6_000_000L + 10_000L * i : bytes.length;
        // The second preview has gone since, and the third was replaced.
        if (role == Role.PREVIEW && i != 2) {
            bucket.put(key, i == 3 ? SmallRun.ascii("another picture") : bytes);
        }
        return new Stored(
                role,
                i % 37 == 11 ? Reason.ADOPTED : null,
                new StoredObject(
                        "media",
                        key,
                        null,
                        new StoredObject.Content(size, Sha256.of(bytes), type.contentType()),
                        "etag",
                        null,
                        fetched.plusMillis(40L + i * i % 2_500),
                        VerifyMethod.PUT_CHECKSUM),
                SourceUrl.of("https://cdn.example.com/" + task),
                fetched);
    }

    private static byte[] picture(int i) {
        BufferedImage image = new BufferedImage(480, i % 3 == 0 ? 480 : 270, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        for (int y = 0; y < image.getHeight(); y++) {
            canvas.setColor(
                    Color.getHSBColor((0.08f * i + 0.0004f * y) % 1, 0.35f, 0.35f + 0.5f * y / image.getHeight()));
            canvas.drawLine(0, y, image.getWidth(), y);
        }
        canvas.setColor(Color.getHSBColor((0.08f * i + 0.4f) % 1, 0.5f, 0.8f));
        canvas.fillOval(90 + 20 * i, 60, 110, 110);
        canvas.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Objects.requireNonNull(png.toByteArray());
    }
}
