package org.mediaarchiver.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.testing.SampleSource.Hold;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * An S3 server over HTTP in this JVM, with one bucket and one pair of credentials.
 *
 * <p>Objects are plain files below a directory. It listens on the loopback address alone. It cannot hold a key {@code a} beside a key {@code a/b}.
 */
@NullMarked
public final class S3Server implements AutoCloseable {
    private static final String ACCESS_KEY = "sandbox-access-key";
    private static final String SECRET_KEY = "sandbox-secret-key";
    private static final String REGION = "us-east-1";

    private final String bucket;
    private final Path directory;
    private final @Nullable Path temporary;
    private final S3Proxy proxy;
    private final Puts puts;
    private final List<Hold> reads;
    private final S3Client client;

    private S3Server(
            String bucket, Path directory, @Nullable Path temporary, S3Proxy proxy, Puts puts, List<Hold> reads) {
        this.bucket = bucket;
        this.directory = directory;
        this.temporary = temporary;
        this.proxy = proxy;
        this.puts = puts;
        this.reads = reads;
        this.client = S3Client.builder()
                .endpointOverride(endpoint())
                .region(Region.of(REGION))
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .build();
    }

    /** Starts a server that holds one empty bucket, on a free port, in a directory that is deleted on {@link #close}. */
    public static S3Server start(String bucket) {
        try {
            Path directory = Files.createTempDirectory("s3-server-");
            return start(bucket, directory, directory, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a server on a directory that stays, and makes the bucket where it is missing.
     *
     * @param port to listen on, 0 for a free one
     */
    public static S3Server start(String bucket, Path directory, int port) {
        try {
            return start(bucket, Files.createDirectories(directory), null, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static S3Server start(String bucket, Path directory, @Nullable Path temporary, int port)
            throws IOException {
        Puts puts = new Puts();
        List<Hold> reads = new CopyOnWriteArrayList<>();
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(new Watched(new FilesystemNio2BlobStore(directory.toString()), puts, reads))
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
                .ignoreUnknownHeaders(true)
                .build();
        start(proxy);
        S3Server server = new S3Server(bucket, directory, temporary, proxy, puts, reads);
        if (!Files.exists(directory.resolve(bucket))) {
            server.client.createBucket(r -> r.bucket(bucket));
        }
        return server;
    }

    /** The library declares {@code Exception}; what it throws is a port or a directory that cannot be used. */
    private static void start(S3Proxy proxy) throws IOException {
        try {
            proxy.start();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the S3 server did not start", e);
        }
    }

    /** Returns the URL for {@code archiver.storage.endpoint}; keys are addressed by path. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    /** Returns the name of the one bucket. */
    public String bucket() {
        return bucket;
    }

    /** Returns the region that requests are to be signed for. */
    public String region() {
        return REGION;
    }

    /** Returns what {@code AWS_ACCESS_KEY_ID} must be. */
    public String accessKey() {
        return ACCESS_KEY;
    }

    /** Returns what {@code AWS_SECRET_ACCESS_KEY} must be. */
    public String secretKey() {
        return SECRET_KEY;
    }

    /** Returns the keys of the objects stored since the start, in the order of their puts: one that was stored twice is in it twice. */
    public List<String> puts() {
        return List.copyOf(puts.keys);
    }

    /**
     * Stores objects without saying so: from now on, and until the hold is released, the requests that create them are not answered.
     *
     * @param key which of them
     */
    public Hold holdAnswers(Predicate<String> key) {
        Hold hold = new Hold(key);
        puts.holds.add(hold);
        return hold;
    }

    /**
     * Keeps reads of objects waiting, from now on and until the hold is released.
     *
     * @param key of which objects
     */
    public Hold holdReads(Predicate<String> key) {
        Hold hold = new Hold(key);
        reads.add(hold);
        return hold;
    }

    /** Makes every object an hour older: a store tells times in whole seconds, so what a test has just put may look as new as what begins after it. */
    public void age() throws IOException {
        FileTime then = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
        try (Stream<Path> files = Files.walk(directory.resolve(bucket))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(file, then);
            }
        }
    }

    /** Returns a client with all rights, for looking at the bucket; it is closed with the server. */
    public S3Client client() {
        return client;
    }

    /** Stops the server, and deletes what it held where that is not to stay. */
    @Override
    public void close() {
        puts.holds.forEach(Hold::release);
        reads.forEach(Hold::release);
        client.close();
        try {
            stop(proxy);
            if (temporary != null) {
                deleteTree(temporary);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The objects that were created; one that a condition refused was not. */
    private static final class Puts {
        private final List<String> keys = new CopyOnWriteArrayList<>();
        private final List<Hold> holds = new CopyOnWriteArrayList<>();

        void add(String key) {
            keys.add(key);
            pass(key, holds);
        }
    }

    private static void pass(String key, List<Hold> holds) {
        try {
            for (Hold hold : holds) {
                hold.pass(key);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Notes every object that is created, in one request or in parts, and lets reads wait. */
    private static final class Watched extends ForwardingBlobStore {
        private final Puts puts;
        private final List<Hold> reads;

        Watched(BlobStore store, Puts puts, List<Hold> reads) {
            super(store);
            this.puts = puts;
            this.reads = reads;
        }

        @Override
        public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
            pass(request.key(), reads);
            return super.getBlob(request);
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream bytes) {
            PutObjectResponse response = super.putBlob(request, bytes);
            puts.add(request.key());
            return response;
        }

        @Override
        public CompleteMultipartUploadResponse completeMultipartUpload(
                MultipartUpload upload, CompleteMultipartUploadRequest request) {
            CompleteMultipartUploadResponse response = super.completeMultipartUpload(upload, request);
            puts.add(request.key());
            return response;
        }
    }

    private static void stop(S3Proxy proxy) throws IOException {
        try {
            proxy.stop();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the S3 server did not stop", e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
