package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.ledger.TaskTable.Counts;

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

    @ParameterizedTest
    @EnumSource
    void aRunThatOlderTablesHadBegunGoesOnInItsOrder(LedgerDatabase.Kind kind, @TempDir Path folder) {
        try (LedgerDatabase database = new LedgerDatabase(kind, folder, "5")) {
            Run published = database.begin();
            Run begun = database.begin();
            enter(database, published, "old", 1, "DONE");
            database.jdbc()
                    .update(
                            "UPDATE run SET state = 'PUBLISHED' WHERE run_id = ?",
                            published.id().value());
            enter(database, begun, "z", 1, "DONE");
            enter(database, begun, "c", 2, "TODO");
            enter(database, begun, "a", 4, "TODO");

            database.migrate("latest");

            assertThat(database.tasks().toDo(begun, 0, 10))
                    .extracting(task -> task.id().value(), OpenTask::place, OpenTask::inputLine)
                    .containsExactly(tuple("c", 2L, 3L), tuple("a", 4L, 5L));
            assertThat(database.tasks().counts(begun.id())).isEqualTo(new Counts(3, 2, 0, 0, 0, 0));
            assertThat(database.tasks().of(published.id(), 0, 10)).isEmpty();
        }
    }

    private static void enter(LedgerDatabase database, Run run, String id, long place, String state) {
        database.jdbc()
                .update(
                        "INSERT INTO task (run_id, task_id, place, input_line, state) VALUES (?, ?, ?, ?, ?)",
                        run.id().value(),
                        id,
                        place,
                        place + 1,
                        state);
    }
}
