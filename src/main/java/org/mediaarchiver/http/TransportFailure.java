package org.mediaarchiver.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.TruncatedChunkException;

/** Why no whole answer came: what an {@link IOException} of the HTTP client means, in a word of ours. */
public enum TransportFailure {
    /** The host name is unknown. */
    DNS,
    /** Nothing accepts connections there, or no route leads there. */
    REFUSED,
    /** No secure connection: a certificate that is not trusted, or no TLS at all. */
    TLS,
    /** Nothing came for too long. */
    TIMEOUT,
    /** The connection was cut before the end of the answer. */
    RESET,
    /** What came is not HTTP. */
    PROTOCOL,
    /** Anything else. */
    IO;

    /** Classifies a failure by its type alone, since messages differ between systems. */
    public static TransportFailure of(IOException failure) {
        return switch (failure) {
            case UnknownHostException ignored -> DNS;
            case SocketTimeoutException ignored -> TIMEOUT;
            case ConnectException ignored -> REFUSED;
            case NoRouteToHostException ignored -> REFUSED;
            // A connection that is cut under TLS is reported as a failure of TLS.
            case SSLException e when e.getCause() instanceof SocketException -> RESET;
            case SSLException ignored -> TLS;
            case SocketException ignored -> RESET;
            case NoHttpResponseException ignored -> RESET;
            case ConnectionClosedException ignored -> RESET;
            case TruncatedChunkException ignored -> RESET;
            case EOFException ignored -> RESET;
            case MalformedChunkCodingException ignored -> PROTOCOL;
            case ClientProtocolException ignored -> PROTOCOL;
            default -> IO;
        };
    }

    /** Returns the failure as details spell it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
