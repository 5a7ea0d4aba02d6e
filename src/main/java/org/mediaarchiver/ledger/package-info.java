/**
 * The tables: what was asked of every run, what became of its tasks, and what is archived.
 *
 * <p>No method here opens a transaction of its own unless its documentation says so: the batch steps do, so that rows and
 * checkpoint are one.
 */
@NullMarked
package org.mediaarchiver.ledger;

import org.jspecify.annotations.NullMarked;
