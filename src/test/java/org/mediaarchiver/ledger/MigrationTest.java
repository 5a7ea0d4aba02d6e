package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationTest {
    private static final String COUNT = "SELECT COUNT(*) FROM \"flyway_schema_history\"";

    /** HSQLDB keeps what a migration made before it was killed, but not that it had begun. */
    @Test
    void everyMigrationCanBeRunAgainOverWhatIsThere(@TempDir Path folder) {
        try (LedgerDatabase database = new LedgerDatabase(LedgerDatabase.Kind.HSQLDB, folder)) {
            Long migrations = database.jdbc().queryForObject(COUNT, Long.class);
            database.jdbc().update("DELETE FROM \"flyway_schema_history\"");

            try (LedgerDatabase again = new LedgerDatabase(LedgerDatabase.Kind.HSQLDB, folder)) {
                assertThat(again.jdbc().queryForObject(COUNT, Long.class))
                        .isEqualTo(migrations)
                        .isPositive();
            }
        }
    }
}
