package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Secret;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.unit.DataSize;

class SettingsReaderTest {
    private static final Map<String, String> LEAST =
            Map.of("archiver.task-service.token", "planted", "archiver.storage.bucket", "media");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void tokenAndBucketAreEnough() {
        Settings settings = SettingsReader.read(properties(LEAST));

        Secret token = settings.taskService().token();
        assertThat(token).isNotNull().hasToString("***");
        assertThat(settings)
                .usingRecursiveComparison()
                .isEqualTo(new Settings(
                        new Settings.Tables(Path.of("archiver-home").toAbsolutePath(), null),
                        new Settings.TaskService(
                                URI.create("https://api.gpt.ge"),
                                new Secret("planted"),
                                null,
                                5,
                                Duration.ofSeconds(5)),
                        16,
                        new Settings.Media(DataSize.ofGigabytes(5), List.of(), false, List.of(80, 443), false, null),
                        new Settings.Storage(
                                "media",
                                null,
                                "us-east-1",
                                false,
                                "",
                                null,
                                null,
                                null,
                                null,
                                null,
                                Map.of(),
                                DataSize.ofGigabytes(5),
                                Duration.ofSeconds(60),
                                List.of()),
                        Duration.ofDays(14),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(2),
                        new Settings.Monitoring(null, null, null)));
    }

    @Test
    void everyKeyIsRead() throws Exception {
        Map<String, String> all = everyKey();

        assertThat(SettingsReader.read(properties(all)))
                .usingRecursiveComparison()
                .isEqualTo(everySetting());
    }

    @Test
    void everyKeyIsReadFromItsEnvironmentVariable() throws Exception {
        Map<String, Object> variables = new HashMap<>();
        everyKey()
                .forEach((key, value) -> variables.put(
                        List.of(SettingsReader.Key.values()).stream()
                                .filter(each -> each.key().equals(key))
                                .findFirst()
                                .orElseThrow()
                                .environmentVariable(),
                        value));

        assertThat(SettingsReader.read(environment(variables)))
                .usingRecursiveComparison()
                .isEqualTo(everySetting());
        assertThat(SettingsReader.Key.BASE_URL.environmentVariable()).isEqualTo("ARCHIVER_TASKSERVICE_BASEURL");
        assertThat(SettingsReader.Key.PATH_STYLE.environmentVariable()).isEqualTo("ARCHIVER_STORAGE_PATHSTYLE");
    }

    @Test
    void aKeyMayBeSpeltAsSpringAllows() {
        assertThat(SettingsReader.read(properties(with("archiver.taskService.baseUrl", "https://other.example")))
                        .taskService()
                        .baseUrl())
                .hasToString("https://other.example");
    }

    @Test
    void anEndpointIsAddressedByPathUnlessItIsSaidOtherwise() {
        Map<String, String> endpoint = with("archiver.storage.endpoint", "http://127.0.0.1:9000");
        assertThat(SettingsReader.read(properties(endpoint)).storage().pathStyle())
                .isTrue();
        endpoint.put("archiver.storage.path-style", "false");
        assertThat(SettingsReader.read(properties(endpoint)).storage().pathStyle())
                .isFalse();
    }

    @Test
    void aPrefixEndsInASlash() {
        assertThat(SettingsReader.read(properties(with("archiver.storage.prefix", "a/b")))
                        .storage()
                        .prefix())
                .isEqualTo("a/b/");
        assertThat(SettingsReader.read(properties(with("archiver.storage.prefix", "a/b/")))
                        .storage()
                        .prefix())
                .isEqualTo("a/b/");
    }

