package org.mediaarchiver.batch;

import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.monitoring.MonitoringSettings;
import org.springframework.util.unit.DataSize;

/**
 * The program's configuration, read and checked; see {@link SettingsReader} for its keys.
 *
 * @param tables where the program keeps what it knows
 * @param concurrency tasks in flight
 * @param pendingMaxAge after this long a task that is still not ready has failed
 * @param stopGrace how long tasks in flight may go on when the program is asked to end
 * @param databasePatience how long a run waits for a database that went away
 * @param monitoring whom to tell of begin and end
 */
public record Settings(
        Tables tables,
        TaskService taskService,
        int concurrency,
        Media media,
        Storage storage,
        Duration pendingMaxAge,
        Duration stopGrace,
        Duration databasePatience,
        Monitoring monitoring) {

    /** Returns where lock, work files and local copies of run files are. */
    public Path home() {
        return tables.home();
    }

    /**
     * Where the program keeps what it knows.
     *
     * @param home where lock, work files and local copies of run files are
     * @param postgres the database that machines share, null for one of the home's own
     */
    public record Tables(Path home, @Nullable Postgres postgres) {}

    /**
     * A PostgreSQL database.
     *
     * @param url names the server and the database, and holds no secret
     * @param username null for what the driver finds in the environment
     * @param password null where none is needed, or the driver finds it in a file
     */
    public record Postgres(
            String url, @Nullable String username, @Nullable Secret password) {}

    /**
     * The task-result API.
     *
     * @param token null where a file has it
     * @param tokenFile null where the token itself is given
     * @param requestsPerSecond 0 for no limit
     * @param pollInterval the least time between two questions for a task that is waited for
     */
    public record TaskService(
            URI baseUrl,
            @Nullable Secret token,
            @Nullable Path tokenFile,
            int requestsPerSecond,
            Duration pollInterval) {}

    /**
     * Downloads.
     *
     * @param allowedHosts empty for any public host
     * @param bandwidth a second over all downloads, null for no limit
     */
    public record Media(
            DataSize maxSize,
            List<String> allowedHosts,
            boolean allowHttp,
            List<Integer> ports,
            boolean allowPrivateAddresses,
            @Nullable DataSize bandwidth) {}

    /**
     * The bucket.
     *
     * @param endpoint null for AWS
     * @param prefix empty, or ending in a slash
     * @param tags of new objects, by key
     * @param multipartThreshold larger objects are sent in parts
     * @param timeout how long it may be silent
     * @param authorities whom the store's certificate may be signed by, beside those that this Java trusts
     */
    public record Storage(
            String bucket,
            @Nullable URI endpoint,
            String region,
            boolean pathStyle,
            String prefix,
            @Nullable String storageClass,
            @Nullable String sse,
            @Nullable String kmsKeyId,
            @Nullable String objectLockMode,
            @Nullable Integer objectLockDays,
            Map<String, String> tags,
            DataSize multipartThreshold,
            Duration timeout,
            List<X509Certificate> authorities) {

        /** Returns what run files and audits say of where the objects are. */
        RunFacts.Archive archive() {
            return new RunFacts.Archive(endpoint == null ? null : endpoint.toString(), bucket, prefix);
        }
    }

    /**
     * Whom to tell how a command ended; in each text {@code {job}} stands for its job.
     *
     * @param pingUrl null for nobody
     * @param metricsFile null for none
     * @param pushgatewayUrl null for none
     */
    public record Monitoring(
            @Nullable Secret pingUrl,
            @Nullable String metricsFile,
            @Nullable URI pushgatewayUrl) {
        static final String JOB = "{job}";
        private static final Duration PATIENCE = Duration.ofSeconds(5);

        /** Returns the settings for one job. */
        MonitoringSettings of(String job) {
            return new MonitoringSettings(
                    pingUrl == null ? null : new Secret(pingUrl.reveal().replace(JOB, job)),
                    metricsFile == null ? null : Path.of(metricsFile.replace(JOB, job)),
                    pushgatewayUrl,
                    PATIENCE);
        }
    }

    /**
     * What a command needs that only reads the archive.
     *
     * @param home may be missing
     * @param concurrency objects looked at at a time
     */
    public record Reading(Path home, int concurrency, Storage storage) {}
}
