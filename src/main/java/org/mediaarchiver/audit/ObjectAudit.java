package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;

/**
 * Holds the objects of the bucket against the rows that tell of them, and hands out what became of each in the order of the keys.
 *
 * <p>The listing is merged with the rows, which are in the same order, so memory grows with neither. Objects are asked about and
 * read in parallel, a limited number at a time and a limited number ahead. One thread calls {@link #next}; {@link #stop} may be
 * called by any.
 */
public final class ObjectAudit implements AutoCloseable {
    /** So many objects in a row that cannot be looked at are no fault of theirs. */
    private static final int UNREADABLE_IN_A_ROW = 20;

    private static final int WAITING_FOR_EACH = 16;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ObjectStore store;
    private final AuditMode mode;
    private final Extras extras;
    private final Instant newFrom;
    private final Selection selection;
    private final ExpectedObjects rows;
    private final @Nullable Stream<ObjectHead> listing;
    private final Iterator<ObjectHead> objects;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore free;
    private final int ahead;
    private final Queue<Pending> pending = new ArrayDeque<>();
    private final List<Settled> inDoubt = new ArrayList<>();
    private final Queue<Settled> ready = new ArrayDeque<>();
    private @Nullable ExpectedObject row;
    private @Nullable ObjectHead object;
    private String lastListed;
    private final LongAdder received = new LongAdder();
    private long passed;
    private volatile boolean stopped;

    /** Whether objects that no row tells of are a finding. */
    public enum Extras {
        /** Every row of the archive is known. */
        FOUND,
        /** Other runs have objects too. */
        PASSED_OVER
    }

    /** What an object is to the audit. */
    public enum Kind {
        /** A row tells of it. */
        EXPECTED,
        /** No row tells of it. */
        EXTRA,
        /** No row tells of it, and it came after the audit had begun: a run may be storing it, whose manifest is still to come. */
        NEWER
    }

    /**
     * What became of one key.
     *
     * @param finding null where nothing is wrong
     * @param bytesRead of the object, second reads included
     */
    public record Settled(String key, Kind kind, @Nullable Finding finding, long bytesRead) {
        /** Tells whether anything is known of the object now. */
        public boolean isLookedAt() {
            return kind == Kind.EXPECTED && !isUnreadable();
        }

        private boolean isUnreadable() {
            return finding != null && finding.code() == FindingCode.UNREADABLE;
        }
    }

    /**
     * What is to be looked at.
     *
     * @param startedAt when the audit began: what the store has received since is newer than the rows
     * @param after the key that was settled last before the audit was interrupted, empty for none
     */
    public record Task(AuditExtent extent, Extras extras, Instant startedAt, String after) {}

    /** A key whose turn has come; asked for where the answer does not come from the listing. */
    private record Pending(String key, Kind kind, boolean isAsked, Future<Optional<Answer>> answer) {}

    private record Answer(@Nullable Finding finding, long bytesRead) {}

