package org.mediaarchiver.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.taskservice.TaskServiceCheckup;
import org.mediaarchiver.taskservice.TaskServiceSettings;

/**
 * Tries what a run needs, in the order in which one thing needs another.
 *
 * <p>It takes the home's lock only while it looks at the home's own database, so that it does not keep a run from beginning, and
 * works beside one that has begun.
 */
public final class Doctor {
    private final Settings settings;
    private final TaskServiceSettings taskService;
    private final S3ObjectStore store;
    private final DatabaseCheckup database;
    private final InstantSource clock;
    private final String version;

    Doctor(
            Settings settings,
            TaskServiceSettings taskService,
            S3ObjectStore store,
            DatabaseCheckup database,
            InstantSource clock,
            String version) {
        this.settings = settings;
        this.taskService = taskService;
        this.store = store;
        this.database = database;
        this.clock = clock;
        this.version = version;
    }

    /**
     * Tries everything.
     *
     * @param told is given each check as soon as it is made
     */
    public DoctorReport examine(Consumer<Check> told) throws InterruptedException {
        List<Check> checks = new ArrayList<>();
        Consumer<Check> kept = check -> {
            checks.add(check);
            told.accept(check);
        };
        long largest = settings.media().maxSize().toBytes();
        kept.accept(Check.ok(
                "java",
                "Java " + Runtime.version() + " with up to "
                        + Sizes.text(Runtime.getRuntime().maxMemory()) + " of heap."));
        HomeCheckup.State home = new HomeCheckup(settings.home(), kept).examine(largest);
        if (settings.tables().postgres() != null) {
            kept.accept(database.examine());
        }
        lock(home, kept);
        tokenFile(kept);
        new TaskServiceCheckup(taskService, clock, kept).examine();
        store.checkUp(settings.storage().prefix(), largest, kept);
        return new DoctorReport(clock.instant().truncatedTo(ChronoUnit.SECONDS), version, checks);
    }

    /** Takes the lock for as long as it takes to look at the database in the home, if it is there. */
    private void lock(HomeCheckup.State state, Consumer<Check> told) {
        boolean inHome = settings.tables().postgres() == null;
        Path home = settings.home();
        // To take the lock would make the home that is not there.
        if (state != HomeCheckup.State.THERE || !Files.exists(home.resolve("lock"))) {
            if (inHome) {
                told.accept(
                        state == HomeCheckup.State.UNUSABLE
                                ? Check.untried("database", "The database is not looked at before the home is mended.")
                                : Check.ok("database", "There is none in " + home + " yet; the first run makes it."));
            }
            return;
        }
        try (Home held = Home.open(home, clock)) {
            told.accept(Check.ok("home.lock", "No run is at work in " + held.path() + "."));
            if (inHome) {
                told.accept(database.examine());
            }
        } catch (Home.LockedException e) {
            told.accept(Check.note("home.lock", "A run is at work (" + e.holder() + "); another would end with 11."));
            if (inHome) {
                told.accept(Check.untried("database", "The database is that run's for now."));
            }
        } catch (StopException e) {
            told.accept(Check.fault("home.lock", String.valueOf(e.getMessage())));
        }
    }

    private void tokenFile(Consumer<Check> told) {
        Path file = settings.taskService().tokenFile();
        if (file == null) {
            return;
        }
        try {
            Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
            told.accept(
                    rights.contains(PosixFilePermission.OTHERS_READ)
                            ? Check.note(
                                    "service.token-file",
                                    "Every user of this machine can read the token in " + file
                                            + ": take that right away.")
                            : Check.ok("service.token-file", "Others cannot read the token in " + file + "."));
        } catch (IOException | UnsupportedOperationException e) {
            told.accept(Check.untried("service.token-file", "Who can read the token in " + file + " is not known."));
        }
    }
}
