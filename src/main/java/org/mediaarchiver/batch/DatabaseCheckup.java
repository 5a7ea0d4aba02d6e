package org.mediaarchiver.batch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.mediaarchiver.domain.Check;

/** Looks at the tables, and changes none. */
final class DatabaseCheckup {
    private static final String NAME = "database";

    private final Settings.Tables tables;
    private final String locations;

    /** @param locations of the scripts that make the tables, as Spring Boot's configuration has them */
    DatabaseCheckup(Settings.Tables tables, String locations) {
        this.tables = tables;
        this.locations = locations;
    }

    /** Looks; where the database is the home's own, its lock must be held. */
    Check examine() {
        Map<String, Object> source = DataSourceProperties.of(tables);
        String vendor = tables.postgres() == null ? "hsqldb" : "postgresql";
        try {
            Flyway flyway = Flyway.configure()
                    .dataSource(
                            Objects.toString(source.get("spring.datasource.url")),
                            Objects.toString(source.get("spring.datasource.username"), null),
                            Objects.toString(source.get("spring.datasource.password"), null))
                    .locations(locations.replace("{vendor}", vendor).split(","))
                    .load();
            return check(List.of(flyway.info().all()), flyway.info().pending().length);
        } catch (FlywayException e) {
            return Check.fault(
                    NAME,
                    DatabaseFaults.sentence(e)
                            .orElse("The database cannot be used, and does not say why. Look into its own log."));
        }
    }

    private static Check check(List<MigrationInfo> migrations, int pending) {
        if (has(migrations, MigrationState.FAILED, MigrationState.FUTURE_FAILED)) {
            return Check.fault(
                    NAME,
                    "A change of the tables was begun and not finished. Restore the database from its last copy, then run again.");
        }
        if (has(migrations, MigrationState.FUTURE_SUCCESS)) {
            return Check.fault(NAME, "The tables are those of a newer version of this program. Start that one.");
        }
        if (pending == migrations.size()) {
            return Check.ok(NAME, "The database can be used and has no tables yet; the first run makes them.");
        }
        return pending == 0
                ? Check.ok(NAME, "The database can be used, and its tables are those of this version.")
                : Check.ok(NAME, "The database can be used; the next run brings its tables up to this version.");
    }

    private static boolean has(List<MigrationInfo> migrations, MigrationState... states) {
        return migrations.stream().anyMatch(each -> Arrays.asList(states).contains(each.getState()));
    }
}
