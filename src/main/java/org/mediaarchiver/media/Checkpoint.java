package org.mediaarchiver.media;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;

/**
 * What is noted beside a spool file now and then, so that a download goes on that a kill broke off: how many bytes there were, with
 * which digest, and what file they are the beginning of.
 *
 * <p>A file is known again by its URL without query, its length and its entity tag: the query is a signature, and another in every
 * answer of the task service. Where another file is meant all the same, its source finds that out: it is asked for the rest on the
 * condition that the tag still holds.
 *
 * @param length how many bytes
 * @param sha256 of these bytes, as they came: a disk that lost some of them in a power cut is found out by it
 * @param total length of the whole file
 * @param url digest of the URL without query; the URL itself is not written down
 * @param etag the strong entity tag that the source gave
 */
record Checkpoint(long length, Sha256 sha256, long total, Sha256 url, String etag) {
    /** What is fetched a second time at the most. */
    static final long EVERY = 1024 * 1024;

    private static final String SUFFIX = ".checkpoints";
    private static final Pattern LINE =
            Pattern.compile("(\\d{1,18}) ([0-9a-f]{64}) (\\d{1,18}) ([0-9a-f]{64}) (\"[^\"\\n]+\")\\n");

    /** Returns where the checkpoints of a spool file are. */
    static Path beside(Path spool) {
        return spool.resolveSibling(spool.getFileName() + SUFFIX);
    }

    /** Tells whether a download may go on with this file of the spool, or with the file beside which it is. */
    static boolean isOfUse(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX)
                ? Files.exists(file.resolveSibling(name.substring(0, name.length() - SUFFIX.length())))
                : Files.exists(beside(file));
    }

    /** Returns what stands for a URL in a checkpoint. */
    static Sha256 urlOf(SourceUrl source) {
        return Sha256.of(source.withoutQuery().getBytes(StandardCharsets.UTF_8));
    }

    /** Adds this checkpoint to those of a spool file; a kill in between leaves the ones before. */
    void append(Path spool) throws IOException {
        String line = length + " " + sha256 + " " + total + " " + url + " " + etag + "\n";
        try (FileOutputStream file = new FileOutputStream(beside(spool).toFile(), true)) {
            file.write(line.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Returns the last checkpoint of a spool file, or nothing where there is none that can be read. */
    static Optional<Checkpoint> last(Path spool) {
        Path file = beside(spool);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            Matcher lines = LINE.matcher(Files.readString(file));
            Checkpoint last = null;
            while (lines.lookingAt()) {
                last = new Checkpoint(
                        Long.parseLong(lines.group(1)),
                        new Sha256(lines.group(2)),
                        Long.parseLong(lines.group(3)),
                        new Sha256(lines.group(4)),
                        lines.group(5));
                lines.region(lines.end(), lines.regionEnd());
            }
            return Optional.ofNullable(last);
        } catch (IOException e) {
            // The download begins anew, and finds out by itself whether the disk is usable.
            return Optional.empty();
        }
    }
}
