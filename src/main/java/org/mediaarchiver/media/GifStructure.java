package org.mediaarchiver.media;

import org.jspecify.annotations.Nullable;

/** A GIF picture (GIF89a specification): a screen with its colours, then blocks of length-prefixed pieces up to the trailer {@code 3B}. */
final class GifStructure extends Structure {
    private enum Expecting {
        SCREEN,
        BLOCK,
        EXTENSION_LABEL,
        IMAGE,
        PIECE,
        END
    }

    private Expecting expecting = Expecting.SCREEN;
    private boolean sawImage;

    GifStructure() {
        read(13);
    }

    @Override
    @Nullable
    String onField(byte[] bytes) {
        switch (expecting) {
            case SCREEN -> {
                skip(colourBytes(bytes[10]));
                expect(Expecting.BLOCK);
            }
            case BLOCK -> {
                switch (bytes[0]) {
                    case 0x21 -> expect(Expecting.EXTENSION_LABEL);
                    case 0x2c -> expect(Expecting.IMAGE);
                    case 0x3b -> expecting = Expecting.END;
                    default -> {
                        return "it has a block of no known kind";
                    }
                }
            }
            case EXTENSION_LABEL -> expect(Expecting.PIECE);
            case IMAGE -> {
                sawImage = true;
                // The colours are followed by one byte, the width of the codes.
                skip(colourBytes(bytes[8]) + 1);
                expect(Expecting.PIECE);
            }
            case PIECE -> {
                int length = bytes[0] & 0xff;
                skip(length);
                expect(length == 0 ? Expecting.BLOCK : Expecting.PIECE);
            }
            case END -> throw new IllegalStateException();
        }
        return null;
    }

    private static long colourBytes(byte flags) {
        return (flags & 0x80) == 0 ? 0 : 3L << ((flags & 7) + 1);
    }

    private void expect(Expecting next) {
        expecting = next;
        read(next == Expecting.IMAGE ? 9 : 1);
    }

    @Override
    @Nullable
    String missingAtBoundary() {
        return expecting != Expecting.END ? "it has no trailer" : sawImage ? null : "it has no image";
    }

    @Override
    String place() {
        return "a block";
    }
}
