package org.mediaarchiver.media;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What is done with the bytes of a video of 8 MiB that come 64 KiB at a time; the times are for a MiB. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@OperationsPerInvocation(ReceivedBytes.MEBIBYTES)
public class ReceivedBytes {
    static final int MEBIBYTES = 8;

    private static final int PIECE = 64 * 1024;
    private static final int PIECES = MEBIBYTES * 1024 * 1024 / PIECE;

    private final byte[] first = new byte[PIECE];
    private final byte[] further = new byte[PIECE];
    private final SpoolMemory memory = new SpoolMemory(2L * MEBIBYTES * 1024 * 1024);

    public ReceivedBytes() {
        box(0, 24, "ftypisom");
        box(24, 8, "moov");
        box(32, PIECES * PIECE - 32, "mdat");
        // As long as other files are on their way, pieces are kept for the next one.
        memory.take();
    }

    private void box(int at, int length, String type) {
        for (int i = 0; i < 4; i++) {
            first[at + i] = (byte) (length >>> (24 - 8 * i));
        }
        for (int i = 0; i < type.length(); i++) {
            first[at + 4 + i] = (byte) type.charAt(i);
        }
    }

    private byte[] piece(int number) {
        return number == 0 ? first : further;
    }

    @Benchmark
    public byte[] hash() {
        MessageDigest digest = Sha256.newDigest();
        for (int i = 0; i < PIECES; i++) {
            digest.update(piece(i), 0, PIECE);
        }
        return digest.digest();
    }

    @Benchmark
    public Object checkStructure() {
        MediaCheck check = new MediaCheck(Role.VIDEO);
        for (int i = 0; i < PIECES; i++) {
            if (check.accept(piece(i), 0, PIECE) != null) {
                throw new IllegalStateException("it is no video");
            }
        }
        return check.end();
    }

    @Benchmark
    public void keepInMemory() {
        try (SpoolWriter spool = new SpoolWriter(Path.of("unused"), Long.MAX_VALUE, memory)) {
            for (int i = 0; i < PIECES; i++) {
                spool.write(piece(i), 0, PIECE);
            }
        }
    }
}
