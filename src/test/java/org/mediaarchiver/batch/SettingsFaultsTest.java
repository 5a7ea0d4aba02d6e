package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.monitoring.MonitoringSettings;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Settings that would do nothing, or end as a trace, are refused before anything is started. */
@NullMarked
class SettingsFaultsTest {

    @Test
    void anObjectLockNeedsItsModeAndItsDays() {
        assertRefused(
                Map.of("archiver.storage.object-lock-mode", "GOVERNANCE"),
                "archiver.storage.object-lock-mode and archiver.storage.object-lock-days go together:"
                        + " set both, or neither for no Object Lock.");
        assertThat(read(Map.of(
                                "archiver.storage.object-lock-mode", "governance",
                                "archiver.storage.object-lock-days", "30"))
                        .storage()
                        .objectLockDays())
                .isEqualTo(30);
    }

    @Test
    void aKeyIdNeedsAnEncryptionThatUsesIt() {
        assertRefused(
                Map.of("archiver.storage.kms-key-id", "alias/media", "archiver.storage.sse", "AES256"),
                "archiver.storage.kms-key-id is used with archiver.storage.sse=aws:kms alone: set that too.");
        assertThat(read(Map.of("archiver.storage.kms-key-id", "alias/media", "archiver.storage.sse", "aws:kms"))
                        .storage()
                        .kmsKeyId())
                .isEqualTo("alias/media");
    }

    @Test
    void anAllowedHostIsAName() {
        assertRefused(
                Map.of("archiver.media.allowed-hosts", "cdn.example.org, *.example.org"),
                "archiver.media.allowed-hosts holds '*.example.org': give names such as example.org, without scheme,"
                        + " port and *; their subdomains are allowed too.");
        assertThat(read(Map.of("archiver.media.allowed-hosts", "cdn.example.org,[::1]"))
                        .media()
                        .allowedHosts())
                .containsExactly("cdn.example.org", "[::1]");
    }

    @Test
    void aBandwidthUnderAKilobyteIsRefused() {
        assertRefused(
                Map.of("archiver.media.bandwidth", "1023B"),
                "archiver.media.bandwidth is '1023B': give at least 1KB a second.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team",
                "=media",
                "team=a,team=b",
                "aws:team=a",
                "team=a;kind=b",
                "team=a,",
                "a=1,b=,c=\t,d=é\u20ac"
            })
    void aTagThatS3WouldRefuseIsRefused(String tags) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of("archiver.storage.tags", tags)))
                .withMessageContaining("archiver.storage.tags holds '")
                .withMessageContaining("give tags as key=value with commas between");
    }

    @Test
    void anEleventhTagIsRefused() {
        String ten = IntStream.range(0, 10).mapToObj(i -> "k" + i + "=").collect(Collectors.joining(","));

        assertThat(read(Map.of("archiver.storage.tags", ten)).storage().tags()).hasSize(10);
        assertRefused(
                Map.of("archiver.storage.tags", ten + ",k10="),
                "archiver.storage.tags holds 11 tags: S3 takes at most 10.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4MB", "5121MB"})
    void aMultipartThresholdThatS3WouldRefuseIsRefused(String size) {
        assertRefused(
                Map.of("archiver.storage.multipart-threshold", size),
                "archiver.storage.multipart-threshold is '" + size + "': give a size from 5MB to 5GB.");
    }

    @Test
    void aFileOfNoCertificatesIsRefused() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of("archiver.storage.ca-file", "pom.xml")))
                .withMessageMatching(
                        "archiver.storage.ca-file names .*pom.xml, which is not a file of PEM certificates\\.");
    }

    @Test
    void theJobStandsInAPingsUrlAndInAMetricsFilesName(@TempDir Path folder) {
        MonitoringSettings nightly = read(Map.of(
                        "archiver.monitoring.ping-url",
                        "https://ping.example/key/{job}",
                        "archiver.monitoring.metrics-file",
                        folder + "/{job}.prom"))
                .monitoring()
                .of("nightly");

        assertThat(nightly.ping())
                .isNotNull()
                .hasToString("***")
                .extracting(Secret::reveal)
                .isEqualTo("https://ping.example/key/nightly");
        assertThat(nightly.metricsFile()).isEqualTo(folder.resolve("nightly.prom"));
    }

    @Test
    void aPingsUrlIsAUrl() {
        assertRefused(
                Map.of("archiver.monitoring.ping-url", "ping.example/key"),
                "archiver.monitoring.ping-url is not a URL such as https://host or https://host:port, without user, query"
                        + " and fragment.");
    }

    @Test
    void aMetricsFileIsInAFolderThatIsThere() {
        assertRefused(
                Map.of("archiver.monitoring.metrics-file", "/no-such-folder/media-archiver.prom"),
                "archiver.monitoring.metrics-file names a file in /no-such-folder, which is not a folder that can be"
                        + " written.");
    }

    private static void assertRefused(Map<String, Object> settings, String message) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(settings))
                .withMessage(message);
    }

    private static Settings read(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("archiver.task-service.token", "a-token");
        all.put("archiver.storage.bucket", "a-bucket");
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", all));
        return SettingsReader.read(environment);
    }
}
