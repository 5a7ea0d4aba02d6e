package org.mediaarchiver.media;

import org.jspecify.annotations.Nullable;

/**
 * A WebP picture (RFC 9649): {@code RIFF}, the size of the rest in 32 bits, lowest byte first, {@code WEBP}, and chunks of which
 * the first is one of three.
 */
final class WebpStructure extends Structure {
    private boolean sawHeader;

    WebpStructure() {
        read(16);
    }

    @Override
    @Nullable
    String onField(byte[] bytes) {
        if (sawHeader) {
            // The padding byte; it asks for nothing more.
            return null;
        }
        sawHeader = true;
        boolean picture = bytes[12] == 'V'
                && bytes[13] == 'P'
                && bytes[14] == '8'
                && (bytes[15] == ' ' || bytes[15] == 'L' || bytes[15] == 'X');
        long size = uint32(new byte[] {bytes[7], bytes[6], bytes[5], bytes[4]}, 0);
        // The form type has 4 bytes, and the first chunk's header 8.
        if (!picture || size < 12) {
            return "it begins with no picture chunk";
        }
        skip(size - 8);
        // RIFF pads what is odd with one byte, and writers disagree on whether the file itself is padded.
        if (size % 2 != 0) {
            read(1);
        }
        return null;
    }

    @Override
    @Nullable
    String missingAtBoundary() {
        return sawHeader ? null : "it ends inside its header";
    }

    @Override
    String place() {
        return "its RIFF chunk";
    }
}
