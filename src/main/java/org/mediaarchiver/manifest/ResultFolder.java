package org.mediaarchiver.manifest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;

/** The folder of one run or audit: a file appears in it whole, checked and for good, or not at all. */
public final class ResultFolder {
    private final Path dir;

    /** A file that is in its place. */
    public record Placed(Path path, StoredObject.Content content) {}

    /** @param dir made where it is missing, once there is a file for it */
    public ResultFolder(Path dir) {
        this.dir = dir;
    }

    /** Writes the bytes of a file, the same ones whenever it is asked. */
    public interface Content {
        /** Writes all bytes, and leaves the stream open. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** Reads a finished file and throws where it is not what it should be. */
    public interface Check {
        /** Reads as far as it needs to, and leaves the stream open. */
        void read(InputStream in) throws IOException;
    }

    /**
     * Makes a file beside its place, forces it to disk, reads it back, and puts it in place unless it is there already.
     *
     * @param contentType the media type, without parameters
     * @throws StopException if a file of that name holds other bytes
     * @throws IOException if the disk does not take the bytes, or does not give them back
     */
    public Placed place(String name, String contentType, Content content, Check check) throws IOException {
        Files.createDirectories(dir);
        Path place = dir.resolve(name);
        Path draft = dir.resolve(name + ".part");
        // Never truncated: a kill between link and delete has left a second name of the finished file.
        Files.deleteIfExists(draft);
        try {
            StoredObject.Content written = write(draft, content, contentType);
            readBack(draft, check, written.sha256());
            try {
                Files.createLink(place, draft);
            } catch (FileAlreadyExistsException alreadyThere) {
                if (Files.mismatch(place, draft) >= 0) {
                    throw other(place);
                }
            }
            return new Placed(place, written);
        } finally {
            Files.deleteIfExists(draft);
            forceNames();
        }
    }

    /**
     * Makes sure that there is no such file.
     *
     * @throws StopException if there is one
     */
    void leaveOut(String name) {
        Path place = dir.resolve(name);
        if (Files.exists(place)) {
            throw other(place);
        }
    }

    private static StoredObject.Content write(Path draft, Content content, String contentType) throws IOException {
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                DigestOutputStream out = new DigestOutputStream(
                        new BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024), Sha256.newDigest())) {
            content.writeTo(out);
            out.flush();
            channel.force(true);
            return new StoredObject.Content(
                    channel.size(), Sha256.ofDigest(out.getMessageDigest().digest()), contentType);
        }
    }

    private static void readBack(Path draft, Check check, Sha256 expected) throws IOException {
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(draft), Sha256.newDigest())) {
            check.read(in);
            in.transferTo(OutputStream.nullOutputStream());
            if (!Sha256.ofDigest(in.getMessageDigest().digest()).equals(expected)) {
                throw new IOException("the disk gives back other bytes than were written");
            }
        }
    }

    private static StopException other(Path place) {
        return new StopException(place + " is not what the database says: it was changed or cut."
                + " Move it away and run again; it is then made anew.");
    }

    private void forceNames() throws IOException {
        try (FileChannel names = FileChannel.open(dir, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
