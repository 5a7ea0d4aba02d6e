package org.mediaarchiver.batch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.tasklist.TaskListReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies inputs into the home before anything else is done, so that a run resumes on the bytes it began with. */
final class InputCopies {
    private static final Logger log = LoggerFactory.getLogger(InputCopies.class);
    private static final String STANDARD_INPUT = "-";
    private static final String S3 = "s3://";

    private final Home home;
    private final S3Input s3;
    private final InputStream standardInput;

    /** Opens an object of any bucket. */
    interface S3Input {
        InputStream open(String bucket, String key) throws IOException;
    }

    /** @param standardInput one that another thread may close while it is read */
    InputCopies(Home home, S3Input s3, InputStream standardInput) {
        this.home = home;
        this.s3 = s3;
        this.standardInput = standardInput;
    }

    /**
     * A copy that no run owns yet.
     *
     * @param file where it is
     * @param input what it is
     */
    record Copy(Path file, Run.Input input) {}

    /** Returns the name under which a run remembers an input: a path is made absolute, so that it means the same tomorrow. */
    static String name(String input) {
        return input.equals(STANDARD_INPUT) || input.startsWith(S3)
                ? input
                : Path.of(input).toAbsolutePath().normalize().toString();
    }

    /** Tells whether the name alone does not say which input it is. */
    static boolean isNameless(String input) {
        return input.equals(STANDARD_INPUT);
    }

    /**
     * Copies an input and reads the copy through once.
     *
     * @throws StopException if it cannot be read, or not as a list of tasks
     */
    Copy copy(String input, String column) {
        return copyIfThere(input, column)
                .orElseThrow(() ->
                        new ConfigurationException(List.of("The input " + input + " does not exist: check its path.")));
    }

    /**
     * Copies an input as {@link #copy} does, or nothing where there is none of this name any more.
     *
     * @throws StopException if it cannot be read, or not as a list of tasks
     */
    Optional<Copy> copyIfThere(String input, String column) {
        Path copy = home.inputs().resolve("incoming");
        MessageDigest digest = Sha256.newDigest();
        try (InputStream in = open(input);
                OutputStream out = new DigestOutputStream(Files.newOutputStream(copy), digest)) {
            in.transferTo(out);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StopException(
                    "The input " + input + " cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "). Check the path and its permissions.",
                    e);
        }
        try (TaskListReader lines = TaskListReader.open(copy, input, column)) {
            while (lines.next() != null) {
                // Read to the end: an input that cannot be read must not become a run that can never be finished.
            }
        }
        try {
            Run.Input read = new Run.Input(name(input), Files.size(copy), Sha256.ofDigest(digest.digest()));
            return Optional.of(new Copy(copy, read));
        } catch (IOException e) {
            throw unusableHome(e);
        }
    }

    /** Gives the copy to a run: forced to disk, under the run's name. */
    void give(Copy copy, RunId run) {
        try {
            force(copy.file(), StandardOpenOption.WRITE);
            Files.move(copy.file(), home.input(run), StandardCopyOption.ATOMIC_MOVE);
            force(home.inputs(), StandardOpenOption.READ);
        } catch (IOException e) {
            throw unusableHome(e);
        }
    }

    /** Deletes a copy that no run is to own. */
    void discard(Copy copy) {
        try {
            Files.deleteIfExists(copy.file());
        } catch (IOException e) {
            throw unusableHome(e);
        }
    }

    /**
     * Deletes the copies that nobody reads again, which is all but those of unfinished runs; a kill may have left some that never
     * became a run's.
     *
     * <p>Where that cannot be, the log tells: a run that is published has not failed.
     */
    void discardAllBut(Predicate<RunId> unfinished) {
        try (DirectoryStream<Path> copies = Files.newDirectoryStream(home.inputs(), "*" + Home.INPUT_ENDING)) {
            for (Path copy : copies) {
                String name = String.valueOf(copy.getFileName());
                String run = name.substring(0, name.length() - Home.INPUT_ENDING.length());
                if (RunId.isRunId(run) && !unfinished.test(new RunId(run))) {
                    Files.delete(copy);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.warn(
                    "Copies of inputs in {} that are no longer needed cannot be deleted: {}",
                    home.inputs(),
                    e.getMessage());
        }
    }

    /** Ends the reading of standard input, by whichever thread. */
    void closeStandardInput() {
        try {
            standardInput.close();
        } catch (IOException e) {
            log.debug("Standard input was not closed", e);
        }
    }

    private static void force(Path path, StandardOpenOption access) throws IOException {
        try (FileChannel channel = FileChannel.open(path, access)) {
            channel.force(true);
        }
    }

    /** Opens a path, standard input, or an object of any bucket. */
    InputStream open(String input) throws IOException {
        if (input.equals(STANDARD_INPUT)) {
            return new FilterInputStream(standardInput) {
                @Override
                public void close() {
                    // Standard input is the process's, not ours to close.
                }
            };
        }
        if (input.startsWith(S3)) {
            // No URL: a key may hold spaces, percent signs and question marks, and stands here as it is.
            String place = input.substring(S3.length());
            int slash = place.indexOf('/');
            if (slash < 1 || slash == place.length() - 1) {
                throw new IOException("not of the form s3://bucket/key");
            }
            return s3.open(place.substring(0, slash), place.substring(slash + 1));
        }
        return Files.newInputStream(Path.of(input));
    }

    private StopException unusableHome(IOException e) {
        return new StopException(
                "The input cannot be copied to " + home.inputs() + " (" + e.getMessage()
                        + "). Make room there and run again.",
                e);
    }
}
