package org.mediaarchiver.media;

import org.jspecify.annotations.Nullable;

/** A PNG picture (W3C PNG): a signature of 8 bytes, then chunks of length, type, data and CRC from {@code IHDR} to {@code IEND}. */
final class PngStructure extends Structure {
    private static final long LONGEST_CHUNK = Integer.MAX_VALUE;
    private static final int CRC = 4;
    private static final long IHDR = 0x49484452L;
    private static final long IDAT = 0x49444154L;
    private static final long IEND = 0x49454e44L;

    private boolean sawHeader;
    private boolean sawData;
    private boolean sawEnd;

    PngStructure() {
        skip(8);
        read(8);
    }

    @Override
    @Nullable
    String onField(byte[] bytes) {
        long length = uint32(bytes, 0);
        long type = uint32(bytes, 4);
        if (sawHeader == (type == IHDR) || (type == IHDR && length != 13)) {
            return "it does not begin with one IHDR chunk";
        }
        if (length > LONGEST_CHUNK || (type == IEND && length != 0)) {
            return "it has a chunk of an impossible size";
        }
        sawHeader = true;
        sawData |= type == IDAT;
        sawEnd = type == IEND;
        skip(length + CRC);
        if (!sawEnd) {
            read(8);
        }
        return null;
    }

    @Override
    @Nullable
    String missingAtBoundary() {
        return !sawEnd ? "it has no IEND chunk" : !sawData ? "it has no IDAT chunk" : null;
    }

    @Override
    String place() {
        return "a chunk";
    }
}
