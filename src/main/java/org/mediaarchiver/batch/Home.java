package org.mediaarchiver.batch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.Run;

/**
 * The folder in which the program keeps everything of its own, held by one process at a time.
 *
 * <p>The lock is the operating system's, so it ends with the process that holds it, however that ends; the file's text only tells
 * who that is.
 */
public final class Home implements AutoCloseable {
    static final String INPUT_ENDING = ".input";
    private static final List<String> FOLDERS = List.of("db", "inputs", "spool", "runs", "audits");

    private final Path path;
    private final @Nullable FileChannel lock;
    private final String holder;

    /** @param lock the open file of the lock, which ends when it is closed; null where it is not held */
    private Home(Path path, @Nullable FileChannel lock, String holder) {
        this.path = path;
        this.lock = lock;
        this.holder = holder;
    }

    /** Another process holds the home. */
    public static final class LockedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String holder;

        LockedException(String message, String holder) {
            super(message);
            this.holder = holder;
        }

        /** Returns which process holds it, and since when. */
        String holder() {
            return holder;
        }
    }

    /**
     * Makes the home where it is missing, readable by its owner alone, and takes its lock.
     *
     * @throws LockedException if another process holds it
     * @throws StopException if the folder cannot be made or written
     */
    public static Home open(Path path, InstantSource clock) {
        try {
            for (String folder : FOLDERS) {
                Files.createDirectories(path.resolve(folder));
            }
            if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
            }
            return take(path, clock);
        } catch (IOException e) {
            throw new StopException(
                    "The home " + path + " cannot be used (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "). Make it a folder that this user may write, or set archiver.home.",
                    e);
        }
    }

    /** Returns the home as it is, for one look: it is neither made nor held. */
    static Home look(Path path) {
        return new Home(path, null, "");
    }

    private static Home take(Path path, InstantSource clock) throws IOException {
        FileChannel channel = FileChannel.open(
                path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            if (tryLock(channel) == null) {
                String holder = holder(channel);
                throw new LockedException(
                        "Another run holds " + path + " (" + holder
                                + "). Wait until it has ended, or give this one its own archiver.home.",
                        holder);
            }
            Home home = new Home(path, channel, Holder.since(clock.instant()));
            write(channel, home.holder);
            taken = true;
            return home;
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    /** Takes the lock of a file, or returns null where somebody has it. */
    static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(256);
        channel.read(text, 0);
        return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
    }

    /** Lets whoever wants the home know which run this process is at. */
    void isAt(Run run) {
        try {
            write(Objects.requireNonNull(lock, "not held"), holder + ", at run " + run.id() + " of job " + run.job());
        } catch (IOException e) {
            throw new StopException(
                    "The home " + path + " cannot be written (" + e.getMessage()
                            + "). Mend the disk or make room on it, and run again to go on.",
                    e);
        }
    }

    private static void write(FileChannel lock, String who) throws IOException {
        lock.truncate(0);
        lock.write(ByteBuffer.wrap(who.getBytes(StandardCharsets.UTF_8)), 0);
    }

    /** Returns where downloads wait to be stored; what a killed run left there is of use to the next one. */
    public Path spool() {
        return path.resolve("spool");
    }

    /** Returns where copies of inputs are kept. */
    public Path inputs() {
        return path.resolve("inputs");
    }

    /** Returns the copy of a run's input. */
    public Path input(RunId run) {
        return inputs().resolve(run + INPUT_ENDING);
    }

    /** Returns the folder of a run's files. */
    public Path run(RunId run) {
        return path.resolve("runs").resolve(run.value());
    }

    /** Returns the home's own path. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        FileChannel held = lock;
        try {
            if (held != null) {
                held.close();
            }
        } catch (IOException e) {
            throw new StopException("The lock of " + path + " cannot be released: " + e.getMessage(), e);
        }
    }
}
