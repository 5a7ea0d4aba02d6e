package org.mediaarchiver.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import org.mediaarchiver.domain.Sha256;

/**
 * Writes a page that needs nothing but itself: head, style, and whatever is put into it.
 *
 * <p>It is ASCII, HTML to a browser and well-formed to an XML parser. Nothing in it can run or be loaded: it has no script, and its
 * policy allows the one style and inlined pictures only. Markup comes from this program alone; every text goes through
 * {@link #escaped}.
 */
public final class HtmlPage {
    private static final String STYLE = style();
    private static final String POLICY = "default-src 'none'; style-src 'sha256-"
            + Sha256.of(STYLE.getBytes(StandardCharsets.UTF_8)).base64()
            + "'; img-src data:; base-uri 'none'; form-action 'none'";
    private static final String PLACE = "{}";

    private final OutputStream out;

    /**
     * Begins the page.
     *
     * @throws IOException if the stream does not take it; so do the other methods
     */
    public HtmlPage(OutputStream out, String title) throws IOException {
        this.out = out;
        add("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8"/>
                <meta http-equiv="Content-Security-Policy" content="{}"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="referrer" content="no-referrer"/>
                <title>{}</title>
                """, POLICY, title);
        add("<style>" + STYLE + "</style>\n</head>\n<body>\n");
    }

    /**
     * Adds markup, with the escaped text of a value in place of each <code>{}</code>.
     *
     * @param markup of this program's own, never made of texts from elsewhere
     * @throws IllegalArgumentException if there are more or fewer values than places
     */
    public void add(String markup, Object... values) throws IOException {
        StringBuilder filled = new StringBuilder(markup.length() + 64);
        int from = 0;
        for (Object value : values) {
            int place = markup.indexOf(PLACE, from);
            if (place < 0) {
                throw new IllegalArgumentException("no place for " + value + " in " + markup);
            }
            filled.append(markup, from, place).append(escaped(text(value)));
            from = place + PLACE.length();
        }
        if (values.length > 0 && markup.indexOf(PLACE, from) >= 0) {
            throw new IllegalArgumentException("too few values for " + markup);
        }
        write(filled.append(markup, from, markup.length()).toString());
    }

    /** Adds bytes in Base64. */
    void addBase64(byte[] bytes) throws IOException {
        write(Base64.getEncoder().encodeToString(bytes));
    }

    /** Ends the page; the stream stays open. */
    public void end() throws IOException {
        add("</body>\n</html>\n");
    }

    private void write(String markup) throws IOException {
        out.write(markup.getBytes(StandardCharsets.US_ASCII));
    }

    /** Numbers stand as people read them, with commas between thousands. */
    private static String text(Object value) {
        return value instanceof Number number
                ? String.format(Locale.ROOT, "%,d", number.longValue())
                : value.toString();
    }

    /**
     * Returns the text as markup that shows it and does nothing, in an element as well as between quotes.
     *
     * <p>What cannot be seen, or would change how the text around it is read (controls, marks of direction, halves of pairs), is
     * spelled as {@code [U+202E]}.
     */
    static String escaped(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> {
                    if (isInvisible(c)) {
                        safe.append(String.format(Locale.ROOT, "[U+%04X]", c));
                    } else if (c > '~') {
                        safe.append("&#").append(c).append(';');
                    } else {
                        safe.append((char) c);
                    }
                }
            }
        });
        return safe.toString();
    }

    private static boolean isInvisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static String style() {
        try (InputStream in = Objects.requireNonNull(HtmlPage.class.getResourceAsStream("page.css"), "page.css")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
