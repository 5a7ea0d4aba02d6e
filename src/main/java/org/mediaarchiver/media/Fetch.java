package org.mediaarchiver.media;

import java.time.Instant;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.SourceUrl;

/** What became of a download. */
public sealed interface Fetch {
    /** Returns the URL that was asked for. */
    SourceUrl source();

    /**
     * Whole media of a known kind.
     *
     * @param spool its bytes; whoever receives this closes it
     * @param type told by the bytes
     * @param fetchedAt when the last byte had been received
     */
    record Fetched(SourceUrl source, Spool spool, MediaType type, Instant fetchedAt) implements Fetch {}

    /**
     * The media host answered 403, 404 or 410: a fresh URL may help.
     *
     * @param detail what it answered
     */
    record Expired(SourceUrl source, Detail detail) implements Fetch {}

    /**
     * No file, or none that may be stored.
     *
     * @param reason of status pending or failed
     * @param detail what happened
     */
    record Refused(SourceUrl source, Reason reason, Detail detail) implements Fetch {}
}
