package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.mediaarchiver.domain.Secret;

/** Where the tables are, as Spring Boot's own settings tell it. */
final class DataSourceProperties {
    private static final String PREFIX = "spring.datasource.";
    private static final String DRIVER = PREFIX + "hikari.data-source-properties.";

    private DataSourceProperties() {}

    static Map<String, Object> of(Settings.Tables tables) {
        Settings.Postgres postgres = tables.postgres();
        return postgres == null ? ofFiles(tables.home().resolve("db").resolve("archiver")) : of(postgres);
    }

    /** @param files what the files of the database are called, without their endings */
    static Map<String, Object> ofFiles(Path files) {
        // HSQLDB's own lock outlives a killed process by some seconds; ours does not. Newer JDKs warn on standard
        // error of how it unmaps files.
        String url = "jdbc:hsqldb:file:" + files
                + ";hsqldb.tx=mvcc;hsqldb.write_delay=false;hsqldb.lock_file=false;hsqldb.nio_data_file=false"
                + ";hsqldb.default_table_type=cached;shutdown=true";
        return Map.of(PREFIX + "url", url, PREFIX + "username", "SA");
    }

    private static Map<String, Object> of(Settings.Postgres postgres) {
        Map<String, Object> properties = new HashMap<>();
        properties.put(PREFIX + "url", postgres.url());
        String username = postgres.username();
        if (username != null) {
            properties.put(PREFIX + "username", username);
        }
        Secret password = postgres.password();
        if (password != null) {
            properties.put(PREFIX + "password", password.reveal());
        }
        // What the URL says of these goes before.
        properties.put(DRIVER + "ApplicationName", "media-archiver");
        properties.put(DRIVER + "reWriteBatchedInserts", "true");
        properties.put(DRIVER + "tcpKeepAlive", "true");
        return properties;
    }
}
