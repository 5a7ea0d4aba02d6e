package org.mediaarchiver.storage;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the bucket is, how objects are kept there, and how hard the store is tried.
 *
 * @param bucket the bucket's name
 * @param endpoint an S3-compatible server, null for AWS in {@code region}
 * @param region the region that requests are signed for
 * @param addressing where in a URL the bucket's name goes
 * @param placement what every new object is created with
 * @param transfer sizes, tries and deadlines
 * @param authorities whom the server's certificate may be signed by, beside those that this Java trusts
 */
public record S3Settings(
        String bucket,
        @Nullable URI endpoint,
        String region,
        Addressing addressing,
        Placement placement,
        Transfer transfer,
        List<X509Certificate> authorities) {
    /** Trusts whom this Java trusts. */
    public S3Settings(
            String bucket,
            @Nullable URI endpoint,
            String region,
            Addressing addressing,
            Placement placement,
            Transfer transfer) {
        this(bucket, endpoint, region, addressing, placement, transfer, List.of());
    }

    /** @throws IllegalArgumentException if the bucket or region is blank, or the endpoint is not the plain URL of a server */
    public S3Settings {
        if (bucket.isBlank() || region.isBlank()) {
            throw new IllegalArgumentException("the bucket and the region need a name");
        }
        if (endpoint != null && !isServer(endpoint)) {
            throw new IllegalArgumentException(
                    "the endpoint must be an http or https URL with a host and without user-info and query");
        }
    }

    private static boolean isServer(URI endpoint) {
        boolean http = "http".equalsIgnoreCase(endpoint.getScheme()) || "https".equalsIgnoreCase(endpoint.getScheme());
        return http && endpoint.getHost() != null && endpoint.getUserInfo() == null && endpoint.getQuery() == null;
    }

    /** Tells whether requests travel over TLS, which decides how a body's digest is announced. */
    boolean isSecure() {
        return endpoint == null || "https".equalsIgnoreCase(endpoint.getScheme());
    }

    /** Returns the server as error messages name it. */
    String server() {
        return endpoint == null ? "AWS " + region : endpoint.toString();
    }

    /** Where in a URL the bucket's name goes. */
    public enum Addressing {
        /** {@code https://server/bucket/key}: what most servers other than AWS need. */
        PATH,
        /** {@code https://bucket.server/key}: what AWS wants. */
        VIRTUAL_HOST
    }

    /**
     * What every new object is created with; a null leaves the choice to the bucket.
     *
     * @param storageClass as S3 spells it, {@code STANDARD_IA} for example
     * @param sse {@code AES256} or {@code aws:kms}
     * @param kmsKeyId the key to use with {@code aws:kms}
     * @param retention an Object Lock
     * @param tags at most 10, by key
     */
    public record Placement(
            @Nullable String storageClass,
            @Nullable String sse,
            @Nullable String kmsKeyId,
            @Nullable Retention retention,
            Map<String, String> tags) {
        /** Leaves every choice to the bucket. */
        public static final Placement AS_THE_BUCKET_SAYS = new Placement(null, null, null, null, Map.of());
    }

    /**
     * An Object Lock: nobody deletes the object for some days.
     *
     * @param mode who is bound by it
     * @param days counted from the creation, at least 1
     */
    public record Retention(Mode mode, int days) {
        /** @throws IllegalArgumentException if {@code days} is less than 1 */
        public Retention {
            if (days < 1) {
                throw new IllegalArgumentException("an object is locked for at least one day");
            }
        }

        /** Who is bound by a lock. */
        public enum Mode {
            /** All but those with a special right. */
            GOVERNANCE,
            /** Everybody, the account's owner included. */
            COMPLIANCE
        }
    }

    /**
     * How objects travel.
     *
     * @param multipartThresholdBytes the largest object sent in one request; S3 takes at most 5 GiB
     * @param partBytes the size of a part of larger objects, S3 wants 5 MiB or more; raised where 10,000 parts would not do
     * @param connections how many are kept at most
     * @param attempts how often a request is made before it counts as failed, at least 1
     * @param retryDelay the pause after the first failure, about doubled after each further one
     * @param connectTimeout how long a connection may take
     * @param idleTimeout how long the store may be silent
     * @param leastBytesPerSecond an upload that is slower than this is given up and tried again
     */
    public record Transfer(
            long multipartThresholdBytes,
            long partBytes,
            int connections,
            int attempts,
            Duration retryDelay,
            Duration connectTimeout,
            Duration idleTimeout,
            long leastBytesPerSecond) {
        private static final long MIB = 1024 * 1024;

        /** @throws IllegalArgumentException if a number or a timeout is not positive */
        public Transfer {
            if (multipartThresholdBytes < 1
                    || partBytes < 1
                    || connections < 1
                    || attempts < 1
                    || leastBytesPerSecond < 1) {
                throw new IllegalArgumentException("sizes, connections, attempts and the least speed must be positive");
            }
            if (retryDelay.isNegative() || !connectTimeout.isPositive() || !idleTimeout.isPositive()) {
                throw new IllegalArgumentException("timeouts must be positive");
            }
        }

        /** Returns what suits this many tasks in flight. */
        public static Transfer forTasksInFlight(int tasks) {
            return new Transfer(
                    5_000_000_000L,
                    64 * MIB,
                    tasks * PartedUpload.PARTS_AT_ONCE + 8,
                    4,
                    Duration.ofMillis(500),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(60),
                    MIB / 16);
        }

        /** Returns the same but for the largest object that is sent in one request. */
        public Transfer withMultipartThreshold(long bytes) {
            return new Transfer(
                    bytes,
                    partBytes,
                    connections,
                    attempts,
                    retryDelay,
                    connectTimeout,
                    idleTimeout,
                    leastBytesPerSecond);
        }

        /** Returns the same but for how long the store may be silent. */
        public Transfer withIdleTimeout(Duration longest) {
            return new Transfer(
                    multipartThresholdBytes,
                    partBytes,
                    connections,
                    attempts,
                    retryDelay,
                    connectTimeout,
                    longest,
                    leastBytesPerSecond);
        }

        /** Returns how long sending {@code bytes} may take. */
        Duration deadline(long bytes) {
            return idleTimeout.plusSeconds(bytes / leastBytesPerSecond);
        }
    }
}
