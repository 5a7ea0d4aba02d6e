package org.mediaarchiver.audit;

import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Text;

/**
 * One thing that is not as it should be.
 *
 * <p>Key and detail are safe on a terminal and as CSV cells, whatever the bucket holds.
 *
 * @param run the run concerned, null where none is
 * @param key the object's key, or the path of a file in a folder; percent-encoded to ASCII
 * @param what exactly, at most 200 characters
 */
public record Finding(FindingCode code, @Nullable RunId run, String key, String what) {
    public Finding {
        key = Text.percentEncoded(key);
        what = new Detail(what).text();
    }
}
