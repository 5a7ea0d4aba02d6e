/**
 * The task-result API: asks about a task, reads the answer in any of its shapes, and says what it means.
 */
@NullMarked
package org.mediaarchiver.taskservice;

import org.jspecify.annotations.NullMarked;
