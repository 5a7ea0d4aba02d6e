package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.media.SampleMedia.mp4;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.AddressPolicy;

/** Downloads from a real TLS server whose certificate is made for {@code localhost}, by itself. */
@Timeout(30)
class MediaTlsTest {
    private static final String TRUST_STORE = "javax.net.ssl.trustStore";
    private static final String TRUST_STORE_PASSWORD = "javax.net.ssl.trustStorePassword";
    private static final byte[] VIDEO = mp4(50_000);

    @TempDir
    Path dir;

    private final AtomicInteger requests = new AtomicInteger();
    private HttpsServer server;
    private volatile @Nullable String redirect;

    @BeforeEach
    void start() throws Exception {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context()));
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            String location = redirect;
            if (location != null) {
                exchange.getResponseHeaders().set("Location", location);
                exchange.sendResponseHeaders(302, -1);
                exchange.close();
                return;
            }
            exchange.sendResponseHeaders(200, VIDEO.length);
            exchange.getResponseBody().write(VIDEO);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        System.clearProperty(TRUST_STORE);
        System.clearProperty(TRUST_STORE_PASSWORD);
        server.stop(0);
    }

    @Test
    void aCertificateThatNobodyVouchesForIsLeftToTheNextRunAndNoRequestIsSent() throws Exception {
        assertNotTrusted("localhost");
    }

    @Test
    void aTrustedCertificateOfAnotherHostIsLeftToTheNextRunAndNoRequestIsSent() throws Exception {
        trustTheServer();

        assertNotTrusted("127.0.0.1");
    }

    @Test
    void aTrustedCertificateOfThisHostIsAccepted() throws Exception {
        trustTheServer();

        Fetch fetch = fetch("localhost");

        assertThat(fetch).isInstanceOf(Fetch.Fetched.class);
        try (Spool spool = ((Fetch.Fetched) fetch).spool()) {
            assertThat(spool.sha256()).isEqualTo(Sha256.of(VIDEO));
        }
    }

    @Test
    void aRedirectFromHttpsToHttpIsNotFollowedEvenWhereHttpIsAllowed() throws Exception {
        trustTheServer();
        try (ScriptedSource plain = ScriptedSource.of(VIDEO)) {
            redirect = plain.url("/v.mp4");

            assertThat(fetch("localhost"))
                    .isInstanceOfSatisfying(
                            Fetch.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Reason.BLOCKED_URL));
            assertThat(requests).hasValue(1);
            assertThat(plain.requests()).isEmpty();
        }
    }

    private void trustTheServer() {
        System.setProperty(TRUST_STORE, keyStore().toString());
        System.setProperty(TRUST_STORE_PASSWORD, "changeit");
    }

    private void assertNotTrusted(String host) throws InterruptedException {
        assertThat(fetch(host)).isInstanceOfSatisfying(Fetch.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.SOURCE_UNAVAILABLE);
            assertThat(refused.detail().text()).isEqualTo("no trustworthy TLS connection to the source");
        });
        assertThat(requests).hasValue(0);
    }

    private Fetch fetch(String host) throws InterruptedException {
        DownloadSettings settings = new DownloadSettings(
                dir.resolve("spool"),
                new AddressPolicy(List.of(), true, Set.of(443), true),
                1_000_000,
                null,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(25),
                1,
                Duration.ofSeconds(20),
                2,
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                4,
                1_000);
        try (MediaFetcher fetcher = new MediaFetcher(settings, InstantSource.system())) {
            String url = "https://" + host + ":" + server.getAddress().getPort() + "/v.mp4";
            return fetcher.fetch(new TaskId("task-1"), Role.VIDEO, url);
        }
    }

    private Path keyStore() {
        return dir.resolve("server.p12");
    }

    private SSLContext context() throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        keyStore().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore())) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
