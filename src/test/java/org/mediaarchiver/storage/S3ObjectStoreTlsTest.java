package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.testing.S3Server;
import org.mediaarchiver.testing.SelfSigned;
import org.mediaarchiver.testing.TlsRelay;

/** Whose certificates are trusted. */
@Timeout(60)
class S3ObjectStoreTlsTest {
    private static S3ObjectStore store(S3Server server, URI endpoint, List<X509Certificate> authorities) {
        StoreServer reached = StoreServer.of(server).at(endpoint);
        S3Settings trusting = reached.settings(server.bucket(), S3Settings.Placement.AS_THE_BUCKET_SAYS);
        S3Settings settings = new S3Settings(
                trusting.bucket(),
                trusting.endpoint(),
                trusting.region(),
                trusting.addressing(),
                trusting.placement(),
                trusting.transfer(),
                authorities);
        return new S3ObjectStore(settings, InstantSource.system(), reached.credentials());
    }

    @Test
    void aCertificateIsAcceptedWhereTheConfigurationVouchesForItAndElseStopsTheRun() throws Exception {
        try (S3Server server = S3Server.start("bucket");
                TlsRelay relay = new TlsRelay(server.endpoint());
                S3ObjectStore trusting = store(server, relay.endpoint(), List.of(SelfSigned.certificate()));
                S3ObjectStore wary = store(server, relay.endpoint(), List.of())) {
            trusting.requireUsable("");

            assertThatThrownBy(() -> wary.requireUsable(""))
                    .isInstanceOf(StopException.class)
                    .hasMessageContainingAll("https://127.0.0.1:", "TLS failed", "archiver.storage.ca-file");
        }
    }

    @Test
    void whomThisJavaTrustsIsStillTrusted() {
        X509Certificate certificate = SelfSigned.certificate();

        assertThat(StoreTrust.beside(List.of(certificate)))
                .singleElement()
                .isInstanceOfSatisfying(
                        X509TrustManager.class,
                        trusting -> assertThat(trusting.getAcceptedIssuers())
                                .hasSizeGreaterThan(1)
                                .contains(certificate));
    }
}
