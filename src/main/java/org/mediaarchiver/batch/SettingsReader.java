package org.mediaarchiver.batch;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Secret;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.unit.DataSize;

/** Reads the program's settings from Spring's environment, and tells everything that is wrong with them at once. */
public final class SettingsReader {
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9!_.*'()/-]{0,512}");

    /** S3's own rule; a comma, which would be none of it, parts the tags. */
    private static final Pattern TAG =
            Pattern.compile("((?!(?i:aws:))[\\p{L}\\p{N} +._:/@-]{1,128})=([\\p{L}\\p{N} +=._:/@-]{0,256})");

    private static final int MOST_TAGS = 10;
    private static final Duration SHORTEST_POLL_INTERVAL = Duration.ofSeconds(5);
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:.]+]");

    private static final Pattern POSTGRES_URL = Pattern.compile("jdbc:postgresql://[^/?\\s]+/[^/?\\s]+(\\?\\S*)?");

    /** The driver knows its parameters by their exact names, and those of keys and passwords end like this. */
    private static final Pattern PASSWORD_PARAMETER = Pattern.compile("[?&][^=&]*(?i:password|passphrase)=");

    private final ConfigurableEnvironment environment;
    private final List<String> faults = new ArrayList<>();

    private SettingsReader(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /** The keys, in the order in which they are explained to people; those without a default have null. */
    public enum Key {
        HOME("archiver.home", "./archiver-home"),
        BASE_URL("archiver.task-service.base-url", "https://api.gpt.ge"),
        TOKEN("archiver.task-service.token", null),
        TOKEN_FILE("archiver.task-service.token-file", null),
        REQUESTS_PER_SECOND("archiver.task-service.requests-per-second", "5"),
        POLL_INTERVAL("archiver.task-service.poll-interval", "5s"),
        CONCURRENCY("archiver.concurrency", "16"),
        MAX_SIZE("archiver.media.max-size", "5GB"),
        ALLOWED_HOSTS("archiver.media.allowed-hosts", null),
        ALLOW_HTTP("archiver.media.allow-http", "false"),
        PORTS("archiver.media.ports", "80, 443"),
        ALLOW_PRIVATE_ADDRESSES("archiver.media.allow-private-addresses", "false"),
        BANDWIDTH("archiver.media.bandwidth", null),
        BUCKET("archiver.storage.bucket", null),
        ENDPOINT("archiver.storage.endpoint", null),
        REGION("archiver.storage.region", "us-east-1"),
        PATH_STYLE("archiver.storage.path-style", null),
        PREFIX("archiver.storage.prefix", ""),
        STORAGE_CLASS("archiver.storage.storage-class", null),
        SSE("archiver.storage.sse", null),
        KMS_KEY_ID("archiver.storage.kms-key-id", null),
        OBJECT_LOCK_MODE("archiver.storage.object-lock-mode", null),
        OBJECT_LOCK_DAYS("archiver.storage.object-lock-days", null),
        TAGS("archiver.storage.tags", null),
        MULTIPART_THRESHOLD("archiver.storage.multipart-threshold", "5GB"),
        STORE_TIMEOUT("archiver.storage.timeout", "60s"),
        CA_FILE("archiver.storage.ca-file", null),
        PENDING_MAX_AGE("archiver.pending-max-age", "14d"),
        STOP_GRACE("archiver.stop-grace", "30s"),
        DATABASE_PATIENCE("archiver.database-patience", "2m"),
        PING_URL("archiver.monitoring.ping-url", null),
        METRICS_FILE("archiver.monitoring.metrics-file", null),
        PUSHGATEWAY_URL("archiver.monitoring.pushgateway-url", null),
        DATABASE_URL("spring.datasource.url", null),
        DATABASE_USERNAME("spring.datasource.username", null),
        DATABASE_PASSWORD("spring.datasource.password", null);

        private final String key;
        private final @Nullable String defaultValue;

        Key(String key, @Nullable String defaultValue) {
            this.key = key;
            this.defaultValue = defaultValue;
        }

        /** Returns the key as it stands in a properties file. */
        public String key() {
            return key;
        }

        /** Returns what holds where the key is not set, or null. */
        public @Nullable String defaultValue() {
            return defaultValue;
        }

        /** Returns the name of the environment variable that sets the key. */
        public String environmentVariable() {
            return key.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
        }
    }

    /**
     * Reads the settings.
     *
     * @throws ConfigurationException if anything is missing, wrong or unknown
     */
    public static Settings read(ConfigurableEnvironment environment) {
        SettingsReader reader = new SettingsReader(environment);
        Settings settings = reader.settings();
        reader.refuseUnknownKeys();
        reader.throwFaults();
        return settings;
    }

    /**
     * Reads the settings of commands that only read the archive; the task service may be left out.
     *
     * @throws ConfigurationException if anything that they need is missing or wrong, or any key is unknown
     */
    static Settings.Reading readForReading(ConfigurableEnvironment environment) {
        SettingsReader reader = new SettingsReader(environment);
        Settings.Reading settings = new Settings.Reading(reader.home(), reader.concurrency(), reader.storage());
        reader.refuseUnknownKeys();
        reader.throwFaults();
        return settings;
    }

    /**
     * Reads where the tables are, for commands that need nothing else.
     *
     * @throws ConfigurationException if that is wrong
     */
    static Settings.Tables readForListing(ConfigurableEnvironment environment) {
        SettingsReader reader = new SettingsReader(environment);
        Settings.Tables tables = reader.tables();
        reader.throwFaults();
        return tables;
    }

    private void throwFaults() {
        if (!faults.isEmpty()) {
            throw new ConfigurationException(faults);
        }
    }

    private Settings settings() {
        return new Settings(
                tables(),
                taskService(),
                concurrency(),
                media(),
                storage(),
                value(Key.PENDING_MAX_AGE, SettingsReader::duration, Duration.ZERO),
                value(Key.STOP_GRACE, SettingsReader::duration, Duration.ZERO),
                value(Key.DATABASE_PATIENCE, SettingsReader::duration, Duration.ZERO),
                new Settings.Monitoring(
                        optional(Key.PING_URL, SettingsReader::pingUrl),
                        optional(Key.METRICS_FILE, SettingsReader::metricsFile),
                        optional(Key.PUSHGATEWAY_URL, SettingsReader::url)));
    }

    private Settings.Tables tables() {
        String url = optional(Key.DATABASE_URL, SettingsReader::databaseUrl);
        String username = text(Key.DATABASE_USERNAME);
        String password = text(Key.DATABASE_PASSWORD);
        if (text(Key.DATABASE_URL) == null) {
            // The tables would silently be in the home of each machine that was meant to share them.
            Stream.of(Key.DATABASE_USERNAME, Key.DATABASE_PASSWORD)
                    .filter(key -> text(key) != null)
                    .forEach(key -> faults.add(key.key() + " is set, and " + Key.DATABASE_URL.key()
                            + " is not: set that too, or neither for the database in the home."));
        }
        return new Settings.Tables(
                home(),
                url == null
                        ? null
                        : new Settings.Postgres(url, username, password == null ? null : new Secret(password)));
    }

    private Path home() {
        return value(Key.HOME, SettingsReader::path, Path.of("."));
    }

    private int concurrency() {
        return value(Key.CONCURRENCY, text -> number(text, 1, 1024), 1);
    }

    private Settings.TaskService taskService() {
        String token = text(Key.TOKEN);
        String file = text(Key.TOKEN_FILE);
        if (token == null && file == null) {
            faults.add(Key.TOKEN.key() + " is not set: put the task service's token into the environment variable "
                    + Key.TOKEN.environmentVariable() + ", or its file's path into " + Key.TOKEN_FILE.key() + ".");
        }
        if (token != null && file != null) {
            faults.add(Key.TOKEN.key() + " and " + Key.TOKEN_FILE.key() + " are both set: keep one of them.");
        }
        return new Settings.TaskService(
                value(Key.BASE_URL, SettingsReader::url, URI.create("")),
                token == null ? null : new Secret(token),
                optional(Key.TOKEN_FILE, SettingsReader::readableFile),
                value(Key.REQUESTS_PER_SECOND, text -> number(text, 0, 10_000), 0),
                value(Key.POLL_INTERVAL, SettingsReader::pollInterval, Duration.ZERO));
    }

    private Settings.Media media() {
        return new Settings.Media(
                value(Key.MAX_SIZE, SettingsReader::size, DataSize.ofBytes(0)),
                list(Key.ALLOWED_HOSTS, SettingsReader::host),
                value(Key.ALLOW_HTTP, SettingsReader::yesOrNo, false),
                list(Key.PORTS, text -> number(text, 1, 65_535)),
                value(Key.ALLOW_PRIVATE_ADDRESSES, SettingsReader::yesOrNo, false),
                optional(Key.BANDWIDTH, SettingsReader::bandwidth));
    }

    private Settings.Storage storage() {
        URI endpoint = optional(Key.ENDPOINT, SettingsReader::url);
        Boolean pathStyle = optional(Key.PATH_STYLE, SettingsReader::yesOrNo);
        refuseHalves();
        return new Settings.Storage(
                value(Key.BUCKET, SettingsReader::bucket, ""),
                endpoint,
                value(Key.REGION, Function.identity(), ""),
                pathStyle == null ? endpoint != null : pathStyle,
                value(Key.PREFIX, SettingsReader::prefix, ""),
                text(Key.STORAGE_CLASS),
                optional(Key.SSE, SettingsReader::sse),
                text(Key.KMS_KEY_ID),
                optional(Key.OBJECT_LOCK_MODE, SettingsReader::lockMode),
                optional(Key.OBJECT_LOCK_DAYS, text -> number(text, 1, 36_500)),
                tags(),
                value(Key.MULTIPART_THRESHOLD, SettingsReader::multipartThreshold, DataSize.ofGigabytes(5)),
                value(Key.STORE_TIMEOUT, SettingsReader::duration, Duration.ofSeconds(60)),
                authorities());
    }

    private Map<String, String> tags() {
        Map<String, String> tags = optional(Key.TAGS, SettingsReader::tags);
        return tags == null ? Map.of() : tags;
    }

    private List<X509Certificate> authorities() {
        List<X509Certificate> authorities = optional(Key.CA_FILE, SettingsReader::certificates);
        return authorities == null ? List.of() : authorities;
    }

    /** Half a setting would otherwise silently do nothing, and nobody would miss the lock until it is needed. */
    private void refuseHalves() {
        if ((text(Key.OBJECT_LOCK_MODE) == null) != (text(Key.OBJECT_LOCK_DAYS) == null)) {
            faults.add(Key.OBJECT_LOCK_MODE.key() + " and " + Key.OBJECT_LOCK_DAYS.key()
                    + " go together: set both, or neither for no Object Lock.");
        }
        String sse = text(Key.SSE);
        if (text(Key.KMS_KEY_ID) != null && (sse == null || !sse.startsWith("aws:kms"))) {
            faults.add(Key.KMS_KEY_ID.key() + " is used with " + Key.SSE.key() + "=aws:kms alone: set that too.");
        }
    }

    /** A key that is misspelt would otherwise silently do nothing; the environment is full of other programs' variables. */
    private void refuseUnknownKeys() {
        ConfigurationPropertyName ours = ConfigurationPropertyName.of("archiver");
        Set<ConfigurationPropertyName> known = Stream.of(Key.values())
                .map(key -> ConfigurationPropertyName.of(key.key()))
                .collect(Collectors.toSet());
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable
                    && !(source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource)) {
                iterable.stream()
                        .filter(ours::isAncestorOf)
                        .filter(name -> !known.contains(name))
                        .map(name -> name + " is not a key of this program: see the README for the keys.")
                        .filter(fault -> !faults.contains(fault))
                        .forEach(faults::add);
            }
        }
    }

    /** A blank value is as good as none: so it is with a variable that a script passes on without knowing whether it is set. */
    private @Nullable String text(Key key) {
        String text = environment.getProperty(key.key(), "").strip();
        String used = text.isEmpty() ? Objects.toString(key.defaultValue(), "") : text;
        return used.isEmpty() ? null : used;
    }

    private <V> @Nullable V optional(Key key, Function<String, V> parse) {
        String text = text(key);
        if (text == null) {
            return null;
        }
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException | DateTimeException e) {
            faults.add(key.key() + " " + e.getMessage());
            return null;
        }
    }

    private <V> V value(Key key, Function<String, V> parse, V whereFaulty) {
        int before = faults.size();
        V value = optional(key, parse);
        if (value != null) {
            return value;
        }
        boolean missing = key != Key.PREFIX && faults.size() == before;
        if (missing) {
            faults.add(key.key() + " is not set: put it into the properties file or the environment variable "
                    + key.environmentVariable() + ".");
        }
        return whereFaulty;
    }

    private <V> List<V> list(Key key, Function<String, V> parse) {
        List<V> values = optional(
                key,
                text -> Stream.of(text.split(",", -1))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .map(parse)
                        .toList());
        return values == null ? List.of() : values;
    }

    private static Secret pingUrl(String text) {
        url(text.replace(Settings.Monitoring.JOB, "job"));
        return new Secret(text);
    }

    private static String metricsFile(String text) {
        Path folder = path(text.replace(Settings.Monitoring.JOB, "job")).getParent();
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new IllegalArgumentException(
                    "names a file in " + folder + ", which is not a folder that can be written.");
        }
        return path(text).toString();
    }

    private static Path path(String text) {
        return Path.of(text).toAbsolutePath().normalize();
    }

    private static Path readableFile(String text) {
        Path file = path(text);
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IllegalArgumentException("names " + file + ", which is not a file that can be read.");
        }
        return file;
    }

    private static int number(String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "is '%s': give a whole number from %d to %d.".formatted(text, least, most), e);
        }
        throw new IllegalArgumentException("is '%s': give a whole number from %d to %d.".formatted(text, least, most));
    }

    private static boolean yesOrNo(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("is '" + text + "': give true or false.");
        };
    }

    /** Without a unit a size would be bytes, and a number meant as gigabytes would refuse every file for good. */
    private static DataSize size(String text) {
        String cure = "is '" + text + "': give a size such as 20MB or 5GB.";
        try {
            DataSize size = DataSize.parse(text);
            if (size.toBytes() > 0 && text.endsWith("B")) {
                return size;
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException(cure, e);
        }
        throw new IllegalArgumentException(cure);
    }

    private static DataSize bandwidth(String text) {
        DataSize size = size(text);
        if (size.toKilobytes() < 1) {
            throw new IllegalArgumentException("is '" + text + "': give at least 1KB a second.");
        }
        return size;
    }

    private static String host(String text) {
        if (!HOST.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "holds '" + text
                            + "': give names such as example.org, without scheme, port and *; their subdomains are allowed too.");
        }
        return text;
    }

    /** Without a unit a duration would be milliseconds, and every task that is not ready would be stuck the next night. */
    private static Duration duration(String text) {
        String cure = "is '" + text + "': give a duration such as 14d or 12h.";
        try {
            Duration duration = DurationStyle.detectAndParse(text);
            if (duration.isPositive() && Character.isLetter(text.charAt(text.length() - 1))) {
                return duration;
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException(cure, e);
        }
        throw new IllegalArgumentException(cure);
    }

    /** Every task that is waited for is asked about this often, and there may be thousands. */
    private static Duration pollInterval(String text) {
        Duration interval = duration(text);
        if (interval.compareTo(SHORTEST_POLL_INTERVAL) < 0) {
            throw new IllegalArgumentException(
                    "is '%s': give at least %ds.".formatted(text, SHORTEST_POLL_INTERVAL.toSeconds()));
        }
        return interval;
    }

    private static URI url(String text) {
        String cure = "is not a URL such as https://host or https://host:port, without user, query and fragment.";
        try {
            URI url = new URI(text);
            boolean http = "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
            if (http
                    && url.getHost() != null
                    && url.getPort() <= 65_535
                    && url.getRawUserInfo() == null
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(cure, e);
        }
        throw new IllegalArgumentException(cure);
    }

    /** It is not shown: what is wrong with it may be that it holds a password. */
    private static String databaseUrl(String text) {
        if (PASSWORD_PARAMETER.matcher(text).find() || text.split("\\?", 2)[0].contains("@")) {
            throw new IllegalArgumentException("holds a user or a password: put them into "
                    + Key.DATABASE_USERNAME.key() + " and the environment variable "
                    + Key.DATABASE_PASSWORD.environmentVariable() + ".");
        }
        if (!POSTGRES_URL.matcher(text).matches()) {
            throw new IllegalArgumentException("is not a URL such as jdbc:postgresql://host:5432/database:"
                    + " give one of PostgreSQL, or none for the database in the home.");
        }
        return text;
    }

    private static String bucket(String text) {
        if (!BUCKET.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is not the name of a bucket: give its name alone, without s3:// and path.");
        }
        return text;
    }

    /** A prefix goes into keys, manifests and SHA256SUMS as it is, so it may hold only what needs no escaping there. */
    private static String prefix(String text) {
        if (!PREFIX.matcher(text).matches()
                || text.startsWith("/")
                || text.startsWith("-")
                || text.contains("//")
                || Stream.of(text.split("/")).anyMatch(part -> part.equals(".") || part.equals(".."))) {
            throw new IllegalArgumentException(
                    "may hold letters, digits and !_.*'()- between single slashes, begins with"
                            + " neither / nor -, has no part . or .., and is no longer than 512.");
        }
        return text.isEmpty() || text.endsWith("/") ? text : text + "/";
    }

    private static Map<String, String> tags(String text) {
        Map<String, String> tags = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            Matcher tag = TAG.matcher(part.strip());
            if (!tag.matches() || tags.put(tag.group(1), tag.group(2)) != null) {
                throw new IllegalArgumentException("holds '" + part.strip()
                        + "': give tags as key=value with commas between, each key once and not beginning with aws:, of letters,"
                        + " digits, spaces and +-._:/@, keys of at most 128 and values of at most 256.");
            }
        }
        if (tags.size() > MOST_TAGS) {
            throw new IllegalArgumentException("holds " + tags.size() + " tags: S3 takes at most " + MOST_TAGS + ".");
        }
        return tags;
    }

    private static DataSize multipartThreshold(String text) {
        DataSize size = size(text);
        if (size.compareTo(DataSize.ofMegabytes(5)) < 0 || size.compareTo(DataSize.ofGigabytes(5)) > 0) {
            throw new IllegalArgumentException("is '" + text + "': give a size from 5MB to 5GB.");
        }
        return size;
    }

    private static List<X509Certificate> certificates(String text) {
        Path file = readableFile(text);
        String cure = "names " + file + ", which is not a file of PEM certificates.";
        try (InputStream in = Files.newInputStream(file)) {
            List<X509Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (!certificates.isEmpty()) {
                return certificates;
            }
        } catch (CertificateException | IOException e) {
            throw new IllegalArgumentException(cure, e);
        }
        throw new IllegalArgumentException(cure);
    }

    private static String sse(String text) {
        if (!Set.of("AES256", "aws:kms", "aws:kms:dsse").contains(text)) {
            throw new IllegalArgumentException("is '" + text + "': give AES256, aws:kms or aws:kms:dsse.");
        }
        return text;
    }

    private static String lockMode(String text) {
        String mode = text.toUpperCase(Locale.ROOT);
        if (!Set.of("GOVERNANCE", "COMPLIANCE").contains(mode)) {
            throw new IllegalArgumentException("is '" + text + "': give GOVERNANCE or COMPLIANCE.");
        }
        return mode;
    }
}
