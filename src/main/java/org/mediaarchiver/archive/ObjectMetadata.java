package org.mediaarchiver.archive;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.Text;

/** What an object carries so that the bucket explains itself. */
final class ObjectMetadata {
    /** S3 takes 2 KB of user metadata in all. */
    private static final int SOURCE_URL_LIMIT = 1024;

    private ObjectMetadata() {}

    /** @param source null where it was not recorded */
    static Map<String, String> of(TaskId task, RunId run, @Nullable SourceUrl source) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("task-id", task.value());
        metadata.put("run-id", run.value());
        if (source != null) {
            metadata.put("source-url", Text.cut(source.withoutQuery(), SOURCE_URL_LIMIT));
        }
        return metadata;
    }
}
