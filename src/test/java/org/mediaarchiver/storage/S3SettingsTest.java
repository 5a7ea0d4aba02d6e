package org.mediaarchiver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.storage.S3Settings.Transfer;

class S3SettingsTest {
    private static S3Settings settings(@Nullable URI endpoint) {
        return new S3Settings(
                "bucket",
                endpoint,
                "eu-west-1",
                S3Settings.Addressing.PATH,
                S3Settings.Placement.AS_THE_BUCKET_SAYS,
                Transfer.forTasksInFlight(16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://bucket",
                "store:9000",
                "http:///bucket",
                "https://user:pass@store",
                "https://store?x=y",
                "store"
            })
    void anEndpointThatIsNotThePlainUrlOfAServerIsRefused(String endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(URI.create(endpoint)))
                .withMessageNotContaining("pass@");
    }

    @Test
    void awsIsMeantWhereNoEndpointIsSet() {
        assertThat(settings(null).server()).isEqualTo("AWS eu-west-1");
        assertThat(settings(null).isSecure()).isTrue();
        assertThat(settings(URI.create("http://store:9000")).isSecure()).isFalse();
    }

    @Test
    void everyTaskInFlightFindsAConnection() {
        assertThat(Transfer.forTasksInFlight(16).connections()).isEqualTo(16 * 4 + 8);
    }

    @Test
    void aLargeObjectHasMoreTimeThanASmallOne() {
        Transfer transfer = Transfer.forTasksInFlight(16);

        assertThat(transfer.deadline(0)).isEqualTo(Duration.ofSeconds(60));
        assertThat(transfer.deadline(65_536_000)).isEqualTo(Duration.ofSeconds(1060));
    }

    @Test
    void aLockOfNoDaysIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new S3Settings.Retention(S3Settings.Retention.Mode.COMPLIANCE, 0));
    }
}
