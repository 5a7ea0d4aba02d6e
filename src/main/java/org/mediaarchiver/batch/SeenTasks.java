package org.mediaarchiver.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.TaskId;

/**
 * The tasks that a list has named so far, so that one which it names again is found without a row of each in the tables.
 *
 * <p>Of each it keeps eight bytes of a digest, which makes 16 MB for a million of them.
 */
final class SeenTasks {
    private final MessageDigest sha256 = Sha256.newDigest();
    private long[] places = new long[1 << 10];
    private int count;

    /**
     * Notes a task.
     *
     * @return false for one that was not noted before, which is certain; true for one that was, which is wrong for one task in some
     *     ten million lists of a million
     */
    boolean isRepeated(TaskId task) {
        if (!note(digest(task), places)) {
            return true;
        }
        count++;
        if (count > places.length / 2) {
            long[] more = new long[places.length * 2];
            for (long digest : places) {
                if (digest != 0) {
                    note(digest, more);
                }
            }
            places = more;
        }
        return false;
    }

    private long digest(TaskId task) {
        byte[] bytes = sha256.digest(task.value().getBytes(StandardCharsets.US_ASCII));
        long digest = ByteBuffer.wrap(bytes).getLong();
        // An empty place is 0.
        return digest == 0 ? 1 : digest;
    }

    private static boolean note(long digest, long[] places) {
        int mask = places.length - 1;
        int place = (int) digest & mask;
        while (places[place] != 0) {
            if (places[place] == digest) {
                return false;
            }
            place = (place + 1) & mask;
        }
        places[place] = digest;
        return true;
    }
}
