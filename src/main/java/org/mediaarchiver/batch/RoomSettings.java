package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.http.AddressPolicy;
import org.mediaarchiver.media.DownloadSettings;
import org.mediaarchiver.storage.S3Settings;
import org.mediaarchiver.storage.S3Settings.Addressing;
import org.mediaarchiver.storage.S3Settings.Placement;
import org.mediaarchiver.storage.S3Settings.Retention;
import org.mediaarchiver.storage.S3Settings.Transfer;
import org.mediaarchiver.taskservice.TaskServiceSettings;
import org.springframework.util.unit.DataSize;

/** Translates the program's settings into those of each room. */
final class RoomSettings {
    private RoomSettings() {}

    static TaskServiceSettings taskService(Settings settings, Supplier<Secret> token) {
        return TaskServiceSettings.of(
                settings.taskService().baseUrl(),
                token,
                settings.taskService().requestsPerSecond(),
                settings.concurrency());
    }

    static DownloadSettings downloads(Settings settings, Path spool) {
        Settings.Media media = settings.media();
        DataSize bandwidth = media.bandwidth();
        AddressPolicy addresses = new AddressPolicy(
                media.allowedHosts(), media.allowHttp(), Set.copyOf(media.ports()), media.allowPrivateAddresses());
        return DownloadSettings.defaults(spool, addresses, settings.concurrency())
                .withMaxBytes(media.maxSize().toBytes())
                // What is sent in parts is read from a file.
                .withMemoryThreshold(settings.storage().multipartThreshold().toBytes())
                .withBandwidth(bandwidth == null ? null : bandwidth.toBytes());
    }

    static S3Settings s3(Settings settings, String bucket) {
        return s3(settings.storage(), settings.concurrency(), bucket);
    }

    /**
     * @param concurrency objects in transit at a time
     * @param bucket the archive's own, or the one that an input is read from
     */
    static S3Settings s3(Settings.Storage storage, int concurrency, String bucket) {
        return new S3Settings(
                bucket,
                storage.endpoint(),
                storage.region(),
                storage.pathStyle() ? Addressing.PATH : Addressing.VIRTUAL_HOST,
                new Placement(
                        storage.storageClass(), storage.sse(), storage.kmsKeyId(), retention(storage), storage.tags()),
                Transfer.forTasksInFlight(concurrency)
                        .withMultipartThreshold(storage.multipartThreshold().toBytes())
                        .withIdleTimeout(storage.timeout()),
                storage.authorities());
    }

    /** Returns the archive's bucket for somebody who waits for each answer: two tries, and 15 seconds for each. */
    static S3Settings s3ForTrials(Settings settings) {
        S3Settings s3 = s3(settings, settings.storage().bucket());
        Transfer usual = s3.transfer();
        Transfer impatient = new Transfer(
                usual.multipartThresholdBytes(),
                usual.partBytes(),
                1,
                2,
                usual.retryDelay(),
                usual.connectTimeout(),
                Duration.ofSeconds(15),
                usual.leastBytesPerSecond());
        return new S3Settings(
                s3.bucket(), s3.endpoint(), s3.region(), s3.addressing(), s3.placement(), impatient, s3.authorities());
    }

    private static @Nullable Retention retention(Settings.Storage storage) {
        String mode = storage.objectLockMode();
        Integer days = storage.objectLockDays();
        return mode == null || days == null ? null : new Retention(Retention.Mode.valueOf(mode), days);
    }
}
