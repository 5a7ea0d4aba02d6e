package org.mediaarchiver.audit;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The objects that must be in the bucket, by key, each once: what several runs tell, merged.
 *
 * <p>Where several runs tell of an object the newest row counts. Each run has a file of {@link ExpectedObject} lines in the order of
 * their keys; the files are read side by side, and where there are too many for that, some are merged into one first. So memory
 * and open files grow with neither rows nor runs.
 */
final class ExpectedObjects implements Closeable {
    /** How many files are read side by side. */
    static final int SIDE_BY_SIDE = 64;

    private final PriorityQueue<Source> sources = new PriorityQueue<>(Comparator.comparing(Source::key)
            .thenComparing(Comparator.comparingInt(Source::rank).reversed()));
    private final List<Source> open = new ArrayList<>();
    private long superseded;

    private ExpectedObjects() {}

    /**
     * Opens the files of runs.
     *
     * @param files the oldest run first
     * @param work an empty or missing folder for files in between, which stay there
     */
    static ExpectedObjects open(List<Path> files, Path work) throws IOException {
        List<Path> merged = files;
        for (int round = 0; merged.size() > SIDE_BY_SIDE; round++) {
            merged = merge(merged, Files.createDirectories(work.resolve(String.valueOf(round))));
        }
        return sideBySide(merged);
    }

    private static List<Path> merge(List<Path> files, Path folder) throws IOException {
        List<Path> merged = new ArrayList<>();
        for (int from = 0; from < files.size(); from += SIDE_BY_SIDE) {
            Path into = folder.resolve(String.valueOf(merged.size()));
            try (ExpectedObjects group = sideBySide(files.subList(from, Math.min(from + SIDE_BY_SIDE, files.size())));
                    BufferedWriter out = Files.newBufferedWriter(into, StandardCharsets.US_ASCII)) {
                for (ExpectedObject object = group.next(); object != null; object = group.next()) {
                    out.append(object.line()).append('\n');
                }
            }
            merged.add(into);
        }
        return merged;
    }

    private static ExpectedObjects sideBySide(List<Path> files) throws IOException {
        ExpectedObjects objects = new ExpectedObjects();
        boolean complete = false;
        try {
            for (Path file : files) {
                Source source =
                        new Source(objects.open.size(), Files.newBufferedReader(file, StandardCharsets.US_ASCII));
                objects.open.add(source);
                objects.advance(source);
            }
            complete = true;
            return objects;
        } finally {
            if (!complete) {
                objects.close();
            }
        }
    }

    /** Returns the next object, with a key after that of the last one, or null where there are no more. */
    @Nullable
    ExpectedObject next() throws IOException {
        Source newest = sources.poll();
        if (newest == null) {
            return null;
        }
        ExpectedObject object = newest.current();
        advance(newest);
        for (Source older = sources.peek(); older != null && older.key().equals(object.key()); older = sources.peek()) {
            sources.remove();
            superseded++;
            advance(older);
        }
        return object;
    }

    /** Returns how many rows have been passed over so far because a newer one tells of the same object. */
    long superseded() {
        return superseded;
    }

    private void advance(Source source) throws IOException {
        if (source.advance()) {
            sources.add(source);
        }
    }

    @Override
    public void close() throws IOException {
        for (Source source : open) {
            source.lines.close();
        }
    }

    private static final class Source {
        private final int rank;
        private final BufferedReader lines;
        private @Nullable ExpectedObject current;

        /** @param rank the higher, the newer */
        Source(int rank, BufferedReader lines) {
            this.rank = rank;
            this.lines = lines;
        }

        int rank() {
            return rank;
        }

        ExpectedObject current() {
            ExpectedObject object = current;
            if (object == null) {
                throw new IllegalStateException("all lines are read");
            }
            return object;
        }

        String key() {
            return current().key();
        }

        /** Goes to the next line, and tells whether there is one. */
        boolean advance() throws IOException {
            String line = lines.readLine();
            current = line == null ? null : ExpectedObject.read(line, current);
            return current != null;
        }
    }
}
