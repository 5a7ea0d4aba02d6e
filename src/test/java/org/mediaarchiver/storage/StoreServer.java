package org.mediaarchiver.storage;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.mediaarchiver.testing.S3MockServer;
import org.mediaarchiver.testing.S3Server;
import org.mediaarchiver.testing.SelfSigned;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A server that speaks S3, and who may do everything there.
 *
 * @param endpoint by http, or by https with a certificate that is {@link SelfSigned}
 */
record StoreServer(URI endpoint, String accessKey, String secretKey) {
    private static final String REGION = "us-east-1";

    static StoreServer of(S3Server proxy) {
        return new StoreServer(proxy.endpoint(), proxy.accessKey(), proxy.secretKey());
    }

    static StoreServer s3Mock() {
        return new StoreServer(S3MockServer.endpoint(), "any", "any");
    }

    /**
     * Returns the server that a variable of the environment names, as {@code http://access-key:secret-key@host:port}.
     *
     * @throws IllegalStateException if it does not: its tests have been asked for, and passing them over would hide that
     */
    static StoreServer named(String variable) {
        String value = System.getenv(variable);
        if (value == null) {
            throw new IllegalStateException(
                    "set " + variable
                            + " to http://ACCESS-KEY:SECRET-KEY@HOST:PORT of such a server, or leave out the tests that are tagged servers");
        }
        URI url = URI.create(value);
        String user = url.getUserInfo();
        int colon = user == null ? -1 : user.lastIndexOf(':');
        if (user == null || colon < 0) {
            throw new IllegalStateException(variable + " has no keys before its host");
        }
        return new StoreServer(
                URI.create("http://" + url.getHost() + ":" + url.getPort()),
                user.substring(0, colon),
                user.substring(colon + 1));
    }

    /** Returns the same server, reached in another way. */
    StoreServer at(URI other) {
        return new StoreServer(other, accessKey, secretKey);
    }

    /** Opens a client that sends what it is told to: no checksum of its own, and bodies as they are. */
    S3Client client() {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.of(REGION))
                .forcePathStyle(true)
                .serviceConfiguration(c -> c.chunkedEncodingEnabled(false))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(credentials())
                .build();
    }

    StaticCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
    }

    /** Returns settings under which files of more than 6 MB are sent in parts of 5 MiB, the smallest that S3 allows. */
    S3Settings settings(String bucket, S3Settings.Placement placement) {
        return new S3Settings(
                bucket,
                endpoint,
                REGION,
                S3Settings.Addressing.PATH,
                placement,
                new S3Settings.Transfer(
                        6_000_000,
                        5_242_880,
                        72,
                        2,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(30),
                        1_000_000),
                endpoint.getScheme().equals("https") ? List.of(SelfSigned.certificate()) : List.of());
    }

    S3ObjectStore open(String bucket) {
        return open(bucket, S3Settings.Placement.AS_THE_BUCKET_SAYS);
    }

    S3ObjectStore open(String bucket, S3Settings.Placement placement) {
        return new S3ObjectStore(settings(bucket, placement), InstantSource.system(), credentials());
    }
}
