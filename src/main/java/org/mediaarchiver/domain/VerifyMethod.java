package org.mediaarchiver.domain;

import java.util.Locale;

/** How it is known that the store holds the bytes that were sent. */
public enum VerifyMethod {
    /** The answer to the put carried a checksum of the store's own, equal to ours. */
    PUT_CHECKSUM,
    /** A HEAD afterwards carried a checksum equal to ours. */
    HEAD_CHECKSUM,
    /** The object was read back and hashed. */
    FULL_READ,
    /** An earlier run verified it, and the ledger says so. */
    LEDGER,
    /** It is not known. */
    NONE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** Returns the method as manifests spell it. */
    public String word() {
        return word;
    }
}
