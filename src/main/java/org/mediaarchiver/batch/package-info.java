/**
 * The job as Spring Batch runs it: settings, lock, steps, progress, shutdown, and which run a command goes on with.
 *
 * <p>Start with {@link org.mediaarchiver.batch.ArchiveRuns}.
 */
@NullMarked
package org.mediaarchiver.batch;

import org.jspecify.annotations.NullMarked;
