package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;

class ResultFolderTest {
    private static final byte[] BYTES = SmallRun.ascii("bytes");

    @TempDir
    private Path dir;

    @Test
    void aFileIsPutInPlaceWithWhatIsKnownOfItsBytes() throws IOException {
        ResultFolder.Placed file = new ResultFolder(dir.resolve("runs/one"))
                .place(
                        "run.json",
                        "application/json",
                        out -> out.write(BYTES),
                        in -> assertThat(in.readAllBytes()).isEqualTo(BYTES));

        assertThat(file.path()).isEqualTo(dir.resolve("runs/one/run.json")).hasBinaryContent(BYTES);
        assertThat(file.content()).isEqualTo(new StoredObject.Content(5, Sha256.of(BYTES), "application/json"));
    }

    @Test
    void aFileThatCannotBeWrittenToItsEndLeavesNothing() {
        assertThatThrownBy(() -> new ResultFolder(dir)
                        .place(
                                "run.json",
                                "application/json",
                                out -> {
                                    out.write(BYTES);
                                    throw new IOException("No space left on device");
                                },
                                in -> {}))
                .hasMessage("No space left on device");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aFileThatIsNotWhatItShouldBeOnceReadBackIsNotPutInPlace() {
        assertThatThrownBy(() -> new ResultFolder(dir)
                        .place(
                                "manifest.csv",
                                "text/csv",
                                out -> out.write(BYTES),
                                in -> RunCounts.of(new ManifestReader(in))))
                .isInstanceOf(MalformedManifestException.class);
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void bytesThatChangeBetweenWritingAndReadingAreNoticed() {
        assertThatThrownBy(() -> new ResultFolder(dir)
                        .place(
                                "run.json",
                                "application/json",
                                out -> out.write(BYTES),
                                in -> Files.writeString(dir.resolve("run.json.part"), "rot")))
                .hasMessage("the disk gives back other bytes than were written");
        assertThat(dir).isEmptyDirectory();
    }
}
