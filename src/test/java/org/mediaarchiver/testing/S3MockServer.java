package org.mediaarchiver.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An S3Mock server in a process of its own, one for all tests of a JVM; it ends with the JVM, however that ends.
 *
 * <p>Its jar is copied into {@code target} by the build: on the class path it would configure every Spring application here.
 */
public final class S3MockServer {
    private static final Path JAR = Path.of("target", "servers", "s3mock.jar");
    private static final Pattern STARTED = Pattern.compile("Tomcat started on ports .* (\\d+) \\(http\\)");

    /** Ends the server when its own input ends, which the system sees to, and itself with the server. */
    private static final String UNTIL_INPUT_ENDS =
            "exec 3<&0; \"$@\" </dev/null & s=$!; { read -r _ <&3; kill $s; } >/dev/null 2>&1 & wait $s";

    /** The one key of its key management. */
    public static final String KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/test";

    private S3MockServer() {}

    private static final class Running {
        static final URI ENDPOINT = start();
    }

    /** Returns the URL of the server, which has no bucket and takes any credentials. */
    public static URI endpoint() {
        return Running.ENDPOINT;
    }

    private static URI start() {
        if (!Files.exists(JAR)) {
            throw new IllegalStateException(JAR + " is missing: mvn process-test-classes gets it");
        }
        try {
            Path folder = Files.createDirectories(Path.of("target", "s3mock").toAbsolutePath());
            Process server = new ProcessBuilder(List.of(
                            "sh",
                            "-c",
                            UNTIL_INPUT_ENDS,
                            "s3mock",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx512m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-Djava.io.tmpdir=" + folder,
                            "-jar",
                            JAR.toString(),
                            "--server.address=127.0.0.1",
                            "--server.port=0",
                            "--http.port=0",
                            "--com.adobe.testing.s3mock.store.valid-kms-keys=" + KMS_KEY))
                    .redirectErrorStream(true)
                    .start();
            return URI.create("http://127.0.0.1:" + port(server));
        } catch (IOException e) {
            throw new UncheckedIOException("S3Mock did not start", e);
        }
    }

    /** Reads on after the port was told, so that the server is never kept from logging. */
    private static int port(Process server) throws IOException {
        StringBuilder said = new StringBuilder();
        BufferedReader log = server.inputReader(StandardCharsets.UTF_8);
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            said.append(line).append('\n');
            Matcher started = STARTED.matcher(line);
            if (started.find()) {
                Thread.ofPlatform().daemon().start(() -> log.lines().forEach(ignored -> {}));
                return Integer.parseInt(started.group(1));
            }
        }
        throw new IOException("S3Mock ended: " + said);
    }
}