    /**
     * Begins to look; objects are asked about as {@link #next} is called.
     *
     * @param prefix before every key, may be empty
     * @param evidence of which every run has been checked
     * @param concurrency how many objects are asked about or read at a time
     * @throws StopException if the disk cannot be read
     */
    public static ObjectAudit begin(
            ObjectStore store, String prefix, EvidenceAudit evidence, Task task, int concurrency) {
        try {
            Selection selection = Selection.of(task.extent(), evidence);
            return new ObjectAudit(store, prefix, evidence.expectedObjects(), selection, task, concurrency);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ObjectAudit(
            ObjectStore store, String prefix, ExpectedObjects rows, Selection selection, Task task, int concurrency)
            throws IOException {
        this.store = store;
        this.mode = task.extent().mode();
        // A sample is drawn from the rows: nothing could be said of what is none of them.
        this.extras = task.extent().sample() == null ? task.extras() : Extras.PASSED_OVER;
        // Stores tell the second in which an object came.
        this.newFrom = task.startedAt().truncatedTo(ChronoUnit.SECONDS);
        this.selection = selection;
        this.rows = rows;
        this.free = new Semaphore(concurrency, true);
        this.ahead = concurrency * WAITING_FOR_EACH;
        this.listing =
                mode == AuditMode.LIST || extras == Extras.FOUND ? store.list(prefix + "media/", task.after()) : null;
        this.lastListed = task.after();
        this.objects = listing == null ? Collections.emptyIterator() : listing.iterator();
        do {
            advanceRow();
        } while (row != null && row.key().compareTo(task.after()) <= 0);
    }

    /** Tells whether objects are looked for that no row tells of. */
    public boolean looksForExtras() {
        return extras == Extras.FOUND && listing != null;
    }

    /** Returns how many objects there are to choose from: those of the slice where a sample is drawn, nothing else is counted. */
    public long population() {
        return selection.population();
    }

    /** Returns how many rows were passed over so far because a newer one tells of the same object. */
    public long rowsSuperseded() {
        return rows.superseded();
    }

    /** Returns how many bytes of objects have been received so far. */
    public long bytesReceived() {
        return received.sum();
    }

    /** Returns how many rows have been dealt with, those included whose objects are not chosen. */
    public long rowsPassed() {
        return passed;
    }

    /**
     * Returns what became of the next key, in UTF-8 byte order, waiting for it where it must.
     *
     * @return null once everything has been handed out, or what was settled when {@link #stop} was called
     * @throws StopException if the store as a whole cannot be used; what was handed out before stands
     */
    public @Nullable Settled next() throws InterruptedException {
        while (ready.isEmpty()) {
            draw();
            Pending first = pending.poll();
            if (first == null) {
                ready.addAll(inDoubt);
                inDoubt.clear();
                return ready.poll();
            }
            Optional<Answer> answer = answer(first);
            if (answer.isEmpty()) {
                // Keys behind it are not handed out: whoever goes on begins after the last one that was.
                return null;
            }
            settle(first, answer.get());
        }
        return ready.poll();
    }

    /** Looks at no further object, and leaves those that are being read: they will be read again. */
    public void stop() {
        stopped = true;
        threads.shutdownNow();
    }

    private void draw() {
        try {
            while (pending.size() < ahead && !stopped) {
                Pending next = drawOne();
                if (next == null) {
                    return;
                }
                pending.add(next);
            }
        } catch (IOException e) {
            throw unreadable(e);
        } catch (UncheckedIOException e) {
            if (!stopped) {
                throw RunFolders.unusable("the listing of objects", e);
            }
        }
    }

    /** Takes the next key from rows and listing, which are in the same order, and begins to look at it. */
    private @Nullable Pending drawOne() throws IOException {
        while (true) {
            if (object == null && objects.hasNext()) {
                object = nextListed();
            }
            ExpectedObject expected = row;
            ObjectHead there = object;
            // Keys of rows are ASCII, so this order is that of UTF-8 bytes, whatever else is in the bucket.
            int order = listing == null || there == null
                    ? -1
                    : expected == null ? 1 : expected.key().compareTo(there.key());
            if (expected != null && order <= 0) {
                advanceRow();
                if (order == 0) {
                    object = null;
                }
                if (selection.includes(expected.key())) {
                    return look(expected, order == 0 ? there : null);
                }
            } else if (there != null) {
                object = null;
                if (extras == Extras.FOUND && selection.includes(there.key())) {
                    return extra(there);
                }
            } else {
                return null;
            }
        }
    }

    /** Out of order, objects would be taken for missing. */
    private ObjectHead nextListed() {
        ObjectHead next = objects.next();
        if (!next.isAfter(lastListed)) {
            throw new StopException("The store does not list keys in the order of their bytes: "
                    + Text.percentEncoded(next.key()) + " came after " + Text.percentEncoded(lastListed)
                    + ". Its listing proves nothing: audit each run by itself, with --run and --mode head or read.");
        }
        lastListed = next.key();
        return next;
    }

    private void advanceRow() throws IOException {
        if (row != null) {
            passed++;
        }
        row = rows.next();
    }

    private Pending look(ExpectedObject expected, @Nullable ObjectHead listed) {
        if (listing != null && listed == null) {
            return settled(expected.key(), Kind.EXPECTED, missing(expected));
        }
        if (mode == AuditMode.LIST && listed != null) {
            return settled(expected.key(), Kind.EXPECTED, new Comparison(expected, listed).finding());
        }
        try {
            return new Pending(expected.key(), Kind.EXPECTED, true, threads.submit(() -> ask(expected)));
        } catch (RejectedExecutionException stoppedMeanwhile) {
            return new Pending(
                    expected.key(), Kind.EXPECTED, true, CompletableFuture.completedFuture(Optional.empty()));
        }
    }

    private Pending extra(ObjectHead there) {
        Instant came = there.lastModified();
        if (came != null && !came.isBefore(newFrom)) {
            return settled(there.key(), Kind.NEWER, null);
        }
        return settled(
                there.key(), Kind.EXTRA, new Finding(FindingCode.EXTRA, null, there.key(), there.size() + " bytes"));
    }

    private static Pending settled(String key, Kind kind, @Nullable Finding finding) {
        return new Pending(key, kind, false, CompletableFuture.completedFuture(Optional.of(new Answer(finding, 0))));
    }

    private static Finding missing(ExpectedObject expected) {
        return new Finding(FindingCode.MISSING, expected.run(), expected.key(), expected.size() + " bytes are lost");
    }

    private static Optional<Answer> answer(Pending first) throws InterruptedException {
        try {
            return first.answer().get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StopException stop -> throw stop;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException("an object could not be looked at", e);
            }
        }
    }

    /** Objects that could not be looked at are held until another could: it may be that the store is down, and then none is told of. */
    private void settle(Pending first, Answer answer) {
        Settled settled = new Settled(first.key(), first.kind(), answer.finding(), answer.bytesRead());
        if (settled.isUnreadable() || (!inDoubt.isEmpty() && !first.isAsked() && inDoubt.size() < ahead)) {
            inDoubt.add(settled);
        } else {
            ready.addAll(inDoubt);
            inDoubt.clear();
            ready.add(settled);
        }
        if (inDoubt.stream().filter(Settled::isUnreadable).count() >= UNREADABLE_IN_A_ROW) {
            throw new StopException("The store does not deliver: " + UNREADABLE_IN_A_ROW
                    + " objects in a row could not be looked at, the last one " + settled.key() + " ("
                    + (answer.finding() == null ? "" : answer.finding().what())
                    + "). Run the same command again when the store is well.");
        }
    }

    /** Returns nothing where the audit was stopped meanwhile: what an interrupted call says is not the object's fault. */
    private Optional<Answer> ask(ExpectedObject expected) {
        try {
            free.acquire();
        } catch (InterruptedException stoppedMeanwhile) {
            return Optional.empty();
        }
        try {
            Answer answer = lookUp(expected);
            return stopped ? Optional.empty() : Optional.of(answer);
        } finally {
            free.release();
        }
    }

    private Answer lookUp(ExpectedObject expected) {
        try {
            Optional<ObjectHead> head = store.head(expected.key());
            if (head.isEmpty()) {
                return new Answer(missing(expected), 0);
            }
            Comparison comparison = new Comparison(expected, head.get());
            return mode.includes(AuditMode.READ)
                    ? read(expected, head.get(), comparison)
                    : new Answer(comparison.finding(), 0);
        } catch (NoSuchFileException e) {
            return new Answer(missing(expected), 0);
        } catch (IOException e) {
            return new Answer(unreadable(expected, String.valueOf(e.getMessage())), 0);
        }
    }

    /** One read that gives other bytes can be the network's doing; two that give the same other bytes are the store's. */
    private Answer read(ExpectedObject expected, ObjectHead head, Comparison comparison) throws IOException {
        Sha256 first = digest(head);
        if (first.equals(expected.sha256())) {
            return new Answer(comparison.findingAfterReading(first), head.size());
        }
        Sha256 second = digest(head);
        Finding finding = first.equals(second) || second.equals(expected.sha256())
                ? comparison.findingAfterReading(second)
                : unreadable(expected, "two reads gave two digests: " + first + " and " + second);
        return new Answer(finding, 2 * head.size());
    }

    private static Finding unreadable(ExpectedObject expected, String why) {
        return new Finding(FindingCode.UNREADABLE, expected.run(), expected.key(), why);
    }

    private Sha256 digest(ObjectHead head) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        long size = 0;
        try (InputStream in = store.open(head.key())) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                size += n;
                received.add(n);
            }
        }
        if (size != head.size()) {
            throw new IOException("%d of %d bytes were read".formatted(size, head.size()));
        }
        return Sha256.ofDigest(digest.digest());
    }

    private static StopException unreadable(IOException e) {
        return new StopException(
                "What the audit keeps on disk cannot be read or written (" + e.getMessage()
                        + "). Mend the disk or make room on it, and run the same command again to go on.",
                e);
    }

    /** Interrupts what is still being looked at, and waits until it has let go of everything. */
    @Override
    public void close() {
        stop();
        threads.close();
        if (listing != null) {
            listing.close();
        }
        try {
            rows.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }
}
