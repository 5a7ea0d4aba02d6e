package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Tasks made for one test, as files that a {@code SampleSource} serves: they may change while it does. */
final class SourceData {
    private static final Path SAMPLES = Path.of("sample-data", "media");

    private final Path directory;

    SourceData(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("answers"));
        Files.createDirectories(directory.resolve("media"));
    }

    Path directory() {
        return directory;
    }

    /** Makes so many finished tasks, {@code prefix-00} and so on, and returns their ids. */
    List<String> done(String prefix, int count) throws IOException {
        List<String> ids = IntStream.range(0, count)
                .mapToObj(number -> "%s-%02d".formatted(prefix, number))
                .toList();
        for (String id : ids) {
            done(id);
        }
        return ids;
    }

    /** Makes a task that is done, with a video unlike that of any other task, and a preview. */
    void done(String id) throws IOException {
        doneWithVideo(id, 0);
    }

    /** Makes a task that is done, with a video that has at least so many bytes. */
    void doneWithVideo(String id, int bytes) throws IOException {
        media(id + ".mp4", videoOf(id, bytes));
        media(id + ".webp", Files.readAllBytes(SAMPLES.resolve("harbour.webp")));
        answer(id, """
                {"id":"work-of-%1$s","web_work_status":200,"no_wm_work_video_path":"{{media}}/%1$s.mp4?signature=%2$s",\
                "work_webp_path":"{{media}}/%1$s.webp?signature=%2$s"}""".formatted(id, Secrets.SIGNATURE));
    }

    /** Makes a task that the service has not begun. */
    void waiting(String id) throws IOException {
        answer(id, "{\"id\":\"work-of-" + id + "\",\"web_work_status\":0}");
    }

    private void media(String name, byte[] bytes) throws IOException {
        Files.write(directory.resolve("media").resolve(name), bytes);
    }

    private void answer(String id, String body) throws IOException {
        Files.writeString(directory.resolve("answers").resolve(id + ".json"), body);
    }

    /** A player passes over the last box, of the type {@code free}, which makes the bytes this task's own. */
    private static byte[] videoOf(String id, int bytes) throws IOException {
        byte[] text = id.getBytes(UTF_8);
        byte[] filling = new byte[Math.max(bytes, text.length)];
        System.arraycopy(text, 0, filling, 0, text.length);
        ByteArrayOutputStream video = new ByteArrayOutputStream();
        video.write(Files.readAllBytes(SAMPLES.resolve("garden.mp4")));
        video.write(ByteBuffer.allocate(4).putInt(8 + filling.length).array());
        video.write("free".getBytes(UTF_8));
        video.write(filling);
        return video.toByteArray();
    }
}
