/**
 * Holds manifests against the bucket, and tells every difference: first whether the evidence itself holds, without looking at any
 * object, then whether the objects are what the evidence says.
 *
 * <p>Nothing here changes anything in the bucket or in a run's files, and no database is needed: whoever may read can audit.
 */
@NullMarked
package org.mediaarchiver.audit;

import org.jspecify.annotations.NullMarked;
