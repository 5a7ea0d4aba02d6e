/**
 * Tells other systems that a run has begun, and how it ended: a dead man's switch, and Prometheus.
 *
 * <p>A run never fails because of them: what cannot be told is a line in the log.
 */
@NullMarked
package org.mediaarchiver.monitoring;

import org.jspecify.annotations.NullMarked;
