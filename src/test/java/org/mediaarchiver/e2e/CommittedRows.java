package org.mediaarchiver.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.ledger.ManifestRowTable;
import org.mediaarchiver.ledger.RunTable;
import org.mediaarchiver.testing.PostgresServer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.util.FileSystemUtils;

/** The manifest rows that a database holds for good, by the run that has them, as somebody finds them who is not the program. */
final class CommittedRows {
    private CommittedRows() {}

    /** Reads a copy of the home's files: whoever opens these mends what a kill has left, and the program may be at work on them. */
    static Map<String, List<ManifestRow>> ofHome(Path home) throws IOException {
        Path copy = Files.createTempDirectory(home.getParent(), "database");
        try {
            FileSystemUtils.copyRecursively(home.resolve("db"), copy);
            JdbcTemplate jdbc = connect("jdbc:hsqldb:file:" + copy.resolve("archiver"), "SA");
            Map<String, List<ManifestRow>> rows = read(jdbc);
            jdbc.execute("SHUTDOWN IMMEDIATELY");
            return rows;
        } finally {
            FileSystemUtils.deleteRecursively(copy);
        }
    }

    static Map<String, List<ManifestRow>> ofPostgres(String url) {
        return read(connect(url, PostgresServer.USER));
    }

    private static JdbcTemplate connect(String url, String user) {
        return new JdbcTemplate(new DriverManagerDataSource(url, user, ""));
    }

    private static Map<String, List<ManifestRow>> read(JdbcTemplate jdbc) {
        Map<String, List<ManifestRow>> rows = new TreeMap<>();
        if (!hasTables(jdbc)) {
            return rows;
        }
        ManifestRowTable table = new ManifestRowTable(jdbc);
        for (RunTable.Listed listed : new RunTable(JdbcClient.create(jdbc)).all()) {
            RunId run = listed.run().id();
            try (Stream<ManifestRow> all = table.rows(run)) {
                rows.put(run.value(), all.toList());
            }
        }
        return rows;
    }

    /** A process may have been killed before it had made them. */
    private static boolean hasTables(JdbcTemplate jdbc) {
        Long tables = jdbc.queryForObject(
                "SELECT COUNT(*) FROM information_schema.tables WHERE LOWER(table_name) = 'manifest_row'", Long.class);
        return tables != null && tables > 0;
    }
}
