package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.http.AddressPolicy;

class DownloadSettingsTest {
    private static final DownloadSettings DEFAULTS =
            DownloadSettings.defaults(Path.of("spool"), AddressPolicy.publicHttps(), 16);

    @Test
    void theDefaultsAreThoseOfTheConfiguration() {
        assertThat(DEFAULTS.maxBytes()).isEqualTo(5_000_000_000L);
        assertThat(DEFAULTS.bandwidth()).isNull();
        assertThat(DEFAULTS.connections()).isEqualTo(16);
        assertThat(DEFAULTS.addresses()).isEqualTo(AddressPolicy.publicHttps());
        assertThat(DEFAULTS.idleTimeout()).isLessThan(DEFAULTS.speedWindow());
    }

    @Test
    void aBoundThatIsNotPositiveIsRefused() {
        assertThatThrownBy(() -> DEFAULTS.withMaxBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DEFAULTS.withBandwidth(0L)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DownloadSettings.defaults(Path.of("spool"), AddressPolicy.publicHttps(), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
