package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import javax.net.ssl.X509TrustManager;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.ObjectStore.Creation;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The contract on a real server over TLS, whose certificate only the configuration vouches for. */
@Timeout(60)
class S3ObjectStoreTlsTest extends ObjectStoreContract {
    private static final String PASSWORD = "changeit";

    @TempDir
    private static Path folder;

    private static S3Proxy server;
    private static S3ObjectStore store;

    @BeforeAll
    static void start() throws Exception {
        Path keyStore = folder.resolve("server.p12");
        X509Certificate certificate = selfSigned(keyStore);
        Path objects = folder.resolve("objects");
        Files.createDirectories(objects.resolve("contract"));
        server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(objects.toString()))
                .secureEndpoint(URI.create("https://127.0.0.1:0"))
                .keyStore(keyStore.toString(), PASSWORD)
                .awsAuthentication(AuthenticationType.AWS_V4, "key-id", "secret")
                .ignoreUnknownHeaders(true)
                .build();
        server.start();
        store = store(List.of(certificate));
    }

    @AfterAll
    static void stop() throws Exception {
        store.close();
        server.stop();
    }

    private static X509Certificate selfSigned(Path keyStore) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=store",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        keyStore.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        return certificate(keyStore);
    }

    private static X509Certificate certificate(Path keyStore) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return (X509Certificate) keys.getCertificate("server");
    }

    private static S3ObjectStore store(List<X509Certificate> authorities) {
        return new S3ObjectStore(
                new S3Settings(
                        "contract",
                        URI.create("https://127.0.0.1:" + server.getSecurePort()),
                        "us-east-1",
                        S3Settings.Addressing.PATH,
                        S3Settings.Placement.AS_THE_BUCKET_SAYS,
                        new S3Settings.Transfer(
                                6_000_000,
                                5_242_880,
                                24,
                                2,
                                Duration.ofMillis(1),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10),
                                1_000_000),
                        authorities),
                InstantSource.system(),
                StaticCredentialsProvider.create(AwsBasicCredentials.create("key-id", "secret")));
    }

    @Override
    ObjectStore store() {
        return store;
    }

    @Test
    void anObjectIsVerifiedByTheChecksumThatTheStoreTells() throws Exception {
        StoredObject object =
                ((Creation.Created) store.create(object("tls/video.mp4", "private".getBytes(UTF_8)))).object();

        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
    }

    @Test
    void aLargeFileIsSentInParts(@TempDir Path directory) throws Exception {
        byte[] bytes = new byte[11_000_000];
        new Random(4).nextBytes(bytes);
        Path file = Files.write(directory.resolve("large"), bytes);

        StoredObject object =
                ((Creation.Created) store.create(object("tls-large/video.mp4", new Body.File(file), bytes))).object();

        assertThat(object.etag()).endsWith("-3");
        assertThat(object.verifiedBy()).isEqualTo(VerifyMethod.HEAD_CHECKSUM);
        assertThat(read("tls-large/video.mp4")).isEqualTo(bytes);
    }

    @Test
    void aCertificateThatNobodyVouchesForStopsTheRun() {
        try (S3ObjectStore wary = store(List.of())) {
            assertThatThrownBy(() -> wary.requireUsable(""))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("https://127.0.0.1:", "TLS failed", "archiver.storage.ca-file");
        }
    }

    @Test
    void whomThisJavaTrustsIsStillTrusted() throws Exception {
        X509Certificate certificate = certificate(folder.resolve("server.p12"));

        assertThat(StoreTrust.beside(List.of(certificate)))
                .singleElement()
                .isInstanceOfSatisfying(
                        X509TrustManager.class,
                        trusting -> assertThat(trusting.getAcceptedIssuers())
                                .hasSizeGreaterThan(1)
                                .contains(certificate));
    }
}
