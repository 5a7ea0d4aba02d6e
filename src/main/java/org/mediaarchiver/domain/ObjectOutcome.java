package org.mediaarchiver.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What became of one object of a task in a run. */
public sealed interface ObjectOutcome {
    /** Returns what the object is to its task. */
    Role role();

    /** Returns the end it came to. */
    Status status();

    /** Returns why, or null where it was stored anew. */
    @Nullable
    Reason reason();

    /** Tells whether the next run of the same job tries for the object by itself. */
    default boolean isTriedAgain() {
        Reason reason = reason();
        return reason != null && reason.again() == Reason.Again.BY_THE_NEXT_RUN;
    }

    /**
     * The object is in the bucket.
     *
     * @param reason null where this run stored it, else {@code ADOPTED} or {@code ALREADY_STORED}
     * @param source where its bytes came from, null where that was not recorded
     * @param fetchedAt when the last byte had been received
     */
    record Stored(
            Role role,
            @Nullable Reason reason,
            StoredObject object,
            @Nullable SourceUrl source,
            @Nullable Instant fetchedAt)
            implements ObjectOutcome {
        /** @throws IllegalArgumentException if the reason goes with another status */
        public Stored {
            if (reason != null && reason.status() != Status.STORED) {
                throw new IllegalArgumentException(reason + " is no reason of a stored object");
            }
        }

        @Override
        public Status status() {
            return Status.STORED;
        }
    }

    /**
     * The object is not in the bucket.
     *
     * @param reason why
     * @param detail what happened, where the reason alone does not tell
     * @param source where its bytes should have come from, null where that is not known
     * @param received what arrived, where all of it did
     * @param fetchedAt when it had arrived
     */
    record NotStored(
            Role role,
            Reason reason,
            @Nullable Detail detail,
            @Nullable SourceUrl source,
            StoredObject.@Nullable Content received,
            @Nullable Instant fetchedAt)
            implements ObjectOutcome {
        /** @throws IllegalArgumentException if the reason is one of a stored object */
        public NotStored {
            if (reason.status() == Status.STORED) {
                throw new IllegalArgumentException(reason + " is a reason of a stored object");
            }
        }

        /** An object of which no byte was received. */
        public NotStored(Role role, Reason reason, @Nullable Detail detail, @Nullable SourceUrl source) {
            this(role, reason, detail, source, null, null);
        }

        @Override
        public Status status() {
            return reason.status();
        }
    }
}
