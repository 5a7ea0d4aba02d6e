/**
 * The input: a CSV in, task ids and rejected lines out.
 */
@NullMarked
package org.mediaarchiver.tasklist;

import org.jspecify.annotations.NullMarked;
