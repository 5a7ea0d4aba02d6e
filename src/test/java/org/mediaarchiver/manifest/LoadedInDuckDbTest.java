package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Status;

/** Does with a manifest what the page about them says, in the database that it says. */
class LoadedInDuckDbTest {
    private static final Pattern SQL = Pattern.compile("(?s)```sql\n(.*?)```");

    private static List<String> documented() throws IOException {
        return SQL.matcher(Files.readString(Path.of("src", "docs", "manifest.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    private static List<String> rows(Statement duck, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (ResultSet found = duck.executeQuery(sql)) {
            while (found.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                    cells.add(Objects.toString(found.getObject(i), ""));
                }
                rows.add(String.join(" ", cells).strip());
            }
        }
        return rows;
    }

    @Test
    void aManifestIsLoadedAndAskedAsTheDocumentationSays(@TempDir Path folder) throws Exception {
        List<ManifestRow> rows = new ArrayList<>(SmallRun.rows());
        // Ids that anything which guesses would take for a number or a date; they sort before letters.
        rows.addAll(0, SmallRun.same(20L, 1, "2024-01-02", "100", Reason.NOT_READY));
        rows.addAll(0, SmallRun.same(21L, 1, "1e5", "100", Reason.NOT_READY));
        rows.addAll(0, SmallRun.same(22L, 1, "00012", "100", Reason.NOT_READY));
        Path manifest = SmallRun.files(folder, rows)
                .write(RunFile.MANIFEST_CSV)
                .orElseThrow()
                .path();
        List<String> sql = documented();
        assertThat(sql).hasSize(3);
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement duck = connection.createStatement()) {
            duck.execute(sql.get(0).replace("'manifest.csv'", "'" + manifest + "'"));

            assertThat(rows(duck, "SELECT DISTINCT task_id FROM manifest ORDER BY task_id"))
                    .containsExactly("00012", "1e5", "2024-01-02", "a", "a-b", "lost", "rude", "slow");
            assertThat(rows(duck, "SELECT count(*), count(size_bytes), count(reason) FROM manifest"))
                    .containsExactly(rows.size()
                            + " "
                            + rows.stream()
                                    .filter(row -> row.sizeBytes() != null)
                                    .count()
                            + " "
                            + rows.stream().filter(row -> row.reason() != null).count());
            try (ResultSet stored = duck.executeQuery(
                    "SELECT stored_at, version_id FROM manifest WHERE key = 'archive/media/a-b/video.mp4'")) {
                assertThat(stored.next()).isTrue();
                assertThat(stored.getObject(1, OffsetDateTime.class).toInstant())
                        .isEqualTo(SmallRun.FETCHED.plusMillis(250));
                assertThat(stored.getString(2)).isEqualTo("%2Dv1");
            }
            long bytes = rows.stream()
                    .filter(row -> row.status() == Status.STORED && row.reason() == null)
                    .mapToLong(row -> Objects.requireNonNull(row.sizeBytes()))
                    .sum();
            assertThat(rows(duck, sql.get(1))).contains("stored  4 " + bytes, "pending NOT_READY 12");
            assertThat(rows(duck, sql.get(2)))
                    .hasSize(6)
                    .contains("lost [preview, result, video] NOT_MEDIA begins with <html>; 17 bytes");
        }
    }
}
