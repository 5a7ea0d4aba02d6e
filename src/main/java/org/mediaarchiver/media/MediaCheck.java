package org.mediaarchiver.media;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;

/**
 * Tells, while a file's bytes arrive, what kind it is and whether it is whole; names and headers are not asked, since sources call
 * JPEG files {@code .webp} and error pages {@code video/mp4}.
 *
 * <p>Only what can be told without decoding is promised: the right beginning, a structure that closes exactly at the end, and the
 * parts without which nothing can be shown.
 */
final class MediaCheck {
    private static final int HEAD = 12;

    private final Role role;
    private final byte[] head = new byte[HEAD];
    private int headLength;
    private @Nullable MediaType type;
    private @Nullable Structure structure;

    /** @param role {@code VIDEO} or {@code PREVIEW}: which kinds are welcome */
    MediaCheck(Role role) {
        if (role == Role.RESULT) {
            throw new IllegalArgumentException("a result is no media");
        }
        this.role = role;
    }

    /** What the bytes are. */
    sealed interface Finding {
        /** A whole file of a kind that is welcome. */
        record Whole(MediaType type) implements Finding {}

        /**
         * No such file.
         *
         * @param reason {@code NOT_MEDIA}, {@code TRUNCATED} or {@code EMPTY}
         */
        record Fault(Reason reason, Detail detail) implements Finding {}
    }

    /**
     * Takes the next bytes of the file.
     *
     * @return why the file will not do, whatever follows; null as long as it may
     */
    Finding.@Nullable Fault accept(byte[] buffer, int offset, int length) {
        int at = offset;
        int left = length;
        if (structure == null) {
            int step = Math.min(HEAD - headLength, length);
            System.arraycopy(buffer, offset, head, headLength, step);
            headLength += step;
            at += step;
            left -= step;
            if (headLength < HEAD) {
                return null;
            }
            MediaType found = typeOf(head);
            if (found == null) {
                return notMedia(
                        isErrorPage() ? "an error page came instead of a file" : "the bytes are of no known kind");
            }
            if ((found == MediaType.MP4) != (role == Role.VIDEO)) {
                return notMedia("the bytes are " + found + " and no " + (role == Role.VIDEO ? "MP4 video" : "picture"));
            }
            type = found;
            structure = structureOf(found);
            Finding.Fault fault = judged(found, structure.accept(head, 0, HEAD));
            if (fault != null) {
                return fault;
            }
        }
        return type == null ? null : judged(type, structure.accept(buffer, at, left));
    }

    /** Judges the file, after its last byte. */
    Finding end() {
        if (headLength == 0) {
            return new Finding.Fault(Reason.EMPTY, new Detail("the file has no bytes"));
        }
        if (structure == null || type == null) {
            return isErrorPage()
                    ? notMedia("an error page came instead of a file")
                    : notMedia("the file is too short to be of any kind");
        }
        String missing = structure.missing();
        return missing == null
                ? new Finding.Whole(type)
                : new Finding.Fault(Reason.TRUNCATED, new Detail("the " + type + " file is not whole: " + missing));
    }

    private static Finding.@Nullable Fault judged(MediaType type, @Nullable String fault) {
        return fault == null ? null : notMedia("no proper " + type + " file: " + fault);
    }

    private static Finding.Fault notMedia(String detail) {
        return new Finding.Fault(Reason.NOT_MEDIA, new Detail(detail));
    }

    private static @Nullable MediaType typeOf(byte[] head) {
        if (has(head, 4, "ftyp")) {
            return MediaType.MP4;
        }
        if (has(head, 0, "RIFF") && has(head, 8, "WEBP")) {
            return MediaType.WEBP;
        }
        if (has(head, 0, "\u00ff\u00d8\u00ff")) {
            return MediaType.JPEG;
        }
        if (has(head, 0, "\u0089PNG\r\n\u001a\n")) {
            return MediaType.PNG;
        }
        return has(head, 0, "GIF87a") || has(head, 0, "GIF89a") ? MediaType.GIF : null;
    }

    private static Structure structureOf(MediaType type) {
        return switch (type) {
            case MP4 -> new Mp4Structure();
            case WEBP -> new WebpStructure();
            case JPEG -> new JpegStructure();
            case PNG -> new PngStructure();
            case GIF -> new GifStructure();
            case JSON -> throw new IllegalArgumentException("JSON is no media");
        };
    }

    private static boolean has(byte[] head, int at, String latin1) {
        byte[] magic = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.equals(head, at, at + magic.length, magic, 0, magic.length);
    }

    /** HTML, XML and JSON, after a byte order mark and white space. */
    private boolean isErrorPage() {
        int at = has(head, 0, "\u00ef\u00bb\u00bf") ? 3 : 0;
        while (at < headLength && (head[at] == ' ' || head[at] == '\t' || head[at] == '\r' || head[at] == '\n')) {
            at++;
        }
        return at < headLength && (head[at] == '<' || head[at] == '{');
    }
}
