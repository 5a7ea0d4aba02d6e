package org.mediaarchiver.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.TaskId;

/**
 * The tasks that a run has named so far, so that one which it names again is found without looking for it in the tables.
 *
 * <p>Of each it keeps sixteen bytes of a SHA-256, which makes 32 MB for a million of them. That two tasks have these in common is
 * less likely than a broken memory: for a billion of them it is one to 10<sup>20</sup>, and nobody can look for such a pair.
 */
final class SeenTasks {
    private final MessageDigest sha256 = Sha256.newDigest();

    /** Two numbers of each; an empty place has 0 as its first. */
    private long[] digests = new long[1 << 11];

    private int count;

    /**
     * Adds a task.
     *
     * @return false for one that was added before
     */
    boolean add(TaskId task) {
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(task.value().getBytes(StandardCharsets.US_ASCII)));
        long first = digest.getLong();
        if (!add(first == 0 ? 1 : first, digest.getLong(), digests)) {
            return false;
        }
        count++;
        if (count > digests.length / 3) {
            long[] more = new long[digests.length * 2];
            for (int i = 0; i < digests.length; i += 2) {
                if (digests[i] != 0) {
                    add(digests[i], digests[i + 1], more);
                }
            }
            digests = more;
        }
        return true;
    }

    private static boolean add(long first, long second, long[] digests) {
        int mask = digests.length - 1;
        int place = (int) first << 1 & mask;
        while (digests[place] != 0) {
            if (digests[place] == first && digests[place + 1] == second) {
                return false;
            }
            place = place + 2 & mask;
        }
        digests[place] = first;
        digests[place + 1] = second;
        return true;
    }
}
