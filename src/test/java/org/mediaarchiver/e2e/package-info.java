/**
 * The packaged program as its operators use it: a process with arguments and environment, a task service and media host over
 * HTTP, a real S3 server, and what is in the home and in the bucket afterwards.
 */
@NullMarked
package org.mediaarchiver.e2e;

import org.jspecify.annotations.NullMarked;
