package org.mediaarchiver.http;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Tells addresses of the public internet from all others.
 *
 * <p>The ranges are those that the IANA special-purpose registries (RFC 6890, IPv4 and IPv6) do not list as globally reachable,
 * the anycast services that nobody serves files from, multicast, and the one public address that is a cloud's metadata service
 * (168.63.129.16 in Azure). The flags of {@link InetAddress} know only a third of them.
 */
public final class PublicAddresses {
    private static final List<Range> NOT_PUBLIC_IPV4 = ranges(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");
    private static final Range GLOBAL_UNICAST_IPV6 = Range.parse("2000::/3");
    private static final List<Range> NOT_PUBLIC_IPV6 =
            ranges("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20");

    /** RFC 6052: the last four bytes are the IPv4 address that a translator connects to. */
    private static final Range NAT64 = Range.parse("64:ff9b::/96");

    private static final byte[] MAPPED_IPV4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    private PublicAddresses() {}

    /** Tells whether the address belongs to the public internet; one that carries an IPv4 address is judged by that. */
    public static boolean isPublic(InetAddress address) {
        return isPublic(address.getAddress());
    }

    /** As {@link #isPublic(InetAddress)}, for 4 or 16 bytes: the JDK turns a mapped address into an IPv4 one by itself. */
    static boolean isPublic(byte[] address) {
        if (address.length == 4) {
            return NOT_PUBLIC_IPV4.stream().noneMatch(range -> range.contains(address));
        }
        if (NAT64.contains(address) || new Range(MAPPED_IPV4, 96).contains(address)) {
            return isPublic(Arrays.copyOfRange(address, 12, 16));
        }
        return GLOBAL_UNICAST_IPV6.contains(address)
                && NOT_PUBLIC_IPV6.stream().noneMatch(range -> range.contains(address));
    }

    private static List<Range> ranges(String... texts) {
        return Arrays.stream(texts).map(Range::parse).toList();
    }

    /** All addresses that begin with the first {@code bits} bits of {@code start}. */
    private record Range(byte[] start, int bits) {
        static Range parse(String text) {
            int slash = text.indexOf('/');
            return new Range(
                    InetAddress.ofLiteral(text.substring(0, slash)).getAddress(),
                    Integer.parseInt(text.substring(slash + 1)));
        }

        boolean contains(byte[] address) {
            int whole = bits / 8;
            if (!Arrays.equals(start, 0, whole, address, 0, whole)) {
                return false;
            }
            int rest = bits % 8;
            return rest == 0 || (start[whole] & 0xff) >> (8 - rest) == (address[whole] & 0xff) >> (8 - rest);
        }
    }
}
