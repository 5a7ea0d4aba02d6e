package org.mediaarchiver.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;

/**
 * Keeps downloads on the public internet: media URLs come from outside, and must not lead a job that runs inside a network to
 * that network's own services.
 *
 * <p>A URL is checked as text before each request, and its host by the addresses it has, in {@link #dnsResolver}, when it is
 * connected to. Neither is enough without the other. Safe for use by many threads.
 */
public final class AddressGuard {
    private static final int LONGEST_URL = 2048;

    /** What {@code inet_aton} takes for an IPv4 address, with any number of parts: {@code 127.1}, {@code 0x7f.1}, {@code 2130706433}. */
    private static final Pattern NUMBERS =
            Pattern.compile("(0[xX][0-9a-fA-F]*|[0-9]+)(\\.(0[xX][0-9a-fA-F]*|[0-9]+))*\\.?");

    private final AddressPolicy policy;

    public AddressGuard(AddressPolicy policy) {
        this.policy = policy;
    }

    /** What a check came to. */
    public sealed interface Verdict {
        /**
         * The URL may be requested, through {@link AddressGuard#dnsResolver}.
         *
         * @param uri the URL, parsed
         */
        record Allowed(URI uri) implements Verdict {}

        /**
         * The text is not an absolute http or https URL with a host and without user-info, in at most 2,048 characters.
         *
         * @param detail what it lacks
         */
        record Invalid(Detail detail) implements Verdict {}

        /**
         * The URL is one, and the policy forbids it.
         *
         * @param detail which rule does
         */
        record Blocked(Detail detail) implements Verdict {}
    }

    /** Judges a URL by its text; connects to nothing and asks no name server. */
    public Verdict check(String url) {
        if (url.length() > LONGEST_URL) {
            return invalid("the URL has more than " + LONGEST_URL + " characters");
        }
        URI uri = parse(url);
        if (uri == null) {
            return invalid("the URL does not parse");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            return invalid("not an absolute http or https URL");
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            return invalid("the URL names no host");
        }
        if (authority.indexOf('@') >= 0) {
            return invalid("the URL carries user-info");
        }
        String host = uri.getHost();
        if (host == null) {
            return NUMBERS.matcher(withoutPort(authority)).matches()
                    ? blocked("the host is a number and not a name")
                    : invalid("the URL names no valid host");
        }
        if (scheme.equals("http") && !policy.allowHttp()) {
            return blocked("plain http is not allowed");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        if (!isAllowed(port)) {
            return blocked("port " + port + " is not allowed");
        }
        String name = host.toLowerCase(Locale.ROOT);
        if (!policy.allowPrivateAddresses()) {
            if (name.startsWith("[") || NUMBERS.matcher(name).matches()) {
                return blocked("the host is an address and not a name");
            }
            if (name.endsWith(".")) {
                return blocked("the host ends with a dot");
            }
            if (name.indexOf('.') < 0) {
                return blocked("the host has no domain");
            }
        }
        if (!isAllowed(name)) {
            return blocked("the host " + name + " is not in the list of allowed hosts");
        }
        return new Verdict.Allowed(uri);
    }

    /**
     * Judges where a redirect leads, as {@link #check} does; what is not a URL there is {@code Blocked}, since the URL that was
     * asked for is not to blame.
     *
     * @param from the URL that answered with a redirect
     * @param location the {@code Location} it gave, absolute or relative to {@code from}
     */
    public Verdict checkRedirect(URI from, String location) {
        URI reference = parse(location);
        if (reference == null) {
            return blocked("a redirect leads to no URL");
        }
        Verdict verdict = check(reference.isAbsolute() ? location : resolved(from, reference));
        return switch (verdict) {
            case Verdict.Invalid invalid -> blocked("by a redirect: " + invalid.detail());
            case Verdict.Blocked blocked -> blocked("by a redirect: " + blocked.detail());
            case Verdict.Allowed allowed
            when "https".equalsIgnoreCase(from.getScheme())
                    && !"https".equalsIgnoreCase(allowed.uri().getScheme()) ->
                blocked("a redirect leads from https to http");
            case Verdict.Allowed allowed -> allowed;
        };
    }

    /** Returns the resolver that the client which downloads must have, and no proxy beside it. */
    public DnsResolver dnsResolver() {
        return dnsResolver(SystemDefaultDnsResolver.INSTANCE);
    }

    /** As {@link #dnsResolver()}, with another source of addresses, whose answers are judged all the same. */
    public DnsResolver dnsResolver(DnsResolver lookup) {
        return policy.allowPrivateAddresses() ? lookup : new AddressGuardResolver(lookup);
    }

    private boolean isAllowed(int port) {
        return policy.allowPrivateAddresses()
                ? port >= 1 && port <= 65_535
                : policy.ports().contains(port);
    }

    private boolean isAllowed(String name) {
        return policy.allowedHosts().isEmpty()
                || policy.allowedHosts().stream()
                        .anyMatch(allowed -> name.equals(allowed) || name.endsWith("." + allowed));
    }

    /** Only {@link URI}: {@link java.net.URL} reads {@code http://good.example\@127.0.0.1/} differently. */
    private static @Nullable URI parse(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** {@link URI#resolve} joins a path to a bare host without a slash, and takes a bare query for a path. */
    private static String resolved(URI from, URI reference) {
        URI base = from.getRawPath().isEmpty() ? from.resolve("/") : from;
        boolean queryAlone = reference.getRawAuthority() == null
                && reference.getRawPath().isEmpty()
                && reference.getRawQuery() != null;
        return queryAlone
                ? base.getScheme() + "://" + base.getRawAuthority() + base.getRawPath() + "?" + reference.getRawQuery()
                : base.resolve(reference).toString();
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    private static Verdict invalid(String detail) {
        return new Verdict.Invalid(new Detail(detail));
    }

    private static Verdict blocked(String detail) {
        return new Verdict.Blocked(new Detail(detail));
    }
}
