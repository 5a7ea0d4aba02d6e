package org.mediaarchiver.audit;

import java.nio.file.Path;
import org.mediaarchiver.domain.RunId;

/** Which runs are audited. */
public sealed interface AuditScope {
    /** The newest published run of the home, or of the bucket where the home has none. */
    record Newest() implements AuditScope {}

    /** One run, from the home where it is there and else from the bucket. */
    record OneRun(RunId run) implements AuditScope {}

    /** Every published run of home and bucket; only then is it known what no manifest tells of. */
    record AllRuns() implements AuditScope {}

    /** The run whose files are in this folder. */
    record InFolder(Path folder) implements AuditScope {}

    /** One run as the bucket has it, whatever the home says. */
    record InBucket(RunId run) implements AuditScope {}
}
