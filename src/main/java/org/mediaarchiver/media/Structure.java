package org.mediaarchiver.media;

import org.jspecify.annotations.Nullable;

/**
 * Follows the structure of a file while its bytes arrive, in buffers of any size, holding none of them.
 *
 * <p>A subclass asks for the next field with {@link #read} and passes over what it need not see with {@link #skip}; sizes come
 * from outside, so nothing is ever added to them or allocated by them.
 */
abstract sealed class Structure permits Mp4Structure, WebpStructure, JpegStructure, PngStructure, GifStructure {
    private static final int LONGEST_FIELD = 16;

    private final byte[] field = new byte[LONGEST_FIELD];
    private int wanted;
    private int have;
    private long toSkip;
    private boolean openToTheEnd;
    private @Nullable String fault;

    /**
     * Takes the next bytes of the file.
     *
     * @return what makes the file none of its kind, whatever follows; null as long as it can still become whole
     */
    final @Nullable String accept(byte[] buffer, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (fault == null && at < end) {
            if (toSkip > 0) {
                int step = (int) Math.min(toSkip, end - at);
                toSkip -= step;
                at += step;
            } else if (wanted == 0) {
                fault = "bytes follow its end";
            } else {
                int step = Math.min(wanted - have, end - at);
                System.arraycopy(buffer, at, field, have, step);
                have += step;
                at += step;
                if (have == wanted) {
                    wanted = 0;
                    have = 0;
                    fault = onField(field);
                }
            }
        }
        return fault;
    }

    /** Tells what is missing where the file ends here, or null where it is whole. */
    final @Nullable String missing() {
        return !openToTheEnd && (toSkip > 0 || have > 0) ? "it ends inside " + place() : missingAtBoundary();
    }

    /** Asks for {@link #onField} with the next {@code length} bytes, 1 to 16, after those that are skipped. */
    final void read(int length) {
        wanted = length;
    }

    /** Passes over the next bytes; 0 is none. */
    final void skip(long length) {
        toSkip = length;
    }

    /** Passes over all further bytes, however many come. */
    final void skipToTheEnd() {
        openToTheEnd = true;
        toSkip = Long.MAX_VALUE;
    }

    /**
     * Takes a field that was asked for, and asks for the next; asking for none is the end of the file.
     *
     * @param bytes the field at index 0
     * @return what makes the file none of its kind, or null
     */
    abstract @Nullable String onField(byte[] bytes);

    /** Tells what is missing where the file ends between two parts, or null where it is whole. */
    abstract @Nullable String missingAtBoundary();

    /** Names the part that the walk is in, to follow "inside". */
    abstract String place();

    static long uint32(byte[] bytes, int at) {
        return ((bytes[at] & 0xffL) << 24)
                | ((bytes[at + 1] & 0xffL) << 16)
                | ((bytes[at + 2] & 0xffL) << 8)
                | (bytes[at + 3] & 0xffL);
    }
}
