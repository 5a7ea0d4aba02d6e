package org.mediaarchiver.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/** Small files of each kind, made of nothing but structure. */
final class SampleMedia {
    private SampleMedia() {}

    /** A video with its index first, as players like it. */
    static byte[] mp4(int dataBytes) {
        return concat(ftyp("isom"), box("moov", box("mvhd", noise(100))), box("mdat", noise(dataBytes)));
    }

    static byte[] ftyp(String brand) {
        return box("ftyp", concat(ascii(brand), new byte[] {0, 0, 2, 0}, ascii("isom"), ascii("mp42")));
    }

    static byte[] box(String type, byte[] content) {
        return concat(int32(8 + content.length), ascii(type), content);
    }

    /** A box with its size in 64 bits. */
    static byte[] largeBox(String type, byte[] content) {
        return concat(int32(1), ascii(type), int64(16 + content.length), content);
    }

    /** A box that says it reaches to the end of the file. */
    static byte[] lastBox(String type, byte[] content) {
        return concat(int32(0), ascii(type), content);
    }

    static byte[] webp(int dataBytes) {
        byte[] chunk = concat(ascii("WEBP"), ascii("VP8 "), littleEndian(dataBytes), noise(dataBytes));
        return concat(ascii("RIFF"), littleEndian(chunk.length), chunk);
    }

    static byte[] jpeg() {
        byte[] thumbnail = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xd9};
        byte[] scan = {1, 2, (byte) 0xff, 0, 3, (byte) 0xff, (byte) 0xd3, 4};
        return concat(
                new byte[] {(byte) 0xff, (byte) 0xd8},
                segment(0xe1, thumbnail),
                segment(0xdb, noise(65)),
                segment(0xda, new byte[] {1, 1, 0, 0, 63, 0}),
                scan,
                segment(0xc4, noise(20)),
                segment(0xda, new byte[] {1, 1, 0, 0, 63, 0}),
                scan,
                new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xd9});
    }

    private static byte[] segment(int marker, byte[] content) {
        int length = content.length + 2;
        return concat(new byte[] {(byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length}, content);
    }

    static byte[] png() {
        return concat(
                new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'},
                chunk("IHDR", noise(13)),
                chunk("IDAT", noise(90)),
                chunk("IDAT", noise(7)),
                chunk("IEND", new byte[0]));
    }

    static byte[] chunk(String type, byte[] content) {
        byte[] typed = concat(ascii(type), content);
        CRC32 crc = new CRC32();
        crc.update(typed);
        return concat(int32(content.length), typed, int32((int) crc.getValue()));
    }

    static byte[] gif() {
        return concat(
                ascii("GIF89a"),
                new byte[] {1, 0, 1, 0, (byte) 0x80, 0, 0},
                noise(6),
                new byte[] {0x21, (byte) 0xf9, 4, 0x3b, 0x3b, 0x3b, 0x3b, 0},
                new byte[] {0x2c, 0, 0, 0, 0, 1, 0, 1, 0, (byte) 0x81},
                noise(12),
                new byte[] {2, 3, 0x3b, 0x3b, 0x3b, 0},
                new byte[] {0x3b});
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] int32(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static byte[] int64(long value) {
        return ByteBuffer.allocate(8).putLong(value).array();
    }

    static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static byte[] first(byte[] bytes, int length) {
        return Arrays.copyOf(bytes, length);
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
