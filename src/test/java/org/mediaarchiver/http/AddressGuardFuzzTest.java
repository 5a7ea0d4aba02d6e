package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Whatever a service calls a URL: fuzzed with {@code JAZZER_FUZZ=1}, and else run on the corpus. */
class AddressGuardFuzzTest {
    private static final URI FROM = URI.create("https://cdn.example.org/file/v.mp4?sign=1");

    private final AddressGuard guard = new AddressGuard(AddressPolicy.publicHttps());

    @FuzzTest
    void whatIsAllowedIsAnHttpsUrlOfANamedHost(byte[] text) {
        String url = new String(text, StandardCharsets.UTF_8);

        assertHarmless(guard.check(url));
        assertHarmless(guard.checkRedirect(FROM, url));
    }

    private static void assertHarmless(AddressGuard.Verdict verdict) {
        if (verdict instanceof AddressGuard.Verdict.Allowed allowed) {
            URI uri = allowed.uri();
            assertThat(uri.getScheme()).isEqualToIgnoringCase("https");
            assertThat(uri.getRawUserInfo()).isNull();
            assertThat(Set.of(-1, 80, 443)).contains(uri.getPort());
            assertThat(uri.getHost()).matches("(?i)[a-z0-9.-]*\\.[a-z][a-z0-9-]*");
            assertThat(uri.toString()).hasSizeLessThanOrEqualTo(2048);
        }
    }
}
