package org.mediaarchiver.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where downloads may go, as configured under {@code archiver.media}.
 *
 * @param allowedHosts host names; a host is allowed if it is one of them or lies below one; empty: any public host
 * @param allowHttp whether plain http is allowed beside https
 * @param ports the ports that may be connected to, 1 to 65535
 * @param allowPrivateAddresses for sandboxes and tests: whether addresses that are not public, literal addresses, single-label
 *     names and any port are allowed too
 */
public record AddressPolicy(
        List<String> allowedHosts, boolean allowHttp, Set<Integer> ports, boolean allowPrivateAddresses) {
    private static final Pattern HOST = Pattern.compile("[a-z0-9\\[][a-z0-9.:\\[\\]-]*");

    /** @throws IllegalArgumentException if an allowed host is no host name (a wildcard, a URL) or a port is out of range */
    public AddressPolicy {
        allowedHosts =
                allowedHosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
        ports = Set.copyOf(ports);
        for (String host : allowedHosts) {
            if (!HOST.matcher(host).matches()) {
                throw new IllegalArgumentException("not a host name: " + host);
            }
        }
        for (int port : ports) {
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("not a port: " + port);
            }
        }
    }

    /** Any public host over https, on the ports 80 and 443: what holds where nothing is configured. */
    public static AddressPolicy publicHttps() {
        return new AddressPolicy(List.of(), false, Set.of(80, 443), false);
    }
}
