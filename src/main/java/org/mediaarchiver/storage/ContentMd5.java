package org.mediaarchiver.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.mediaarchiver.domain.Body;

/** The digest that {@code Content-MD5} carries: no proof against forgers, but what even the oldest stores hold bodies against. */
final class ContentMd5 {
    private ContentMd5() {}

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    /**
     * Reads a body for its digest.
     *
     * @throws UncheckedIOException if it is in a file that cannot be read
     */
    static String of(Body body) {
        return switch (body) {
            case Body.Bytes memory -> base64(newDigest().digest(memory.bytes()));
            case Body.File file -> {
                MessageDigest digest = newDigest();
                try (InputStream in = new DigestInputStream(Files.newInputStream(file.path()), digest)) {
                    in.transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                yield base64(digest.digest());
            }
        };
    }

    static String base64(byte[] digest) {
        return Base64.getEncoder().encodeToString(digest);
    }
}
