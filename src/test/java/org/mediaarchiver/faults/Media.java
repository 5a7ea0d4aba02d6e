package org.mediaarchiver.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Whole media of any size, no two of which are the same. */
public final class Media {
    private static final Path SAMPLES = Path.of("sample-data", "media");

    private Media() {}

    /** Returns a file of the sample. */
    public static byte[] sample(String name) {
        try {
            return Files.readAllBytes(SAMPLES.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a whole MP4 that has this much noise in it. */
    public static byte[] video(String seed, int noise) {
        byte[] bytes = new byte[noise];
        new Random(seed.hashCode()).nextBytes(bytes);
        return concat(sample("harbour.mp4"), box("free", seed.getBytes(US_ASCII)), box("mdat", bytes));
    }

    public static byte[] box(String type, byte[] content) {
        byte[] size = ByteBuffer.allocate(4).putInt(8 + content.length).array();
        return concat(size, type.getBytes(US_ASCII), content);
    }

    public static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Tells, in a way of its own, whether these are boxes that end where the file does, with a {@code moov} among them. */
    public static boolean isWholeVideo(byte[] file) {
        ByteBuffer left = ByteBuffer.wrap(file);
        boolean movie = false;
        while (left.remaining() >= 8) {
            int size = left.getInt(left.position());
            byte[] type = new byte[4];
            left.get(left.position() + 4, type);
            movie |= new String(type, US_ASCII).equals("moov");
            if (size < 8 || size > left.remaining()) {
                return false;
            }
            left.position(left.position() + size);
        }
        return movie && !left.hasRemaining();
    }
}
