package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.http.AddressGuard.Verdict;

class AddressGuardTest {
    private static final AddressGuard PUBLIC = new AddressGuard(AddressPolicy.publicHttps());
    private static final AddressGuard SANDBOX =
            new AddressGuard(new AddressPolicy(List.of(), true, Set.of(80, 443), true));

    static Stream<String> hostileUrls() throws IOException {
        return PublicAddressesTest.lines("hostile-urls.txt");
    }

    @ParameterizedTest
    @MethodSource("hostileUrls")
    void everyListedUrlIsJudgedAsItSays(String line) {
        int space = line.indexOf(' ');

        assertThat(word(PUBLIC.check(unescaped(line.substring(space + 1))))).isEqualTo(line.substring(0, space));
    }

    @Test
    void theListHasAtLeastEightyHostileUrls() throws IOException {
        assertThat(hostileUrls().filter(line -> !line.startsWith("ALLOWED"))).hasSizeGreaterThanOrEqualTo(80);
    }

    @Test
    void aUrlMayHave2048CharactersAndNoMore() {
        String url = "https://media.example.com/" + "a".repeat(2048 - 26);

        assertThat(word(PUBLIC.check(url))).isEqualTo("ALLOWED");
        assertThat(word(PUBLIC.check(url + "a"))).isEqualTo("INVALID");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:34567/video.mp4",
                "http://localhost:8080/",
                "http://[::1]:9000/",
                "https://media:8443/",
                "http://10.0.0.1/",
                "https://media.example.com./"
            })
    void aSandboxAdmitsLiteralsSingleLabelsAndAnyPort(String url) {
        assertThat(word(SANDBOX.check(url))).isEqualTo("ALLOWED");
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://127.0.0.1/, INVALID",
        "http://user@localhost/, INVALID",
        "http://localhost:70000/, BLOCKED",
        "http://127.1/, BLOCKED"
    })
    void aSandboxStillNeedsAUrl(String url, String verdict) {
        assertThat(word(SANDBOX.check(url))).isEqualTo(verdict);
    }

    @Test
    void privateAddressesDoNotBringPlainHttpWithThem() {
        AddressGuard guard = new AddressGuard(new AddressPolicy(List.of(), false, Set.of(443), true));

        assertThat(word(guard.check("http://localhost/"))).isEqualTo("BLOCKED");
        assertThat(word(guard.check("https://localhost/"))).isEqualTo("ALLOWED");
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.com/, ALLOWED",
        "https://CDN.Example.COM/, ALLOWED",
        "https://a.b.example.com/, ALLOWED",
        "https://media.example.net/, ALLOWED",
        "https://example.com.evil.net/, BLOCKED",
        "https://evilexample.com/, BLOCKED",
        "https://evil-example.com/, BLOCKED",
        "https://example.net/, BLOCKED"
    })
    void allowedHostsMatchOnALabelBoundary(String url, String verdict) {
        AddressGuard guard = new AddressGuard(
                new AddressPolicy(List.of("Example.com", "media.example.net"), false, Set.of(443), false));

        assertThat(word(guard.check(url))).isEqualTo(verdict);
    }

    @Test
    void anotherPortIsAllowedWhereItIsConfigured() {
        AddressGuard guard = new AddressGuard(new AddressPolicy(List.of(), false, Set.of(8443), false));

        assertThat(word(guard.check("https://media.example.com:8443/"))).isEqualTo("ALLOWED");
        assertThat(word(guard.check("https://media.example.com/"))).isEqualTo("BLOCKED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.example.com", "https://example.com", ".example.com", "", "a b"})
    void aPolicyRefusesWhatIsNoHostName(String host) {
        assertThatThrownBy(() -> new AddressPolicy(List.of(host), false, Set.of(443), false))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "https://h.example/a/b?x=1, c, https://h.example/a/c",
        "https://h.example/a/b?x=1, /c?y=%2F, https://h.example/c?y=%2F",
        "https://h.example/a/b?x=1, ?y=2, https://h.example/a/b?y=2",
        "https://h.example, c, https://h.example/c",
        "https://h.example, ?y=2, https://h.example/?y=2",
        "https://h.example/a, //o.example/b, https://o.example/b",
        "https://h.example/a, https://o.example/b%2Fc?d=%3D+e, https://o.example/b%2Fc?d=%3D+e",
        "https://h.example/a, .evil.example, https://h.example/.evil.example"
    })
    void aRedirectIsResolvedAgainstTheUrlThatGaveIt(String from, String location, String expected) {
        assertThat(PUBLIC.checkRedirect(URI.create(from), location))
                .isEqualTo(new Verdict.Allowed(URI.create(expected)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h.example/",
                "https://127.0.0.1/",
                "//localhost/",
                "file:///etc/passwd",
                "https://u@h.example/",
                "https://h.example:22/",
                "\\\\h.example",
                "mailto:a@b"
            })
    void aRedirectPassesTheSameGuard(String location) {
        assertThat(word(PUBLIC.checkRedirect(URI.create("https://h.example/a"), location)))
                .isEqualTo("BLOCKED");
    }

    @Test
    void aRedirectNeverLeadsFromHttpsToHttp() {
        AddressGuard guard = new AddressGuard(new AddressPolicy(List.of(), true, Set.of(80, 443), false));

        assertThat(word(guard.checkRedirect(URI.create("https://h.example/a"), "http://h.example/a")))
                .isEqualTo("BLOCKED");
        assertThat(word(guard.checkRedirect(URI.create("http://h.example/a"), "https://h.example/a")))
                .isEqualTo("ALLOWED");
    }

    @Test
    void aHostWithOnePrivateAddressAmongPublicOnesIsRefused() {
        DnsResolver resolver = new AddressGuardResolver(answering("93.184.215.14", "10.0.0.1", "1.1.1.1"));

        assertThatThrownBy(() -> resolver.resolve("rebind.example"))
                .isInstanceOf(BlockedHostException.class)
                .hasMessage("rebind.example has an address that is not public");
    }

    @Test
    void theAddressesThatWereJudgedAreTheOnesConnectedTo() throws UnknownHostException {
        AtomicInteger lookups = new AtomicInteger();
        DnsResolver resolver = new AddressGuardResolver(new Answers(
                () -> lookups.incrementAndGet() == 1 ? List.of("1.1.1.1", "2606:4700::1111") : List.of("127.0.0.1")));

        assertThat(resolver.resolve("media.example", 443))
                .extracting(address -> address.getAddress().getHostAddress())
                .containsExactly("1.1.1.1", "2606:4700:0:0:0:0:0:1111");
        assertThat(lookups).hasValue(1);
    }

    @Test
    void aHostWithoutAnAddressIsUnknownAndNotBlocked() {
        assertThatThrownBy(() -> new AddressGuardResolver(answering()).resolve("nowhere.example"))
                .isExactlyInstanceOf(UnknownHostException.class);
    }

    @Test
    void aLiteralThatReachesTheResolverIsJudgedToo() {
        assertThatThrownBy(() -> PUBLIC.dnsResolver().resolve("127.0.0.1")).isInstanceOf(BlockedHostException.class);
        assertThatThrownBy(() -> PUBLIC.dnsResolver().resolve("::1")).isInstanceOf(BlockedHostException.class);
    }

    @Test
    void aSandboxResolvesAsTheSystemDoes() throws UnknownHostException {
        assertThat(SANDBOX.dnsResolver().resolve("127.0.0.1")).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
    }

    private static DnsResolver answering(String... addresses) {
        return new Answers(() -> List.of(addresses));
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Allowed ignored -> "ALLOWED";
            case Verdict.Invalid ignored -> "INVALID";
            case Verdict.Blocked ignored -> "BLOCKED";
        };
    }

    private static String unescaped(String text) {
        return Pattern.compile("\\\\u([0-9a-f]{4})")
                .matcher(text)
                .replaceAll(
                        match -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(match.group(1), 16))));
    }

    /** A name server of the test's own. */
    private record Answers(Supplier<List<String>> addresses) implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) {
            return addresses.get().stream().map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            throw new AssertionError("a reverse look-up of " + host);
        }
    }
}
