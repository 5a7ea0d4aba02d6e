package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Check.Result;

class HomeCheckupTest {
    private final List<Check> checks = new ArrayList<>();

    private HomeCheckup.State examine(Path home, long largest) {
        return new HomeCheckup(home, checks::add).examine(largest);
    }

    @Test
    void aFolderThatCannotBeWrittenIsAFault() {
        // Not even root makes files there.
        assertThat(examine(Path.of("/proc"), 1)).isEqualTo(HomeCheckup.State.UNUSABLE);

        assertThat(checks.getFirst().result()).isEqualTo(Result.FAULT);
        assertThat(checks.getFirst().message()).contains("archiver.home");
    }

    /** Root may give a folder away; to anybody else the one for temporary files is another's. */
    @Test
    void aFolderOfAnotherUserIsAFaultEvenWhereItCanBeWritten(@TempDir Path folder) throws IOException {
        UserPrincipal nobody =
                folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        Path anothers = folder;
        try {
            Files.setOwner(folder, nobody);
        } catch (FileSystemException e) {
            anothers = Path.of("/tmp");
        }
        String owner = Files.getOwner(anothers).getName();

        assertThat(examine(anothers, 1)).isEqualTo(HomeCheckup.State.UNUSABLE);

        assertThat(checks.getFirst().result()).isEqualTo(Result.FAULT);
        assertThat(checks.getFirst().message()).contains("belongs to " + owner, "Start the program as " + owner);
    }

    @Test
    void tooLittleRoomForTheLargestFileIsANote(@TempDir Path folder) {
        assertThat(examine(folder, Long.MAX_VALUE)).isEqualTo(HomeCheckup.State.THERE);

        assertThat(checks.getLast().name()).isEqualTo("home.space");
        assertThat(checks.getLast().result()).isEqualTo(Result.NOTE);
        assertThat(checks.getLast().message()).contains("archiver.media.max-size");
    }
}
