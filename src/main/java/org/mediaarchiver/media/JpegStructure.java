package org.mediaarchiver.media;

import org.jspecify.annotations.Nullable;

/**
 * A JPEG picture (ITU-T T.81, annex B): marker segments from {@code FF D8} to {@code FF D9}, with compressed data after each start
 * of scan.
 *
 * <p>The segments are walked, because a thumbnail inside one has its own {@code FF D9}. Some cameras append further pictures: what
 * follows the end is accepted as long as the file ends with {@code FF D9} as well.
 */
final class JpegStructure extends Structure {
    private static final int END_OF_IMAGE = 0xd9;
    private static final int START_OF_SCAN = 0xda;

    private enum Expecting {
        START,
        MARKER,
        LENGTH,
        DATA,
        DATA_AFTER_FF,
        AFTER_END
    }

    private Expecting expecting = Expecting.START;
    private int marker;
    private boolean sawScan;
    private int lastButOne;
    private int last;

    JpegStructure() {
        read(2);
    }

    @Override
    @Nullable
    String onField(byte[] bytes) {
        int first = bytes[0] & 0xff;
        switch (expecting) {
            case START -> expect(Expecting.MARKER);
            case MARKER -> {
                int second = bytes[1] & 0xff;
                if (first != 0xff || second == 0) {
                    return "it has a segment without a marker";
                }
                onMarker(second);
            }
            case LENGTH -> {
                int length = (first << 8) | (bytes[1] & 0xff);
                if (length < 2) {
                    return "it has a segment of an impossible size";
                }
                skip(length - 2);
                expect(marker == START_OF_SCAN ? Expecting.DATA : Expecting.MARKER);
            }
            case DATA -> expect(first == 0xff ? Expecting.DATA_AFTER_FF : Expecting.DATA);
            case DATA_AFTER_FF -> {
                boolean restart = first >= 0xd0 && first <= 0xd7;
                if (first == 0 || restart) {
                    expect(Expecting.DATA);
                } else {
                    onMarker(first);
                }
            }
            case AFTER_END -> {
                lastButOne = last;
                last = first;
                expect(Expecting.AFTER_END);
            }
        }
        return null;
    }

    private void onMarker(int code) {
        if (code == 0xff) {
            // A fill byte: what follows it is the marker's code, or another.
            expect(Expecting.DATA_AFTER_FF);
            return;
        }
        marker = code;
        sawScan |= code == START_OF_SCAN;
        if (code == END_OF_IMAGE) {
            lastButOne = 0xff;
            last = END_OF_IMAGE;
            expect(Expecting.AFTER_END);
        } else {
            expect(Expecting.LENGTH);
        }
    }

    private void expect(Expecting next) {
        expecting = next;
        read(
                switch (next) {
                    case START, MARKER, LENGTH -> 2;
                    case DATA, DATA_AFTER_FF, AFTER_END -> 1;
                });
    }

    @Override
    @Nullable
    String missingAtBoundary() {
        if (expecting != Expecting.AFTER_END || lastButOne != 0xff || last != END_OF_IMAGE) {
            return "it does not end with FF D9";
        }
        return sawScan ? null : "it has no picture data";
    }

    @Override
    String place() {
        return "a segment";
    }
}
