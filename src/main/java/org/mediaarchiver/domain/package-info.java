/**
 * The words of the program: tasks, runs, objects, and what became of them.
 *
 * <p>Values only: nothing here reads a clock, a file or a socket, and no framework is needed to use it.
 */
@NullMarked
package org.mediaarchiver.domain;

import org.jspecify.annotations.NullMarked;
