package org.mediaarchiver.audit;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.manifest.MalformedManifestException;
import org.mediaarchiver.manifest.ManifestReader;

/**
 * The objects that must be in the bucket: the stored rows of some runs, by key, each object once.
 *
 * <p>Where several runs tell of an object the newest row counts. The manifests are read side by side, so memory grows with the
 * number of runs and not with that of the rows. Lines that cannot be read are passed over; whoever needs to know of them has read
 * the manifest before.
 */
final class ExpectedObjects implements Closeable {
    private final String prefix;
    private final List<Source> open = new ArrayList<>();
    private final PriorityQueue<Source> sources =
            new PriorityQueue<>(Comparator.comparing(Source::sortKey).thenComparing(source -> source.run.value()));
    private final Queue<ManifestRow> ready = new ArrayDeque<>();

    ExpectedObjects(String prefix) {
        this.prefix = prefix;
    }

    /** Adds the manifest of a run. */
    void add(RunId run, Path manifest) throws IOException {
        Source source = new Source(run, new ManifestReader(Files.newInputStream(manifest)));
        open.add(source);
        advance(source);
    }

    /** Returns the next row, with a key after that of the last one, or null where there are no more. */
    @Nullable
    ManifestRow next() throws IOException {
        if (ready.isEmpty() && !sources.isEmpty()) {
            String sortKey = sources.element().sortKey();
            SortedMap<String, ManifestRow> newest = new TreeMap<>();
            while (!sources.isEmpty() && sources.element().sortKey().equals(sortKey)) {
                Source source = sources.remove();
                newest.put(String.valueOf(source.current().key()), source.current());
                advance(source);
            }
            ready.addAll(newest.values());
        }
        return ready.poll();
    }

    private void advance(Source source) throws IOException {
        if (source.advance(prefix)) {
            sources.add(source);
        }
    }

    @Override
    public void close() throws IOException {
        for (Source source : open) {
            source.rows.close();
        }
    }

    private static final class Source {
        private final RunId run;
        private final ManifestReader rows;
        private @Nullable ManifestRow current;

        Source(RunId run, ManifestReader rows) {
            this.run = run;
            this.rows = rows;
        }

        ManifestRow current() {
            ManifestRow row = current;
            if (row == null) {
                throw new IllegalStateException("all rows are read");
            }
            return row;
        }

        String sortKey() {
            return current().sortKey();
        }

        /** Goes to the next row with an object, and tells whether there is one. */
        boolean advance(String prefix) throws IOException {
            while (true) {
                try {
                    current = rows.read();
                } catch (MalformedManifestException reportedBefore) {
                    continue;
                }
                if (current == null) {
                    return false;
                }
                if (current.status() == Status.STORED && RunEvidence.isInPlace(current, prefix)) {
                    return true;
                }
            }
        }
    }
}
