package org.mediaarchiver.domain;

import java.nio.file.Path;

/** Bytes that can be read as often as a retry needs. */
public sealed interface Body {
    /** Bytes in a file that does not change as long as the body is used. */
    record File(Path path) implements Body {}

    /** Bytes in memory, which nobody changes. */
    record Bytes(byte[] bytes) implements Body {}
}
