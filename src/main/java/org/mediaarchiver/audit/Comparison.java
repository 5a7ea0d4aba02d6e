package org.mediaarchiver.audit;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;

/**
 * A row beside what the store says of its object.
 *
 * <p>What one side does not tell is not compared, and proves nothing: an object of which only the size agrees is
 * {@code UNVERIFIABLE}.
 */
final class Comparison {
    private static final String SHA256 = "SHA256:FULL_OBJECT:";

    private final ExpectedObject row;
    private final ObjectHead head;
    private final List<String> differences = new ArrayList<>();
    private boolean somethingAgrees;

    Comparison(ExpectedObject row, ObjectHead head) {
        this.row = row;
        this.head = head;
        Sha256 sha256 = row.sha256();
        if (row.size() != head.size()) {
            differences.add("%d bytes and not %d".formatted(head.size(), row.size()));
        }
        compare("ETag", row.etag(), encoded(head.etag()));
        checksum(sha256, encoded(head.storeChecksum()));
        compare("version", row.versionId(), encoded(head.versionId()));
        Sha256 recorded = head.sha256();
        // The digest that came with the object is a claim: it can tell that this is another one, never that it is the
        // same.
        if (recorded != null && !recorded.equals(sha256) && differences.isEmpty()) {
            differences.add("SHA-256 " + recorded + " recorded with it");
        }
    }

    /** The store may have learned to tell another checksum since; a SHA-256 is as good as the one that was told then. */
    private void checksum(Sha256 sha256, @Nullable String told) {
        if (told == null) {
            return;
        }
        String then = row.storeChecksum();
        if (told.startsWith(SHA256)) {
            compare("checksum", SHA256 + sha256.base64(), told);
        } else if (then != null && algorithm(then).equals(algorithm(told))) {
            compare("checksum", then, told);
        }
    }

    private static String algorithm(String checksum) {
        return checksum.substring(0, checksum.lastIndexOf(':') + 1);
    }

    private void compare(String name, @Nullable String then, @Nullable String now) {
        if (then == null || now == null) {
            return;
        }
        if (then.equals(now)) {
            somethingAgrees = true;
        } else {
            differences.add(name + " " + now + " and not " + then);
        }
    }

    /** As manifests spell what the store says. */
    private static @Nullable String encoded(@Nullable String text) {
        return text == null || text.isEmpty() ? null : Text.percentEncoded(text);
    }

    /** Returns what is wrong by what the store says, or null. */
    @Nullable
    Finding finding() {
        if (!differences.isEmpty()) {
            return finding(FindingCode.CHANGED, String.join("; ", differences));
        }
        return somethingAgrees
                ? null
                : finding(FindingCode.UNVERIFIABLE, "manifest and store name no ETag or checksum or version in common");
    }

    /** Returns what is wrong now that the bytes are known, or null. */
    @Nullable
    Finding findingAfterReading(Sha256 digest) {
        if (!digest.equals(row.sha256())) {
            String all = "SHA-256 " + digest + " read twice";
            return finding(
                    FindingCode.CHANGED, differences.isEmpty() ? all : String.join("; ", differences) + "; " + all);
        }
        return differences.isEmpty()
                ? null
                : finding(FindingCode.CHANGED, "the same bytes but " + String.join("; ", differences));
    }

    private Finding finding(FindingCode code, String what) {
        return new Finding(code, row.run(), head.key(), what);
    }
}
