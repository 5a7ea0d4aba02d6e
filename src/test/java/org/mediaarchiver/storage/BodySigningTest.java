package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Sha256;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;

/** What is signed of a body, and whether it is read for that. */
class BodySigningTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T02:00:00Z"), ZoneOffset.UTC);

    private static final Map<String, String> UNREAD = Map.of(BodySigning.HEADER, BodySigning.UNREAD);

    private final AtomicInteger reads = new AtomicInteger();

    private SignedRequest sign(String url, Map<String, String> headers) {
        SdkHttpRequest.Builder request =
                SdkHttpRequest.builder().uri(URI.create(url)).method(SdkHttpMethod.PUT);
        headers.forEach(request::putHeader);
        ContentStreamProvider body = () -> {
            reads.incrementAndGet();
            return new ByteArrayInputStream(new byte[10]);
        };
        return new BodySigning()
                .sign(SignRequest.builder(AwsBasicCredentials.create("key", "secret"))
                        .request(request.build())
                        .payload(body)
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "us-east-1")
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(HttpSigner.SIGNING_CLOCK, CLOCK)
                        .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, !url.startsWith("https"))
                        .build());
    }

    @ParameterizedTest
    @CsvSource({
        "http://s3.example.org/b/k, s3.example.org",
        "http://s3.example.org:80/b/k, s3.example.org",
        "http://s3.example.org:9000/b/k, s3.example.org:9000",
    })
    void theRequestGoesWhereItShouldAndIsSignedForThatHost(String url, String host) {
        SignedRequest signed = sign(url, UNREAD);

        assertThat(signed.request().getUri()).isEqualTo(URI.create(url.replace(":80/", "/")));
        assertThat(signed.request().firstMatchingHeader("Host")).contains(host);
        assertThat(signed.request().firstMatchingHeader(BodySigning.HEADER)).contains("UNSIGNED-PAYLOAD");
        assertThat(signed.request().firstMatchingHeader("Authorization"))
                .isEqualTo(sign("https://" + host + "/b/k", UNREAD).request().firstMatchingHeader("Authorization"));
        assertThat(signed.payload()).isPresent();
        assertThat(reads).hasValue(0);
    }

    @Test
    void aBodyIsReadWhereNothingElseIsAskedForAndWhereThePortWouldBeAmbiguous() {
        assertThat(sign("http://s3.example.org/b/k", Map.of()).request().firstMatchingHeader(BodySigning.HEADER))
                .get()
                .asString()
                .hasSize(64);
        assertThat(sign("http://s3.example.org:443/b/k", UNREAD).request().firstMatchingHeader(BodySigning.HEADER))
                .get()
                .asString()
                .hasSize(64);
        assertThat(reads).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://s3.example.org/b/k", "https://s3.example.org/b/k"})
    void aBodyWithACrcAloneIsSignedWithItsSha256(String url) {
        SignedRequest signed = sign(url, Map.of("x-amz-checksum-crc32c", "AAAAAA=="));

        assertThat(signed.request().firstMatchingHeader(BodySigning.HEADER))
                .contains(Sha256.of(new byte[10]).hex());
    }

    @Test
    void aBodyWithoutACrcIsNotReadOverHttps() {
        assertThat(sign("https://s3.example.org/b/k", Map.of()).request().firstMatchingHeader(BodySigning.HEADER))
                .contains("UNSIGNED-PAYLOAD");
        assertThat(reads).hasValue(0);
    }
}
