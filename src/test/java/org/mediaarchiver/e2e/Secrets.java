package org.mediaarchiver.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.util.List;

/** What tests plant to find out where it gets to: the token, the store's key, and the queries of signed URLs. */
final class Secrets {
    static final String TOKEN = "planted-token-6b1f0e";

    /** In the query of every media URL that is not one of the sample data's. */
    static final String SIGNATURE = "planted-signature-9c41d7";

    /** In the URL that is pinged. */
    static final String PING_KEY = "planted-ping-key";

    private static final List<String> ALL =
            List.of(TOKEN, SIGNATURE, PING_KEY, "sandbox-secret-key", "Expires=1795003600", "c2FtcGxlLXNpZ25hdHVyZQ");

    private Secrets() {}

    /** Looks for them in the text of these bytes, whatever its encoding may be. */
    static void assertNoneIn(String where, byte[] bytes) {
        String text = new String(bytes, ISO_8859_1);
        for (Charset charset : List.of(ISO_8859_1, UTF_16BE, UTF_16LE)) {
            for (String secret : ALL) {
                int at = text.indexOf(new String(secret.getBytes(charset), ISO_8859_1));
                assertThat(at)
                        .as("%s is in %s: %s", secret, where, around(text, at))
                        .isEqualTo(-1);
            }
        }
    }

    private static String around(String text, int at) {
        return at < 0 ? "" : text.substring(Math.max(0, at - 300), Math.min(text.length(), at + 100));
    }
}
