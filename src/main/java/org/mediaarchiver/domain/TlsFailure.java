package org.mediaarchiver.domain;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Why there is no secure connection, by the types of what was thrown: messages differ between Java's versions. */
public enum TlsFailure {
    /** Nobody whom this Java trusts has signed the certificate. */
    UNTRUSTED("its certificate is not trusted here"),
    /** The certificate is not valid now. */
    OUT_OF_DATE("its certificate is out of date, or this machine's clock is wrong"),
    /** The certificate is for another host. */
    OTHER_HOST("its certificate is for another host"),
    /** The two sides found no way to talk securely. */
    NO_HANDSHAKE("what answers there does not speak TLS, or only an old version of it");

    private final String text;

    TlsFailure(String text) {
        this.text = text;
    }

    /** Returns the failure in words that follow a colon. */
    public String text() {
        return text;
    }

    /** Classifies what was thrown where {@code failure} or one of its causes is an {@link SSLException}. */
    public static TlsFailure of(Throwable failure) {
        TlsFailure found = NO_HANDSHAKE;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case CertificateExpiredException ignored -> {
                    return OUT_OF_DATE;
                }
                case CertificateNotYetValidException ignored -> {
                    return OUT_OF_DATE;
                }
                case CertPathBuilderException ignored -> found = UNTRUSTED;
                case CertPathValidatorException ignored -> found = UNTRUSTED;
                case SSLPeerUnverifiedException ignored -> found = OTHER_HOST;
                // Java's own check of the host's name throws no subtype.
                case CertificateException ignored -> found = OTHER_HOST;
                default -> {
                    continue;
                }
            }
        }
        return found;
    }
}
