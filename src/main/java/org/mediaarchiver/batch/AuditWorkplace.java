package org.mediaarchiver.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * The folder of one audit, held by one process at a time: that of an interrupted audit that was asked the same, or a new one.
 *
 * <p>It is {@code audits/{id}} in the home, which need not be there before. Where the home cannot be written it is one for temporary
 * files, and deleted in the end. What the audit needs while it is at work, its database above all, is in {@code work} below it; so
 * neither the home's lock nor its database are needed, and whoever may only read can audit.
 */
final class AuditWorkplace implements AutoCloseable {
    /** After this long what an interrupted audit has seen says too little of the archive as it is. */
    static final Duration RESUMED_FOR = Duration.ofDays(7);

    private static final Logger log = LoggerFactory.getLogger(AuditWorkplace.class);
    private static final String WORK = "work";
    private static final String REQUEST = "request";

    private final RunId id;
    private final Path folder;
    private final Keeping keeping;
    private final Request request;
    private final FileChannel channel;
    private final FileLock lock;
    private boolean finished;

    private AuditWorkplace(
            RunId id, Path folder, Keeping keeping, Request request, FileChannel channel, FileLock lock) {
        this.id = id;
        this.folder = folder;
        this.keeping = keeping;
        this.request = request;
        this.channel = channel;
        this.lock = lock;
    }

    /** Whether there is something to go on with. */
    enum Start {
        /** What an interrupted audit that was asked the same has found counts. */
        RESUME,
        /** It does not, and is deleted. */
        ANEW
    }

    private enum Keeping {
        IN_THE_HOME,
        NOT_AT_ALL
    }

    /**
     * What the audit was asked, in words that are the same for the same request.
     *
     * @param seed of its sample, where the request names none
     */
    private record Request(String words, long seed) {
        void write(Path file) throws IOException {
            Files.write(file, List.of(words, Long.toString(seed)), StandardCharsets.UTF_8);
        }

        /** Returns nothing where a kill left no whole file. */
        static Optional<Request> read(Path file) throws IOException {
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            return lines.size() == 2
                    ? Optional.of(new Request(lines.getFirst(), Long.parseLong(lines.getLast())))
                    : Optional.empty();
        }
    }

    /**
     * Opens the folder of an audit.
     *
     * @param words what it is asked, on one line
     * @throws StopException if there is no place for one at all
     */
    static AuditWorkplace open(Path home, String words, Start start, InstantSource clock) {
        try {
            Path audits = audits(home);
            AuditWorkplace left = leftBehind(audits, words, start, clock.instant());
            return left == null ? make(audits, Keeping.IN_THE_HOME, words, clock) : left;
        } catch (IOException | UncheckedIOException e) {
            log.warn(
                    "The results are not kept, since {} cannot be written ({}); if it is interrupted, the audit begins anew.",
                    home,
                    e.getMessage());
        }
        try {
            return make(Files.createTempDirectory("media-archiver-audit-"), Keeping.NOT_AT_ALL, words, clock);
        } catch (IOException e) {
            throw new StopException(
                    "There is no folder for temporary files (" + e.getMessage()
                            + "). Make one that this user may write, or name it with -Djava.io.tmpdir.",
                    e);
        }
    }

    private static Path audits(Path home) throws IOException {
        Files.createDirectories(home, ownersAlone(home.getFileSystem()));
        return Files.createDirectories(home.resolve("audits"));
    }

    private static FileAttribute<?>[] ownersAlone(FileSystem files) {
        return files.supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static AuditWorkplace make(Path audits, Keeping keeping, String words, InstantSource clock)
            throws IOException {
        RandomGenerator random = RandomGenerator.getDefault();
        RunId id = RunId.of(clock.instant(), random.nextInt());
        Path folder = audits.resolve(id.value());
        Files.createDirectories(folder.resolve(WORK));
        Request request = new Request(words, random.nextInt(1, 1_000_000));
        AuditWorkplace made = take(id, folder, keeping, request);
        if (made == null) {
            throw new IOException(folder + " is in use");
        }
        request.write(folder.resolve(WORK).resolve(REQUEST));
        return made;
    }

    private static @Nullable AuditWorkplace take(RunId id, Path folder, Keeping keeping, Request request)
            throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(WORK).resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = Home.tryLock(channel);
        if (lock == null) {
            channel.close();
            return null;
        }
        return new AuditWorkplace(id, folder, keeping, request, channel, lock);
    }

    /** Finds the newest audit that was interrupted and asked the same, and on the way deletes what is of no use any more. */
    private static @Nullable AuditWorkplace leftBehind(Path audits, String words, Start start, Instant now)
            throws IOException {
        AuditWorkplace found = null;
        for (Path folder : unfinished(audits)) {
            RunId id = new RunId(String.valueOf(folder.getFileName()));
            Optional<Request> request = Request.read(folder.resolve(WORK).resolve(REQUEST));
            boolean isTheSame = request.isPresent() && request.get().words().equals(words);
            boolean isOld = id.start().plus(RESUMED_FOR).isBefore(now);
            boolean isOfUse = isTheSame && !isOld && start == Start.RESUME && found == null;
            if (!isTheSame && !isOld) {
                continue;
            }
            AuditWorkplace left = take(id, folder, Keeping.IN_THE_HOME, request.orElse(new Request("", 0)));
            if (left == null) {
                continue;
            }
            if (isOfUse) {
                found = left;
            } else {
                left.abandon();
            }
        }
        return found;
    }

    private static List<Path> unfinished(Path audits) throws IOException {
        try (Stream<Path> folders = Files.list(audits)) {
            return folders.filter(folder -> RunId.isRunId(String.valueOf(folder.getFileName())))
                    .filter(folder -> Files.isDirectory(folder.resolve(WORK)))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    /** Results that are whole stand; all else goes. */
    private void abandon() {
        log.info("Audit {} was interrupted and is not gone on with.", id);
        boolean isWhole = Files.exists(folder.resolve("audit.json.sha256"));
        finished = isWhole;
        close();
        if (!isWhole) {
            delete(folder);
        }
    }

    /** Returns the id of the audit, which tells when it began. */
    RunId id() {
        return id;
    }

    /** Returns the seed that was drawn for the audit. */
    long seed() {
        return request.seed();
    }

    /** Returns where the results are to be. */
    Path folder() {
        return folder;
    }

    /** Returns where the audit keeps what it needs while it is at work. */
    Path work() {
        return folder.resolve(WORK);
    }

    /** Tells whether the folder stays. */
    boolean isKept() {
        return keeping == Keeping.IN_THE_HOME;
    }

    /** The results are whole: from now on the same request is another audit. */
    void finish() {
        try {
            Files.deleteIfExists(work().resolve(REQUEST));
            finished = true;
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", work(), e.getMessage());
        }
    }

    /** Lets go of the folder; of a finished audit only the results stay. */
    @Override
    public void close() {
        if (!isKept()) {
            Path temporary = folder.getParent();
            delete(temporary == null ? folder : temporary);
        } else if (finished) {
            delete(work());
        }
        try (channel) {
            lock.release();
        } catch (IOException e) {
            log.warn("The lock of {} could not be released: {}", folder, e.getMessage());
        }
    }

    private static void delete(Path path) {
        try {
            FileSystemUtils.deleteRecursively(path);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", path, e.getMessage());
        }
    }
}
