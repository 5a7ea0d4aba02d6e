/**
 * Downloads: a URL in, checked and hashed bytes in a spool out. Nothing that leaves this package as a file is less than whole
 * media of a known kind.
 */
@NullMarked
package org.mediaarchiver.media;

import org.jspecify.annotations.NullMarked;
