package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.security.DigestOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;

/**
 * Holds the objects of the bucket against the rows that tell of them.
 *
 * <p>The listing is merged with the rows, which are in the same order, so memory grows with neither. Objects are asked about and
 * read in parallel; findings come in the order of the keys all the same.
 */
final class ObjectAudit {
    /** So many objects in a row that cannot be looked at are no fault of theirs. */
    private static final int UNREADABLE_IN_A_ROW = 20;

    private static final int WAITING_FOR_EACH = 16;

    private final ObjectStore store;
    private final String prefix;
    private final AuditMode mode;
    private final int concurrency;
    private final Selection selection;
    private final Findings findings;
    private final Deque<Future<Answer>> asked = new ArrayDeque<>();
    private long expected;
    private long population;
    private long looked;
    private long bytesRead;
    private int unreadable;

    /** Whether objects that no row tells of are a finding. */
    enum Extras {
        /** Every row of the archive is known. */
        FOUND,
        /** Other runs have objects too. */
        PASSED_OVER
    }

    /**
     * How far an audit of objects has come.
     *
     * @param expected objects that rows tell of and that were to be looked at
     * @param population objects that could have been, a sample being drawn from them
     * @param looked those of which something is known
     * @param bytesRead of objects, second reads included
     */
    record Tally(long expected, long population, long looked, long bytesRead) {}

    private record Answer(@Nullable Finding finding, long bytesRead) {}

    /** @param concurrency how many objects are asked about or read at a time */
    ObjectAudit(
            ObjectStore store, String prefix, AuditMode mode, int concurrency, Selection selection, Findings findings) {
        this.store = store;
        this.prefix = prefix;
        this.mode = mode;
        this.concurrency = concurrency;
        this.selection = selection;
        this.findings = findings;
    }

