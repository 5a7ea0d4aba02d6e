package org.mediaarchiver.batch;

import org.mediaarchiver.audit.ObjectAudit.Kind;
import org.mediaarchiver.audit.ObjectAudit.Settled;
import org.springframework.batch.infrastructure.item.ExecutionContext;

/**
 * How many objects have been dealt with; kept in the objects step's execution context.
 *
 * @param expected objects that rows tell of
 * @param lookedAt those of which something is known
 * @param newer objects that no row tells of, and that came after the audit had begun
 * @param bytesRead second reads included
 */
record ObjectTally(long expected, long lookedAt, long newer, long bytesRead) {
    ObjectTally plus(Settled settled) {
        return new ObjectTally(
                expected + (settled.kind() == Kind.EXPECTED ? 1 : 0),
                lookedAt + (settled.isLookedAt() ? 1 : 0),
                newer + (settled.kind() == Kind.NEWER ? 1 : 0),
                bytesRead + settled.bytesRead());
    }

    void putInto(ExecutionContext context) {
        context.putLong("expected", expected);
        context.putLong("lookedAt", lookedAt);
        context.putLong("newer", newer);
        context.putLong("bytesRead", bytesRead);
    }

    static ObjectTally in(ExecutionContext context) {
        return new ObjectTally(
                context.getLong("expected", 0),
                context.getLong("lookedAt", 0),
                context.getLong("newer", 0),
                context.getLong("bytesRead", 0));
    }
}
