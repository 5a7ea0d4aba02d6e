package org.mediaarchiver.batch;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.manifest.RunFile;
import org.springframework.batch.infrastructure.item.ItemReader;

/**
 * Reads the files of a run in their order of publication.
 *
 * <p>It keeps no place: a run that is published again makes every file again, finds the same bytes, and goes on with those that
 * are missing.
 */
final class PublishReader implements ItemReader<RunFile> {
    private final Iterator<RunFile> files = List.of(RunFile.values()).iterator();

    @Override
    public @Nullable RunFile read() {
        return files.hasNext() ? files.next() : null;
    }
}
