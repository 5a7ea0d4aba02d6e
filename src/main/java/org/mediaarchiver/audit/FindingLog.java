package org.mediaarchiver.audit;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.mediaarchiver.domain.StopException;

/**
 * Findings in a file, a line of JSON each, as they come.
 *
 * <p>Whoever goes on with an audit says how far the file counts: what a kill left behind that is cut off, so that nothing stands in
 * it twice. Not safe for use by several threads.
 */
public final class FindingLog implements Findings, Closeable {
    private final Path file;
    private final FileChannel channel;
    private final OutputStream out;

    private FindingLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024);
    }

    /**
     * Opens a file, and makes it where it is missing.
     *
     * @param length as {@link #length} told it before, 0 for an empty file
     * @throws StopException if the disk does not take it, or has lost some of it
     */
    public static FindingLog open(Path file, long length) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.size() < length) {
                channel.close();
                throw new StopException(file + " is shorter than it was. Audit again with --new.");
            }
            channel.truncate(length).position(length);
            return new FindingLog(file, channel);
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    @Override
    public void add(Finding finding) {
        try {
            out.write((finding.json() + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Forces all findings to disk, and returns how long the file is now. */
    public long length() {
        try {
            out.flush();
            channel.force(false);
            return channel.position();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Hands out the findings of a file in their order; none where there is no such file. */
    static void read(Path file, Consumer<Finding> sink) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                sink.accept(Finding.read(line));
            }
        }
    }

    private static StopException failed(Path file, IOException e) {
        return new StopException(
                "The findings of the audit cannot be written to " + file + " (" + e.getMessage()
                        + "). Make room on the disk and run the same command again to go on.",
                e);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
