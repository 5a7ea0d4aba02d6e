package org.mediaarchiver.media;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The top level of an MP4 file (ISO/IEC 14496-12): boxes, each a 32-bit size and a type of four characters. Size 1 is followed by
 * one of 64 bits, size 0 reaches to the end of the file.
 *
 * <p>A whole video begins with {@code ftyp} and has a {@code moov}, without which nothing plays, and an {@code mdat}; a fragmented
 * one has an {@code mdat} after each {@code moof}.
 */
final class Mp4Structure extends Structure {
    /** Brands of files with the same structure that are no MP4 video: QuickTime, still pictures, audio. */
    private static final Set<String> OTHER_KINDS = Set.of(
            "qt  ", "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "miaf",
            "avif", "avis", "avci", "avcs", "jpeg", "jpgs", "jxl ", "jp2 ", "jpm ", "jpx ", "mjp2", "crx ", "M4A ",
            "M4B ", "M4P ", "F4A ", "F4B ", "aax ");

    private enum Expecting {
        FILE_TYPE,
        BOX,
        LARGE_SIZE
    }

    private Expecting expecting = Expecting.FILE_TYPE;
    private String type = "ftyp";
    private boolean hasMovie;
    private boolean hasData;
    private boolean fragmentLacksData;

    Mp4Structure() {
        read(12);
    }

    @Override
    @Nullable
    String onField(byte[] bytes) {
        return switch (expecting) {
            case FILE_TYPE -> onFileType(bytes);
            case BOX -> onBox(bytes);
            case LARGE_SIZE -> onLargeSize(bytes);
        };
    }

    private @Nullable String onFileType(byte[] bytes) {
        long size = uint32(bytes, 0);
        String brand = ascii(bytes, 8);
        if (OTHER_KINDS.contains(brand)) {
            return "its brand is that of another kind of file";
        }
        // Brand and version; 4 KiB of compatible brands are more than any file has.
        if (size < 16 || size > 4096 || size % 4 != 0) {
            return "its ftyp box has an impossible size";
        }
        return next(size - 12);
    }

    private @Nullable String onBox(byte[] bytes) {
        for (int i = 4; i < 8; i++) {
            boolean printable = (bytes[i] >= ' ' && bytes[i] < 0x7f) || bytes[i] == (byte) 0xa9;
            if (!printable) {
                return "it has a box without a type";
            }
        }
        type = ascii(bytes, 4);
        switch (type) {
            case "moov" -> hasMovie = true;
            case "moof" -> fragmentLacksData = true;
            case "mdat" -> {
                hasData = true;
                fragmentLacksData = false;
            }
            default -> {
                // Boxes of any other type may stand anywhere.
            }
        }
        long size = uint32(bytes, 0);
        if (size == 0) {
            skipToTheEnd();
            return null;
        }
        if (size == 1) {
            expecting = Expecting.LARGE_SIZE;
            read(8);
            return null;
        }
        return size < 8 ? "it has a box of an impossible size" : next(size - 8);
    }

    private @Nullable String onLargeSize(byte[] bytes) {
        long size = (uint32(bytes, 0) << 32) | uint32(bytes, 4);
        // Negative: 2^63 and more.
        return size < 16 ? "it has a box of an impossible size" : next(size - 16);
    }

    private @Nullable String next(long rest) {
        expecting = Expecting.BOX;
        skip(rest);
        read(8);
        return null;
    }

    @Override
    @Nullable
    String missingAtBoundary() {
        if (expecting == Expecting.LARGE_SIZE) {
            return "it ends inside " + place();
        }
        if (!hasMovie) {
            return "it has no moov box";
        }
        if (!hasData || fragmentLacksData) {
            return "it has no mdat box after its " + (hasData ? "last moof" : "moov");
        }
        return null;
    }

    @Override
    String place() {
        return switch (type) {
            case "ftyp", "moov", "mdat", "moof" -> "its " + type + " box";
            default -> "a box";
        };
    }

    private static String ascii(byte[] bytes, int at) {
        return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
    }
}
