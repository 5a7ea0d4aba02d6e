/**
 * The store: objects are created under keys, never overwritten, and each is checked against what the store says of it.
 */
@NullMarked
package org.mediaarchiver.storage;

import org.jspecify.annotations.NullMarked;
