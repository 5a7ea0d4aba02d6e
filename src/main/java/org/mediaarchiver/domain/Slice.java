package org.mediaarchiver.domain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of several parts into which all keys are divided evenly: each key is in exactly one of them, whenever it is asked.
 *
 * <p>A key's part is the number that the first eight hexadecimal digits of its SHA-256 spell, modulo the number of parts, plus one;
 * so it can be told without this program.
 *
 * @param number of this part, from 1 to {@code of}
 * @param of how many parts there are, at most 10,000
 */
public record Slice(int number, int of) {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,5})/([0-9]{1,5})");
    private static final int MOST = 10_000;

    /** @throws IllegalArgumentException if there is no such part */
    public Slice {
        if (of < 1 || of > MOST || number < 1 || number > of) {
            throw new IllegalArgumentException("not a slice: " + number + "/" + of);
        }
    }

    /**
     * Reads a slice as it is given on the command line, {@code 3/7} for the third of seven.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static Slice parse(String text) {
        Matcher parts = SYNTAX.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a slice: " + text);
        }
        return new Slice(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
    }

    /** Tells whether a key is in this part. */
    public boolean includes(String key) {
        byte[] digest = Sha256.newDigest().digest(key.getBytes(StandardCharsets.UTF_8));
        return Integer.remainderUnsigned(ByteBuffer.wrap(digest).getInt(), of) == number - 1;
    }

    @Override
    public String toString() {
        return number + "/" + of;
    }
}
