package org.mediaarchiver.domain;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** How text from outside is written into manifests: ASCII, no comma, no quote, nothing that a spreadsheet would run. */
public final class Text {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final String FORMULA_STARTS = "=+-@";

    private Text() {}

    /**
     * Percent-encodes every byte that is not plain ASCII, that a CSV cell would need quotes for, or that would begin a formula at
     * the start of a cell.
     *
     * <p>A percent sign stays as it is, so that a URL that is encoded already is not encoded twice.
     */
    public static String percentEncoded(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder safe = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean plain = c > ' ' && c < 0x7f && c != ',' && c != '"';
            if (plain && !(safe.isEmpty() && FORMULA_STARTS.indexOf(c) >= 0)) {
                safe.append(c);
            } else {
                safe.append('%').append(HEX.toHexDigits(b));
            }
        }
        return safe.toString();
    }

    /** Cuts the text to at most {@code limit} characters. */
    public static String cut(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit);
    }
}
