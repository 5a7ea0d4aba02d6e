package org.mediaarchiver.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves only hosts all of whose addresses are public. The client connects to the very addresses that were judged here: there
 * is no second look-up whose answer could differ.
 */
final class AddressGuardResolver implements DnsResolver {
    private final DnsResolver lookup;

    AddressGuardResolver(DnsResolver lookup) {
        this.lookup = lookup;
    }

    /** @throws BlockedHostException if one of the answers is not public */
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] answers = lookup.resolve(host);
        if (answers.length == 0) {
            throw new UnknownHostException(host);
        }
        for (InetAddress answer : answers) {
            // One private answer among public ones is the mark of a rebinding attempt, and the client may try them all.
            if (!PublicAddresses.isPublic(answer)) {
                throw new BlockedHostException(host);
            }
        }
        return answers;
    }

    /** Returns the name itself: a reverse look-up serves Kerberos alone, which downloads never use. */
    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }
}
