/**
 * What every HTTP call to the outside needs: retries and what a failure means, the request rate, and the guard that keeps
 * downloads away from addresses that are not public.
 */
@NullMarked
package org.mediaarchiver.http;

import org.jspecify.annotations.NullMarked;
