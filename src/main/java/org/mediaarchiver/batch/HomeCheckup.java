package org.mediaarchiver.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.function.Consumer;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Sizes;

/** Looks at the folder in which the program keeps its things, and makes none that is not there. */
final class HomeCheckup {
    /** What the database and the files of a run take up, with some to spare. */
    private static final long LEAST_BYTES = 100_000_000;

    private final Path home;
    private final Consumer<Check> told;

    HomeCheckup(Path home, Consumer<Check> told) {
        this.home = home;
        this.told = told;
    }

    /** What can be done with the home. */
    enum State {
        /** It is there, and this user's own. */
        THERE,
        /** The first run makes it. */
        TO_BE_MADE,
        UNUSABLE
    }

    /**
     * Looks at it.
     *
     * @param largest size of the largest file that a run would download, in bytes
     */
    State examine(long largest) {
        Path folder = nearestThatExists();
        boolean there = folder.equals(home);
        boolean usable = there ? isOurs() : canBeMade(folder);
        space(folder, largest);
        if (!usable) {
            return State.UNUSABLE;
        }
        return there ? State.THERE : State.TO_BE_MADE;
    }

    private Path nearestThatExists() {
        Path folder = home;
        while (!Files.exists(folder) && folder.getParent() != null) {
            folder = folder.getParent();
        }
        return folder;
    }

    private boolean canBeMade(Path folder) {
        boolean fine = Files.isDirectory(folder) && Files.isWritable(folder);
        told.accept(
                fine
                        ? Check.ok("home", home + " is not there yet; the first run makes it.")
                        : Check.fault(
                                "home",
                                home + " is not there, and this user cannot make it in " + folder
                                        + ". Make it for this user, or set archiver.home."));
        return fine;
    }

    private boolean isOurs() {
        try {
            Path trial = Files.createTempFile(home, ".doctor-", "");
            UserPrincipal user;
            try {
                user = Files.getOwner(trial);
            } finally {
                Files.delete(trial);
            }
            UserPrincipal owner = Files.getOwner(home);
            if (!owner.equals(user)) {
                told.accept(Check.fault(
                        "home",
                        home + " belongs to " + owner.getName() + ", and this is " + user.getName()
                                + ". Start the program as " + owner.getName()
                                + ", or its files will belong to two users."));
                return false;
            }
            told.accept(Check.ok("home", home + " is this user's own and can be written."));
            return true;
        } catch (IOException e) {
            told.accept(Check.fault(
                    "home",
                    home + " cannot be written (" + e.getClass().getSimpleName()
                            + "). Make it a folder of this user, or set archiver.home."));
            return false;
        }
    }

    private void space(Path folder, long largest) {
        long free;
        try {
            free = Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            told.accept(Check.untried("home.space", "How much room is on the disk is not known."));
            return;
        }
        String room = Sizes.text(free) + " are free on the disk of " + home;
        if (free < LEAST_BYTES) {
            told.accept(Check.fault("home.space", room + ": make room, or set archiver.home to another disk."));
        } else if (free < largest) {
            told.accept(Check.note(
                    "home.space",
                    room + ", and one file may have " + Sizes.text(largest)
                            + ". A run stops where the disk is full: make room, or lower archiver.media.max-size."));
        } else {
            told.accept(Check.ok("home.space", room + "."));
        }
    }
}
