package org.mediaarchiver;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialLogsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.hc.client5.http.wire",
                "org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection",
                "software.amazon.awssdk.request",
                "software.amazon.awssdk.auth.signer.Aws4Signer"
            })
    void whatPrintsCredentialsSaysNothingBelowAWarning(String logger) {
        assertThat(reply(logger, Level.TRACE)).isEqualTo(FilterReply.DENY);
        assertThat(reply(logger, Level.INFO)).isEqualTo(FilterReply.DENY);
        assertThat(reply(logger, Level.WARN)).isEqualTo(FilterReply.NEUTRAL);
    }

    @Test
    void allOthersSayWhatTheyAreConfiguredToSay() {
        assertThat(reply("org.mediaarchiver.batch.ArchiveJob", Level.DEBUG)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(reply("software.amazon.awssdk.core", Level.TRACE)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(reply("org.apache.hc", Level.TRACE)).isEqualTo(FilterReply.NEUTRAL);
    }

    private static FilterReply reply(String logger, Level level) {
        return new CredentialLogs().decide(null, new LoggerContext().getLogger(logger), level, null, null, null);
    }
}
