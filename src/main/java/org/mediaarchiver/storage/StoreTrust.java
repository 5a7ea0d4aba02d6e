package org.mediaarchiver.storage;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whom the store's certificate may be signed by: those that this Java trusts, and some more. */
final class StoreTrust {
    private StoreTrust() {}

    static TrustManager[] beside(List<X509Certificate> more) {
        try {
            List<X509Certificate> all = new ArrayList<>(more);
            for (TrustManager each : managers(null)) {
                if (each instanceof X509TrustManager trusting) {
                    all.addAll(List.of(trusting.getAcceptedIssuers()));
                }
            }
            KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
            anchors.load(null, null);
            for (X509Certificate anchor : all) {
                anchors.setCertificateEntry(Integer.toString(anchors.size()), anchor);
            }
            return managers(anchors);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java cannot check certificates", e);
        }
    }

    private static TrustManager[] managers(@Nullable KeyStore anchors) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        return factory.getTrustManagers();
    }
}
