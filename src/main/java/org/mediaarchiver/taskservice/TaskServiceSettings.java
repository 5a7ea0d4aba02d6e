package org.mediaarchiver.taskservice;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.http.RetryPolicy;

/**
 * Where the task service is and how it is asked.
 *
 * @param baseUrl absolute http or https, with a path where the service is mounted below one; no user-info, query or fragment
 * @param token asked for each request, and once more when the service refuses what it gave
 * @param requestsPerSecond over all tasks, retries included; 0 for no limit
 * @param retries how failures that pass are tried again
 * @param connectTimeout the longest wait for a connection
 * @param responseTimeout the longest wait for an answer to begin, and again for it to be complete
 * @param connections as many as tasks in flight, or the rest of the tasks waits for one
 */
public record TaskServiceSettings(
        URI baseUrl,
        Supplier<Secret> token,
        double requestsPerSecond,
        RetryPolicy retries,
        Duration connectTimeout,
        Duration responseTimeout,
        int connections) {
    /** @throws IllegalArgumentException if a value is out of its bounds */
    public TaskServiceSettings {
        String scheme = baseUrl.getScheme();
        if (scheme == null
                || !Set.of("http", "https").contains(scheme.toLowerCase(Locale.ROOT))
                || baseUrl.getHost() == null) {
            throw new IllegalArgumentException("the base URL is no absolute http or https URL");
        }
        if (baseUrl.getRawUserInfo() != null || baseUrl.getRawQuery() != null || baseUrl.getRawFragment() != null) {
            throw new IllegalArgumentException("the base URL has a user, a query or a fragment");
        }
        if (!connectTimeout.isPositive() || !responseTimeout.isPositive() || connections < 1) {
            throw new IllegalArgumentException("timeouts are longer than 0 and there is at least one connection");
        }
    }

    /** Settings for production: retries and timeouts as fit a service that answers within seconds. */
    public static TaskServiceSettings of(
            URI baseUrl, Supplier<Secret> token, double requestsPerSecond, int connections) {
        return new TaskServiceSettings(
                baseUrl,
                token,
                requestsPerSecond,
                RetryPolicy.DEFAULT,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                connections);
    }
}
