package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Sha256;

/** Where downloaded bytes wait: in the memory that all downloads share, or in a file. */
class SpoolWriterTest {
    private static final int PIECE = SpoolMemory.PIECE_BYTES;
    private static final long MANY = 1_000_000_000;

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("task.video");
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    private static Spool spool(SpoolWriter writer, byte[] bytes) {
        // Not in step with the pieces.
        for (int at = 0; at < bytes.length; at += 10_007) {
            writer.write(bytes, at, Math.min(10_007, bytes.length - at));
        }
        return writer.finish(bytes.length, Sha256.of(bytes));
    }

    private static byte[] read(Body body) throws Exception {
        try (InputStream in = body.open()) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 5 * PIECE + 3})
    void bytesInMemoryAreReadAsTheyCameAndAsOftenAsIsNeeded(int count) throws Exception {
        byte[] bytes = bytes(count);
        SpoolMemory memory = new SpoolMemory(10 * PIECE);
        // Pieces that were used before hold anything.
        List<byte[]> used = new ArrayList<>(List.of(bytes(PIECE)));
        assertThat(memory.take()).isNotNull();
        assertThat(memory.take()).isNotNull();
        memory.giveBack(used);

        try (Spool spool = spool(new SpoolWriter(file(), MANY, memory), bytes)) {
            assertThat(spool.body()).isInstanceOf(Body.Pieces.class);
            assertThat(read(spool.body())).isEqualTo(bytes);
            assertThat(read(spool.body())).isEqualTo(bytes);
            assertThat(file()).doesNotExist();
        }
    }

    @Test
    void whereNoMemoryIsLeftAllGoesToAFile() throws Exception {
        SpoolMemory memory = new SpoolMemory(3 * PIECE);
        byte[] first = bytes(2 * PIECE);
        byte[] second = bytes(3 * PIECE);

        try (Spool inMemory = spool(new SpoolWriter(directory.resolve("first"), MANY, memory), first);
                Spool spilled = spool(new SpoolWriter(file(), MANY, memory), second)) {
            assertThat(inMemory.body()).isInstanceOf(Body.Pieces.class);
            assertThat(spilled.body()).isEqualTo(new Body.File(file()));
            assertThat(read(spilled.body())).isEqualTo(second);
            assertThat(read(inMemory.body())).isEqualTo(first);
            assertThat(memory.take())
                    .as("what the file no longer needs is free")
                    .isNotNull();
        }
        assertThat(file()).doesNotExist();
    }

    @Test
    void memoryIsUsedAgainWhenASpoolIsClosedAndOnceOnlyWhereThatIsTwice() {
        SpoolMemory memory = new SpoolMemory(3 * PIECE);
        Spool other = spool(new SpoolWriter(directory.resolve("other"), MANY, memory), bytes(PIECE));
        Spool spool = spool(new SpoolWriter(file(), MANY, memory), bytes(2 * PIECE));
        assertThat(memory.take()).isNull();

        spool.close();
        spool.close();

        assertThat(memory.take()).isNotNull();
        assertThat(memory.take()).isNotNull();
        assertThat(memory.take()).as("the other's bytes are its own").isNull();
        other.close();
    }

    @Test
    void bytesThatNobodyGetsTakeUpNoMemory() {
        SpoolMemory memory = new SpoolMemory(PIECE);
        try (SpoolWriter writer = new SpoolWriter(file(), MANY, memory)) {
            writer.write(bytes(100), 0, 100);
            writer.restart();
            writer.write(bytes(100), 0, 100);
        }

        assertThat(memory.take()).isNotNull();
    }

    @Test
    void aFileThatIsAnnouncedAsTooLargeTakesNoMemory() throws Exception {
        SpoolMemory memory = new SpoolMemory(PIECE);
        try (SpoolWriter writer = new SpoolWriter(file(), PIECE, memory)) {
            writer.expect(PIECE + 1);
            writer.write(bytes(100), 0, 100);

            assertThat(memory.take()).isNotNull();
            assertThat(file()).hasSize(100);
        }
    }
}
