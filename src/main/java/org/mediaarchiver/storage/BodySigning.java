package org.mediaarchiver.storage;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.scheme.AuthScheme;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignRequest;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignedRequest;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.IdentityProviders;

/**
 * Signs the SHA-256 of a body, or leaves it unread, by what else the request says of it.
 *
 * <p>By itself the SDK reads and hashes every body that goes over http before it sends it, and none that goes over https. To a store
 * that verifies the SHA-256 that is among the signed headers, this second proof of the same bytes says nothing new: a body with
 * {@link #HEADER} as {@link #UNREAD} is left unread over http too. One that has a CRC alone is hashed over https too, since 32 bits
 * are few.
 */
final class BodySigning implements AuthScheme<AwsCredentialsIdentity>, HttpSigner<AwsCredentialsIdentity> {
    static final String HEADER = "x-amz-content-sha256";
    static final String UNREAD = "UNSIGNED-PAYLOAD";

    private static final String CRC = "x-amz-checksum-crc32c";

    private static final int PORT_OF_HTTP = 80;
    private static final int PORT_OF_HTTPS = 443;

    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

    @Override
    public String schemeId() {
        return AwsV4AuthScheme.SCHEME_ID;
    }

    @Override
    public IdentityProvider<AwsCredentialsIdentity> identityProvider(IdentityProviders providers) {
        return providers.identityProvider(AwsCredentialsIdentity.class);
    }

    @Override
    public HttpSigner<AwsCredentialsIdentity> signer() {
        return this;
    }

    @Override
    public SignedRequest sign(SignRequest<? extends AwsCredentialsIdentity> request) {
        SdkHttpRequest http = request.request();
        if (http.firstMatchingHeader(CRC).isPresent()) {
            return signer.sign(hashed(request));
        }
        boolean unread = http.protocol().equals("http")
                && http.port() != PORT_OF_HTTPS
                && http.firstMatchingHeader(HEADER).filter(UNREAD::equals).isPresent();
        if (!unread) {
            return signer.sign(request);
        }
        SignedRequest signed = signer.sign(asIfOverHttps(request));
        return SignedRequest.builder()
                .request(signed.request().copy(r -> r.protocol("http").port(http.port())))
                .payload(signed.payload().orElse(null))
                .build();
    }

    private static <I extends AwsCredentialsIdentity> SignRequest<I> hashed(SignRequest<I> request) {
        return request.copy(sign -> sign.putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, true));
    }

    /** Only over https does the signer leave a body alone. The port is part of what is signed, unless it is the usual one. */
    private static <I extends AwsCredentialsIdentity> SignRequest<I> asIfOverHttps(SignRequest<I> request) {
        int port = request.request().port();
        return request.copy(sign -> sign.request(request.request()
                        .copy(r -> r.protocol("https").port(port == PORT_OF_HTTP ? PORT_OF_HTTPS : port)))
                .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, false));
    }

    @Override
    public CompletableFuture<AsyncSignedRequest> signAsync(AsyncSignRequest<? extends AwsCredentialsIdentity> request) {
        return signer.signAsync(request);
    }
}
