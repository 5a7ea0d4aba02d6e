package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TransportFailureTest {
    @ParameterizedTest
    @MethodSource("failures")
    void everyFailureHasItsWord(IOException failure, String word) {
        assertThat(TransportFailure.of(failure).word()).isEqualTo(word);
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(new UnknownHostException("nowhere.example"), "dns"),
                arguments(new ConnectException("Connection refused"), "refused"),
                arguments(new NoRouteToHostException("No route to host"), "refused"),
                arguments(new SSLHandshakeException("PKIX path building failed"), "tls"),
                arguments(new SSLException("cut", new SocketException("Connection reset")), "reset"),
                arguments(new SocketTimeoutException("Read timed out"), "timeout"),
                arguments(new ConnectTimeoutException("Connect timed out"), "timeout"),
                arguments(new SocketException("Connection reset"), "reset"),
                arguments(new NoHttpResponseException("failed to respond"), "reset"),
                arguments(new ConnectionClosedException("Premature end"), "reset"),
                arguments(new TruncatedChunkException("Truncated chunk"), "reset"),
                arguments(new EOFException(), "reset"),
                arguments(new MalformedChunkCodingException("Bad chunk header"), "protocol"),
                arguments(new ClientProtocolException("no status line"), "protocol"),
                arguments(new IOException("disk on fire"), "io"));
    }
}
