/**
 * The files of a run: what a manifest says and how it is spelled, made on the local disk, read back, and put into the bucket.
 *
 * <p>They follow from committed state alone, so that a run that was stopped while they were made or uploaded makes the same bytes
 * when it goes on. A run without the last of them does not exist.
 */
@NullMarked
package org.mediaarchiver.manifest;

import org.jspecify.annotations.NullMarked;
