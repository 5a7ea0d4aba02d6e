/**
 * The story of one task: asked for, downloaded, stored, and told as an outcome.
 *
 * <p>Start with {@link org.mediaarchiver.archive.TaskArchiver}; {@link org.mediaarchiver.archive.TaskRepairer} tells how a lost object
 * of it is got back.
 */
@NullMarked
package org.mediaarchiver.archive;

import org.jspecify.annotations.NullMarked;
