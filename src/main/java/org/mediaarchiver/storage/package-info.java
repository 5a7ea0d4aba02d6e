/**
 * The store: objects are created under keys, never overwritten but by a replacement that names what is to go, and each is checked
 * against what the store says of it.
 */
@NullMarked
package org.mediaarchiver.storage;

import org.jspecify.annotations.NullMarked;
