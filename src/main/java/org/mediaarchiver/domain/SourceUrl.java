package org.mediaarchiver.domain;

import java.nio.charset.StandardCharsets;

/**
 * Where bytes came from, in the form that may be recorded: a signed query is a credential, so only the digest of the whole URL
 * tells two of them apart.
 *
 * @param withoutQuery the URL without query and fragment, percent-encoded to a safe CSV cell, at most 2,048 characters
 * @param sha256 of the whole URL in UTF-8
 */
public record SourceUrl(String withoutQuery, Sha256 sha256) {
    private static final int LIMIT = 2048;

    /** Records a URL as it was received. */
    public static SourceUrl of(String url) {
        int end = url.length();
        for (char mark : new char[] {'?', '#'}) {
            int at = url.indexOf(mark);
            if (at >= 0 && at < end) {
                end = at;
            }
        }
        return new SourceUrl(
                Text.cut(Text.percentEncoded(withoutUserInfo(url.substring(0, end))), LIMIT),
                Sha256.of(url.getBytes(StandardCharsets.UTF_8)));
    }

    /** User-info can be a password: a URL that has one is refused, and recorded without it. */
    private static String withoutUserInfo(String url) {
        int scheme = url.indexOf("//");
        if (scheme < 0) {
            return url;
        }
        int authority = scheme + 2;
        int path = url.indexOf('/', authority);
        int at = url.lastIndexOf('@', path < 0 ? url.length() : path);
        return at < authority ? url : url.substring(0, authority) + url.substring(at + 1);
    }
}