    @ParameterizedTest
    @EnumSource(SettingsReader.Key.class)
    void aBlankValueIsAsGoodAsNone(SettingsReader.Key key) {
        Map<String, String> blank = with(key.key(), " ");
        if (LEAST.containsKey(key.key())) {
            assertThatThrownBy(() -> SettingsReader.read(properties(blank)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith(key.key() + " is not set: put ")
                    .hasMessageContaining(key.environmentVariable());
        } else {
            assertThat(SettingsReader.read(properties(blank)))
                    .usingRecursiveComparison()
                    .isEqualTo(SettingsReader.read(properties(LEAST)));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            archiver.task-service.base-url            | api.gpt.ge             | is not a URL such as https://host
            archiver.task-service.base-url            | https://u:p@host       | is not a URL such as https://host
            archiver.task-service.base-url            | https://host?x=1       | is not a URL such as https://host
            archiver.task-service.base-url            | https://host:70000     | is not a URL such as https://host
            archiver.task-service.base-url            | ftp://host             | is not a URL such as https://host
            archiver.task-service.base-url            | https://a b            | is not a URL such as https://host
            archiver.task-service.token-file          | /nowhere/token         | names /nowhere/token, which is not a file that can be read.
            archiver.task-service.requests-per-second | -1                     | is '-1': give a whole number from 0 to 10000.
            archiver.task-service.requests-per-second | 2.5                    | is '2.5': give a whole number from 0 to 10000.
            archiver.task-service.poll-interval       | 4999ms                 | is '4999ms': give at least 5s.
            archiver.task-service.poll-interval       | 5                      | is '5': give a duration such as 14d or 12h.
            archiver.concurrency                      | 0                      | is '0': give a whole number from 1 to 1024.
            archiver.concurrency                      | many                   | is 'many': give a whole number from 1 to 1024.
            archiver.media.max-size                   | big                    | is 'big': give a size such as 20MB or 5GB.
            archiver.media.max-size                   | 0B                     | is '0B': give a size such as 20MB or 5GB.
            archiver.media.max-size                   | 5                      | is '5': give a size such as 20MB or 5GB.
            archiver.media.max-size                   | 9999999999TB           | is '9999999999TB': give a size such as 20MB or 5GB.
            archiver.media.bandwidth                  | fast                   | is 'fast': give a size such as 20MB or 5GB.
            archiver.media.bandwidth                  | 500B                   | is '500B': give at least 1KB a second.
            archiver.media.allowed-hosts              | a.example, *.b.example | holds '*.b.example': give names such as example.org
            archiver.media.allowed-hosts              | https://a.example      | holds 'https://a.example': give names such as example.org
            archiver.media.allow-http                 | yes                    | is 'yes': give true or false.
            archiver.media.ports                      | 443, 70000             | is '70000': give a whole number from 1 to 65535.
            archiver.media.allow-private-addresses    | 1                      | is '1': give true or false.
            archiver.storage.bucket                   | s3://media/x           | is not the name of a bucket: give its name alone, without s3:// and path.
            archiver.storage.endpoint                 | localhost:9000         | is not a URL such as https://host
            archiver.storage.path-style               | maybe                  | is 'maybe': give true or false.
            archiver.storage.prefix                   | /a                     | may hold letters, digits and
            archiver.storage.prefix                   | -a                     | may hold letters, digits and
            archiver.storage.prefix                   | a//b                   | may hold letters, digits and
            archiver.storage.prefix                   | a/../b                 | may hold letters, digits and
            archiver.storage.prefix                   | ./b                    | may hold letters, digits and
            archiver.storage.prefix                   | ä                      | may hold letters, digits and
            archiver.storage.sse                      | on                     | is 'on': give AES256, aws:kms or aws:kms:dsse.
            archiver.storage.kms-key-id               | k-1                    | is used with archiver.storage.sse=aws:kms alone: set that too.
            archiver.storage.object-lock-mode         | strict                 | is 'strict': give GOVERNANCE or COMPLIANCE.
            archiver.storage.object-lock-days         | 0                      | is '0': give a whole number from 1 to 36500.
            archiver.pending-max-age                  | soon                   | is 'soon': give a duration such as 14d or 12h.
            archiver.pending-max-age                  | 14                     | is '14': give a duration such as 14d or 12h.
            archiver.pending-max-age                  | -1d                    | is '-1d': give a duration such as 14d or 12h.
            archiver.pending-max-age                  | 999999999999999d       | is '999999999999999d': give a duration such as 14d or 12h.
            spring.datasource.url                     | jdbc:hsqldb:mem:x      | is not a URL such as jdbc:postgresql://host:5432/database:
            spring.datasource.url                     | jdbc:postgresql:x      | is not a URL such as jdbc:postgresql://host:5432/database:
            spring.datasource.url                     | jdbc:postgresql://h/   | is not a URL such as jdbc:postgresql://host:5432/database:
            spring.datasource.url                     | jdbc:postgresql:///x   | is not a URL such as jdbc:postgresql://host:5432/database:
            spring.datasource.url                     | postgres://host/x      | is not a URL such as jdbc:postgresql://host:5432/database:
            spring.datasource.username                | archiver               | is set, and spring.datasource.url is not: set that too,
            spring.datasource.password                | planted                | is set, and spring.datasource.url is not: set that too,
            """)
    void aFaultNamesItsKeyAndTheCure(String key, String value, String fault) {
        assertThatThrownBy(() -> SettingsReader.read(properties(with(key, value))))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(key + " " + fault);
    }

    @ParameterizedTest
    @CsvSource({"archiver.storage.object-lock-mode, COMPLIANCE", "archiver.storage.object-lock-days, 30"})
    void halfAnObjectLockIsAFault(String key, String value) {
        assertThatThrownBy(() -> SettingsReader.read(properties(with(key, value))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "archiver.storage.object-lock-mode and archiver.storage.object-lock-days go together: set both,"
                                + " or neither for no Object Lock.");
    }

    @Test
    void aTokenAndItsFileExcludeEachOther() throws Exception {
        Path file = Files.writeString(folder.resolve("token"), "sk-2");

        assertThatThrownBy(() ->
                        SettingsReader.read(properties(with("archiver.task-service.token-file", file.toString()))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("are both set: keep one of them.")
                .hasMessageNotContaining("planted");
    }

    @Test
    void allFaultsAreToldAtOnce() {
        assertThatThrownBy(() -> SettingsReader.read(properties(Map.of(
                        "archiver.concurrency", "0",
                        "archiver.storage.sse", "x",
                        "archiver.concurency", "4"))))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .satisfies(message -> assertThat(message.lines())
                        .hasSize(5)
                        .anyMatch(line -> line.startsWith("archiver.task-service.token is not set"))
                        .anyMatch(line -> line.startsWith("archiver.storage.bucket is not set"))
                        .anyMatch(line -> line.startsWith("archiver.concurrency is '0'"))
                        .anyMatch(line -> line.startsWith("archiver.storage.sse is 'x'"))
                        .anyMatch(line -> line.equals(
                                "archiver.concurency is not a key of this program: see the README for the keys.")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"archiver.storage", "archiver.media.allowed-hosts[0]", "archiver.concurrency.most"})
    void aKeyThatWouldSilentlyDoNothingIsRefused(String key) {
        assertThatThrownBy(() -> SettingsReader.read(properties(with(key, "x"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(key + " is not a key of this program: see the README for the keys.");
    }

    @Test
    void variablesOfOtherProgramsAreNoFault() {
        Map<String, Object> variables = new HashMap<>(Map.of(
                "ARCHIVER_TASKSERVICE_TOKEN", "sk-1", "ARCHIVER_STORAGE_BUCKET", "media", "ARCHIVER_OPTS", "-Xmx1g"));

        assertThat(SettingsReader.read(environment(variables)).storage().bucket())
                .isEqualTo("media");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://archiver:sk-planted@host/archive",
                "jdbc:postgresql://host/archive?password=sk-planted",
                "jdbc:postgresql://host/archive?sslmode=require&sslpassword=sk-planted"
            })
    void aPasswordInTheUrlOfTheDatabaseIsRefusedAndNotShown(String url) {
        assertThatThrownBy(() -> SettingsReader.read(properties(with("spring.datasource.url", url))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("spring.datasource.url holds a user or a password: ")
                .hasMessageContaining("SPRING_DATASOURCE_PASSWORD")
                .hasMessageNotContaining("sk-planted");
    }

    @Test
    void theDatabaseOfSeveralServersMayBeNamed() {
        String url = "jdbc:postgresql://[::1]:5432,b.example/archive?targetServerType=primary&currentSchema=media";

        assertThat(SettingsReader.read(properties(with("spring.datasource.url", url)))
                        .tables()
                        .postgres())
                .isEqualTo(new Settings.Postgres(url, null, null));
    }

    @Test
    void whereTheTablesAreCanBeReadAlone() {
        assertThat(SettingsReader.readForListing(properties(Map.of("archiver.home", folder + "/x/../home"))))
                .isEqualTo(new Settings.Tables(folder.resolve("home"), null));
        assertThatThrownBy(() -> SettingsReader.readForListing(properties(Map.of("spring.datasource.url", "host"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("spring.datasource.url is not a URL such as ");
    }

    private Map<String, String> everyKey() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "sk-2");
        Map<String, String> all = new HashMap<>();
        all.put("archiver.home", folder.toString());
        all.put("archiver.task-service.base-url", "https://host.example:8443/api");
        all.put("archiver.task-service.token-file", token.toString());
        all.put("archiver.task-service.requests-per-second", "0");
        all.put("archiver.concurrency", "4");
        all.put("archiver.media.max-size", "20MB");
        all.put("archiver.media.allowed-hosts", "a.example, b.example");
        all.put("archiver.media.allow-http", "TRUE");
        all.put("archiver.media.ports", "443,8443");
        all.put("archiver.media.allow-private-addresses", "true");
        all.put("archiver.media.bandwidth", "1KB");
        all.put("archiver.storage.bucket", "media");
        all.put("archiver.storage.endpoint", "http://127.0.0.1:9000");
        all.put("archiver.storage.region", "eu-central-1");
        all.put("archiver.storage.path-style", "false");
        all.put("archiver.storage.prefix", "a/b");
        all.put("archiver.storage.storage-class", "STANDARD_IA");
        all.put("archiver.storage.sse", "aws:kms");
        all.put("archiver.storage.kms-key-id", "key-1");
        all.put("archiver.storage.object-lock-mode", "governance");
        all.put("archiver.storage.object-lock-days", "30");
        all.put("archiver.storage.tags", "team=media, kind=a=b c");
        all.put("archiver.storage.multipart-threshold", "5MB");
        all.put("archiver.storage.timeout", "90s");
        all.put("archiver.storage.ca-file", caFile().toString());
        all.put("archiver.pending-max-age", "12h");
        all.put("archiver.stop-grace", "2m");
        all.put("archiver.database-patience", "1h");
        all.put("archiver.monitoring.ping-url", "https://ping.example/key/archive-{job}");
        all.put("archiver.monitoring.metrics-file", folder.resolve("{job}.prom").toString());
        all.put("archiver.monitoring.pushgateway-url", "http://pushgateway:9091");
        all.put("archiver.task-service.poll-interval", "7s");
        all.put("spring.datasource.url", "jdbc:postgresql://db.example:5433/archive?sslmode=verify-full");
        all.put("spring.datasource.username", "archiver");
        all.put("spring.datasource.password", "planted");
        return all;
    }

    private Settings everySetting() throws Exception {
        return new Settings(
                new Settings.Tables(
                        folder,
                        new Settings.Postgres(
                                "jdbc:postgresql://db.example:5433/archive?sslmode=verify-full",
                                "archiver",
                                new Secret("planted"))),
                new Settings.TaskService(
                        URI.create("https://host.example:8443/api"),
                        null,
                        folder.resolve("token"),
                        0,
                        Duration.ofSeconds(7)),
                4,
                new Settings.Media(
                        DataSize.ofMegabytes(20),
                        List.of("a.example", "b.example"),
                        true,
                        List.of(443, 8443),
                        true,
                        DataSize.ofKilobytes(1)),
                new Settings.Storage(
                        "media",
                        URI.create("http://127.0.0.1:9000"),
                        "eu-central-1",
                        false,
                        "a/b/",
                        "STANDARD_IA",
                        "aws:kms",
                        "key-1",
                        "GOVERNANCE",
                        30,
                        Map.of("team", "media", "kind", "a=b c"),
                        DataSize.ofMegabytes(5),
                        Duration.ofSeconds(90),
                        List.of(authority())),
                Duration.ofHours(12),
                Duration.ofMinutes(2),
                Duration.ofHours(1),
                new Settings.Monitoring(
                        new Secret("https://ping.example/key/archive-{job}"),
                        folder.resolve("{job}.prom").toString(),
                        URI.create("http://pushgateway:9091")));
    }

    private Path caFile() throws Exception {
        String base64 = Base64.getMimeEncoder().encodeToString(authority().getEncoded());
        return Files.writeString(
                folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
    }

    /** One that every Java knows. */
    private static X509Certificate authority() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers()[0];
    }

    private static Map<String, String> with(String key, String value) {
        Map<String, String> settings = new HashMap<>(LEAST);
        settings.put(key, value);
        return settings;
    }

    private static ConfigurableEnvironment properties(Map<String, String> values) {
        ConfigurableEnvironment environment = new Bare();
        environment.getPropertySources().addLast(new MapPropertySource("test", Map.copyOf(values)));
        ConfigurationPropertySources.attach(environment);
        return environment;
    }

    private static ConfigurableEnvironment environment(Map<String, Object> variables) {
        ConfigurableEnvironment environment = new Bare();
        environment
                .getPropertySources()
                .addLast(new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        ConfigurationPropertySources.attach(environment);
        return environment;
    }

    /** An environment that knows nothing of the machine that the test runs on. */
    private static final class Bare extends StandardEnvironment {
        @Override
        protected void customizePropertySources(org.springframework.core.env.MutablePropertySources sources) {
            sources.stream().forEach(source -> sources.remove(source.getName()));
        }
    }
}
