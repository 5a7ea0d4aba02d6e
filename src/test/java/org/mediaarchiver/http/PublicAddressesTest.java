package org.mediaarchiver.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PublicAddressesTest {
    static Stream<String> addresses() throws IOException {
        return lines("addresses.txt");
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void everyListedAddressIsJudgedAsItSays(String line) {
        int space = line.indexOf(' ');

        boolean isPublic = PublicAddresses.isPublic(InetAddress.ofLiteral(line.substring(space + 1)));

        assertThat(isPublic ? "PUBLIC" : "REFUSED").isEqualTo(line.substring(0, space));
    }

    @Test
    void theListHasAtLeastSixtyRefusedAddresses() throws IOException {
        assertThat(addresses().filter(line -> line.startsWith("REFUSED"))).hasSizeGreaterThanOrEqualTo(60);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, false", "10.1.2.3, false", "169.254.169.254, false", "8.8.8.8, true"})
    void aMappedAddressIsJudgedByItsIpv4(String ipv4, boolean expected) {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(InetAddress.ofLiteral(ipv4).getAddress(), 0, mapped, 12, 4);

        assertThat(PublicAddresses.isPublic(mapped)).isEqualTo(expected);
    }

    /** The lines of a data file beside this class, without comments. */
    static Stream<String> lines(String file) throws IOException {
        try (var data = Objects.requireNonNull(PublicAddressesTest.class.getResourceAsStream(file), file)) {
            return new String(data.readAllBytes(), StandardCharsets.UTF_8)
                    .lines().filter(line -> !line.startsWith("#")).toList().stream();
        }
    }
}
