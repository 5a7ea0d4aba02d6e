package org.mediaarchiver.storage;

import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * A checksum that a store tells of an object.
 *
 * <p>Of the servers that were tried (S3Proxy, S3Mock, Ceph 16 and 20, Swift, s3rver), those whose HEAD tells a SHA-256 had
 * refused a put whose bytes did not have it; those that do not check it do not tell it. So a HEAD's checksum is the store's own.
 * The answer to a put is believed where the store was found to refuse a wrong SHA-256, and else only where it also names the
 * checksum's type, as AWS does: a server that merely returns the header it was sent does not.
 *
 * @param algorithm as S3 spells it
 * @param type {@code FULL_OBJECT}, or {@code COMPOSITE} for a digest over the digests of parts
 * @param value base64; with the number of parts behind a dash where it is composite
 */
record StoreChecksum(String algorithm, String type, String value) {
    static final String SHA256 = "SHA256";
    static final String COMPOSITE = "COMPOSITE";
    static final String FULL_OBJECT = "FULL_OBJECT";

    /** Returns the strongest checksum of a HEAD's answer, null where it has none. */
    static @Nullable StoreChecksum of(HeadObjectResponse head) {
        String type = head.checksumTypeAsString();
        if (head.checksumSHA256() != null) {
            return of(SHA256, type, head.checksumSHA256());
        }
        if (head.checksumCRC64NVME() != null) {
            return of("CRC64NVME", type, head.checksumCRC64NVME());
        }
        if (head.checksumCRC32C() != null) {
            return of("CRC32C", type, head.checksumCRC32C());
        }
        if (head.checksumCRC32() != null) {
            return of("CRC32", type, head.checksumCRC32());
        }
        return head.checksumSHA1() == null ? null : of("SHA1", type, head.checksumSHA1());
    }

    /**
     * Returns the SHA-256 of a put's answer where the store vouches for it, else null.
     *
     * @param verifies whether the store was found to refuse a wrong one
     */
    static @Nullable StoreChecksum of(PutObjectResponse put, Answer verifies) {
        String digest = put.checksumSHA256();
        boolean vouched = switch (verifies) {
            case YES -> digest != null;
            case NO -> false;
            case UNKNOWN -> digest != null && FULL_OBJECT.equals(put.checksumTypeAsString());
        };
        return vouched ? new StoreChecksum(SHA256, FULL_OBJECT, digest) : null;
    }

    private static StoreChecksum of(String algorithm, @Nullable String type, String value) {
        String inferred = value.indexOf('-') < 0 ? FULL_OBJECT : COMPOSITE;
        return new StoreChecksum(algorithm, type == null ? inferred : type, value);
    }

    /** Returns the digest of the object's bytes, null where this is no such thing. */
    @Nullable
    Sha256 sha256() {
        if (!algorithm.equals(SHA256) || !type.equals(FULL_OBJECT)) {
            return null;
        }
        try {
            byte[] digest = Base64.getDecoder().decode(value);
            return digest.length == 32 ? Sha256.ofDigest(digest) : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    /** Tells whether this is a checksum of the bytes themselves, and the other one made in the same way. */
    boolean isComparableWith(StoreChecksum other) {
        return type.equals(FULL_OBJECT) && type.equals(other.type) && algorithm.equals(other.algorithm);
    }

    /** Returns the checksum as manifests spell it. */
    @Override
    public String toString() {
        return algorithm + ":" + type + ":" + value;
    }
}
