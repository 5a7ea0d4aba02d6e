import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Videos and previews of any size: whole by structure, and zeros elsewhere, which cost no disk. */
final class Media {
    private final Path directory;
    private final Map<Long, FileChannel> videos = new ConcurrentHashMap<>();
    private final Map<Long, FileChannel> previews = new ConcurrentHashMap<>();

    Media(Path directory) {
        this.directory = directory;
    }

    /** Returns an MP4 of so many bytes, at least 64: {@code ftyp}, {@code moov}, and the rest an {@code mdat}. */
    FileChannel video(long bytes) {
        return videos.computeIfAbsent(bytes, size -> {
            ByteBuffer head = ByteBuffer.allocate(48);
            head.putInt(16).put(ascii("ftypisom")).putInt(0);
            head.putInt(16).put(ascii("moov")).putInt(8).put(ascii("free"));
            // A size of 1 says that the real one follows in 64 bits.
            head.putInt(1).put(ascii("mdat")).putLong(size - 32);
            return file("video-" + size, head.flip(), size);
        });
    }

    /** Returns a WebP of so many bytes, at least 32 and even. */
    FileChannel preview(long bytes) {
        return previews.computeIfAbsent(bytes, size -> {
            ByteBuffer head = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
            head.put(ascii("RIFF"))
                    .putInt((int) (size - 8))
                    .put(ascii("WEBPVP8 "))
                    .putInt((int) (size - 20));
            return file("preview-" + size, head.flip(), size);
        });
    }

    private FileChannel file(String name, ByteBuffer head, long size) {
        Path path = directory.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.getChannel().write(head);
            file.setLength(size);
            return FileChannel.open(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
