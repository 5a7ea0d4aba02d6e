/**
 * Local stand-ins for the services that a run talks to, for tests and the sandbox.
 */
@NullMarked
package org.mediaarchiver.testing;

import org.jspecify.annotations.NullMarked;
