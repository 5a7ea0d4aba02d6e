/** What an operator installs from {@code jobs/}, tried as it is installed. */
@NullMarked
package org.mediaarchiver.jobs;

import org.jspecify.annotations.NullMarked;
