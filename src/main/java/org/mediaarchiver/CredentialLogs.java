package org.mediaarchiver;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Silences the loggers of libraries that print requests with their credentials, whatever level anybody configures for them.
 *
 * <p>The task service's token is in a header, and so is a store's signature; a signed URL is a credential by itself.
 */
public final class CredentialLogs extends TurboFilter {
    private static final List<String> LOGGERS = List.of(
            "org.apache.hc.client5.http",
            "org.apache.hc.core5.http",
            "software.amazon.awssdk.request",
            "software.amazon.awssdk.auth",
            "software.amazon.awssdk.core.interceptor",
            "software.amazon.awssdk.http.auth");

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] parameters,
            @Nullable Throwable thrown) {
        return !level.isGreaterOrEqual(Level.WARN) && tellsCredentials(logger.getName())
                ? FilterReply.DENY
                : FilterReply.NEUTRAL;
    }

    /** A loop, since libraries ask several times for each request and for each item whether to log. */
    private static boolean tellsCredentials(String name) {
        for (String logger : LOGGERS) {
            if (name.startsWith(logger)) {
                return true;
            }
        }
        return false;
    }
}
