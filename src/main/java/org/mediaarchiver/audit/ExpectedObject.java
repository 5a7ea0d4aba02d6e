package org.mediaarchiver.audit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;

/**
 * An object that must be in the bucket: what the row of a run tells of it.
 *
 * @param key the whole key
 * @param run whose row it is
 * @param etag what the store said then, null where it said nothing; so are the next two
 * @param storeChecksum {@code ALG:TYPE:base64}
 */
record ExpectedObject(
        String key,
        RunId run,
        long size,
        Sha256 sha256,
        @Nullable String etag,
        @Nullable String storeChecksum,
        @Nullable String versionId) {
    private static final int CELLS = 7;

    /** @param row one that is stored */
    static ExpectedObject of(ManifestRow row) {
        return new ExpectedObject(
                Objects.requireNonNull(row.key()),
                row.runId(),
                Objects.requireNonNull(row.sizeBytes()),
                Objects.requireNonNull(row.sha256()),
                row.etag(),
                row.storeChecksum(),
                row.versionId());
    }

    /** Returns the object as a line, without its end; no cell of a manifest has a comma. */
    String line() {
        return String.join(
                ",",
                key,
                run.value(),
                Long.toString(size),
                sha256.hex(),
                cell(etag),
                cell(storeChecksum),
                cell(versionId));
    }

    private static String cell(@Nullable String text) {
        return text == null ? "" : text;
    }

    /**
     * Reads what {@link #line} wrote.
     *
     * @param before the object before it, which as a rule is of the same run
     */
    static ExpectedObject read(String line, @Nullable ExpectedObject before) {
        String[] cells = line.split(",", CELLS);
        // To parse the same time a million times is a good part of what a listing costs.
        RunId run = before != null && before.run().value().equals(cells[1]) ? before.run() : new RunId(cells[1]);
        return new ExpectedObject(
                cells[0],
                run,
                Long.parseLong(cells[2]),
                new Sha256(cells[3]),
                text(cells[4]),
                text(cells[5]),
                text(cells[6]));
    }

    private static @Nullable String text(String cell) {
        return cell.isEmpty() ? null : cell;
    }
}
