package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mediaarchiver.ledger.LedgerDatabase.START;
import static org.mediaarchiver.ledger.LedgerDatabase.lines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.ledger.LedgerDatabase;
import org.mediaarchiver.ledger.Outcomes;
import org.mediaarchiver.ledger.Run;
import org.mediaarchiver.ledger.TaskTable.SettledTask;

class RunListingTest {
    @ParameterizedTest
    @EnumSource(LedgerDatabase.Kind.class)
    void runsAreListedTheNewestFirstWithWhatBecameOfThem(LedgerDatabase.Kind kind, @TempDir Path folder)
            throws IOException {
        try (LedgerDatabase database = new LedgerDatabase(kind, folder.resolve("db"));
                Home home = Home.open(folder.resolve("home"), InstantSource.system())) {
            RunListing listing =
                    new RunListing(home, database.runs(), database.tasks(), database.rows(), database.archives());
            assertThat(listing.text()).isEqualTo("No runs yet in " + home.path() + ".");

            Run first = database.begin();
            database.tasks().add(first, lines("a", "b", "c"));
            List<OpenTask> open = database.tasks().toDo(first, -1, 3);
            database.tasks()
                    .settle(
                            first,
                            List.of(
                                    new SettledTask(open.get(0), Outcomes.archived("a")),
                                    new SettledTask(open.get(1), Outcomes.all("b", Reason.NOT_READY)),
                                    new SettledTask(open.get(2), Outcomes.withoutVideo("c", Reason.GONE))),
                            START);
            database.runs().beginPublication(first, database.tasks().counts(first.id()), START);
            database.runs().published(first.id(), Sha256.of(new byte[1]));
            Path manifest = Files.createDirectories(home.run(first.id())).resolve("manifest.csv");
            Files.createFile(manifest);
            Run second = database.begin("media", "backfill", first.options());
            Run elsewhere = database.begin("media", "nightly", first.options());
            database.runs().beginPublication(elsewhere, database.tasks().counts(elsewhere.id()), START);
            database.runs().published(elsewhere.id(), Sha256.of(new byte[2]));

            String form = "%-23s  %-12s  %-10s  %9s  %9s  %9s  %9s";
            assertThat(listing.text().lines().map(String::stripTrailing))
                    .containsExactly(
                            form.formatted("run", "job", "state", "tasks", "stored", "pending", "failed")
                                    + "  manifest",
                            form.formatted(elsewhere.id(), "nightly", "published", 0, 0, 0, 0)
                                    + "  s3://media/runs/dt=2026-11-23/" + elsewhere.id() + "/manifest.csv",
                            form.formatted(second.id(), "backfill", "unfinished", 0, 0, 0, 0),
                            form.formatted(first.id(), "nightly", "published", 3, 4, 3, 2) + "  " + manifest);
        }
    }
}
