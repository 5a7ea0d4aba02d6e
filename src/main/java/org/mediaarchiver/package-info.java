/** Command line in, exit code out. */
@NullMarked
package org.mediaarchiver;

import org.jspecify.annotations.NullMarked;