    /**
     * Looks at every object that is selected.
     *
     * <p>Without {@link Extras#FOUND} the listing is only read where nothing else is asked for: a HEAD tells all that it does.
     *
     * @throws StopException if the store as a whole cannot be used
     * @throws IOException if the rows cannot be read
     */
    Tally look(ExpectedObjects rows, Extras extras) throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                Asking asking = new Asking(threads);
                if (mode == AuditMode.LIST || extras == Extras.FOUND) {
                    merge(rows, extras, asking);
                } else {
                    for (ManifestRow row = next(rows); row != null; row = next(rows)) {
                        asking.ask(row);
                    }
                }
                while (!asked.isEmpty()) {
                    take();
                }
            } finally {
                threads.shutdownNow();
            }
        }
        return new Tally(expected, population, looked, bytesRead);
    }

    private void merge(ExpectedObjects rows, Extras extras, Asking asking) throws IOException, InterruptedException {
        String media = prefix + "media/";
        try (Stream<ObjectHead> listing = store.list(media)) {
            Iterator<ObjectHead> all = listing.iterator();
            ObjectHead object = next(all);
            ManifestRow row = next(rows);
            while (row != null || object != null) {
                // Keys of rows are ASCII, so this order is that of UTF-8 bytes, whatever else is in the bucket.
                int order = row == null ? 1 : object == null ? -1 : key(row).compareTo(object.key());
                if (order <= 0 && row != null) {
                    if (order < 0) {
                        looked++;
                        settled(missing(row));
                    } else if (object != null) {
                        present(row, object, asking);
                    }
                    row = next(rows);
                } else if (object != null && extras == Extras.FOUND && selection.includes(object.key())) {
                    settled(new Finding(FindingCode.EXTRA, null, object.key(), object.size() + " bytes"));
                }
                if (order >= 0) {
                    object = next(all);
                }
            }
        } catch (UncheckedIOException e) {
            throw RunFolders.unusable("the listing of " + media, e);
        }
    }

    private void present(ManifestRow row, ObjectHead object, Asking asking) throws InterruptedException {
        if (mode == AuditMode.LIST) {
            looked++;
            settled(new Comparison(row, object).finding());
        } else {
            asking.ask(row);
        }
    }

    /** Returns the next row whose object is to be looked at. */
    private @Nullable ManifestRow next(ExpectedObjects rows) throws IOException {
        for (ManifestRow row = rows.next(); row != null; row = rows.next()) {
            if (selection.isOfPopulation(key(row))) {
                population++;
            }
            if (selection.includes(key(row))) {
                expected++;
                return row;
            }
        }
        return null;
    }

    private static @Nullable ObjectHead next(Iterator<ObjectHead> all) {
        return all.hasNext() ? all.next() : null;
    }

    private static String key(ManifestRow row) {
        return String.valueOf(row.key());
    }

    private static Finding missing(ManifestRow row) {
        return new Finding(FindingCode.MISSING, row.runId(), key(row), row.sizeBytes() + " bytes are lost");
    }

    /** Findings of the listing wait for those of earlier keys. */
    private void settled(@Nullable Finding finding) throws InterruptedException {
        if (finding != null) {
            await(CompletableFuture.completedFuture(new Answer(finding, 0)));
        }
    }

    private void await(Future<Answer> answer) throws InterruptedException {
        asked.add(answer);
        while (asked.size() > concurrency * WAITING_FOR_EACH) {
            take();
        }
    }

    private void take() throws InterruptedException {
        Answer answer = answer(asked.remove());
        bytesRead += answer.bytesRead();
        Finding finding = answer.finding();
        if (finding == null) {
            unreadable = 0;
            return;
        }
        findings.add(finding);
        if (finding.code() == FindingCode.UNREADABLE) {
            looked--;
            unreadable++;
            if (unreadable >= UNREADABLE_IN_A_ROW) {
                throw new StopException("The store does not deliver: " + unreadable
                        + " objects in a row could not be looked at, the last one " + finding.key() + " ("
                        + finding.what() + "). Audit again when the store is well.");
            }
        } else {
            unreadable = 0;
        }
    }

    private static Answer answer(Future<Answer> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StopException stop -> throw stop;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException("an object could not be looked at", e);
            }
        }
    }

    /** Looks at single objects, so many at a time. */
    private final class Asking {
        private final ExecutorService threads;
        private final Semaphore free = new Semaphore(concurrency);

        Asking(ExecutorService threads) {
            this.threads = threads;
        }

        void ask(ManifestRow row) throws InterruptedException {
            looked++;
            free.acquire();
            await(threads.submit(() -> {
                try {
                    return look(row);
                } finally {
                    free.release();
                }
            }));
        }
    }

    private Answer look(ManifestRow row) {
        try {
            Optional<ObjectHead> head = store.head(key(row));
            if (head.isEmpty()) {
                return new Answer(missing(row), 0);
            }
            Comparison comparison = new Comparison(row, head.get());
            return mode.includes(AuditMode.READ)
                    ? read(row, head.get(), comparison)
                    : new Answer(comparison.finding(), 0);
        } catch (NoSuchFileException e) {
            return new Answer(missing(row), 0);
        } catch (IOException e) {
            return new Answer(
                    new Finding(FindingCode.UNREADABLE, row.runId(), key(row), String.valueOf(e.getMessage())), 0);
        }
    }

    /** One read that gives other bytes can be the network's doing; two that do are the store's. */
    private Answer read(ManifestRow row, ObjectHead head, Comparison comparison) throws IOException {
        Sha256 digest = digest(head);
        long read = head.size();
        if (!digest.equals(row.sha256())) {
            digest = digest(head);
            read += head.size();
        }
        return new Answer(comparison.findingAfterReading(digest), read);
    }

    private Sha256 digest(ObjectHead head) throws IOException {
        try (InputStream in = store.open(head.key());
                DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), Sha256.newDigest())) {
            long size = in.transferTo(out);
            if (size != head.size()) {
                throw new IOException("%d of %d bytes were read".formatted(size, head.size()));
            }
            return Sha256.ofDigest(out.getMessageDigest().digest());
        }
    }
}
