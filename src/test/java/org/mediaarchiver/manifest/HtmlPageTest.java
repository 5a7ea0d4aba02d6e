package org.mediaarchiver.manifest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mediaarchiver.domain.Sha256;

class HtmlPageTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @ParameterizedTest
    @MethodSource("hostileTexts")
    void aTextIsShownAndDoesNothing(String text, String markup) {
        assertThat(HtmlPage.escaped(text)).isEqualTo(markup);
    }

    static Stream<Arguments> hostileTexts() {
        return Stream.of(
                arguments("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
                arguments("\" onload=\"x", "&quot; onload=&quot;x"),
                arguments("' onload='x", "&#39; onload=&#39;x"),
                arguments("&lt;b>", "&amp;lt;b&gt;"),
                arguments("a\u0000b\u001b\u007f\u0085", "a[U+0000]b[U+001B][U+007F][U+0085]"),
                arguments("one\r\n\ttwo", "one[U+000D][U+000A][U+0009]two"),
                arguments("\u202egnp.exe\u2066\u200f", "[U+202E]gnp.exe[U+2066][U+200F]"),
                arguments("zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"),
                arguments("\ud800 \ufffe \ue000 \u2028", "[U+D800] [U+FFFE] [U+E000] [U+2028]"),
                arguments("t\u00e2che \u52d5\u753b", "t&#226;che &#21205;&#30011;"),
                arguments("\ud83c\udfac", "&#127916;"));
    }

    @Test
    void everyValueIsEscapedAndNumbersHaveCommas() throws IOException {
        HtmlPage page = new HtmlPage(out, "<i>&</i>");
        page.add("<p title=\"{}\">{} of {}</p>", "\"{}\"", 1234L, "<b>");
        page.end();

        assertThat(text())
                .contains("<title>&lt;i&gt;&amp;&lt;/i&gt;</title>")
                .contains("<p title=\"&quot;{}&quot;\">1,234 of &lt;b&gt;</p>");
    }

    @Test
    void valuesAndPlacesMustBeAsMany() throws IOException {
        HtmlPage page = new HtmlPage(out, "page");

        assertThatThrownBy(() -> page.add("{} {}", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> page.add("{}", 1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void thePolicyAllowsThisStyleAndInlinedPicturesAlone() throws IOException {
        new HtmlPage(out, "page").end();

        String style = text().replaceFirst("(?s).*<style>", "").replaceFirst("(?s)</style>.*", "");
        assertThat(text())
                .contains("content=\"default-src &#39;none&#39;; style-src &#39;sha256-"
                        + Sha256.of(style.getBytes(US_ASCII)).base64()
                        + "&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;\"");
        assertThat(style).doesNotContain("url(", "@import", "<", "&");
    }

    private String text() {
        return out.toString(US_ASCII);
    }
}
