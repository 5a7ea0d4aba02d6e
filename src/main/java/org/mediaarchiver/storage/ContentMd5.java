package org.mediaarchiver.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.ObjectStore.NewObject;

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

    static String of(byte[] bytes) {
        return base64(newDigest().digest(bytes));
    }

    /**
     * Reads a body for its digest.
     *
     * @throws CallFailed if it does not have the SHA-256 that it was announced with, which the store would not notice
     * @throws UncheckedIOException if it is in a file that cannot be read
     */
    static String of(NewObject object) throws CallFailed {
        MessageDigest md5 = newDigest();
        MessageDigest sha256 = Sha256.newDigest();
        try (InputStream in =
                new DigestInputStream(new DigestInputStream(object.body().open(), md5), sha256)) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!Sha256.ofDigest(sha256.digest()).equals(object.content().sha256())) {
            throw CallFailed.otherBytes();
        }
        return base64(md5.digest());
    }

    static String base64(byte[] digest) {
        return Base64.getEncoder().encodeToString(digest);
    }
}
