package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.mediaarchiver.domain.ManifestRow;

/**
 * What there is of a site's work when a process is gone.
 *
 * @param rows that are committed, by the run that has them
 * @param objects of the bucket, by their keys
 * @param requests how many the sources have had
 */
record Remains(Map<String, List<ManifestRow>> rows, Map<String, byte[]> objects, int requests) {
    static Remains of(Site site) throws IOException {
        return new Remains(
                site.committedRows(), site.objects(), site.source().requests().size());
    }

    /** Returns the tasks that are done with, whatever became of them. */
    Set<String> doneTasks() {
        return rows.values().stream()
                .flatMap(List::stream)
                .map(row -> row.taskId().value())
                .collect(Collectors.toSet());
    }

    /** Holds what is there once the work is finished against what there was: all of it stands, and none was done again. */
    void assertNothingHasGoneBackwards(Site site) throws IOException {
        Map<String, byte[]> now = site.objects();
        objects.forEach((key, bytes) -> assertThat(now.get(key)).as(key).isEqualTo(bytes));
        for (PublishedRun run : site.runs()) {
            assertThat(run.rows()).as("rows of %s", run.id()).containsAll(rows.getOrDefault(run.id(), List.of()));
        }
        Set<String> done = doneTasks();
        List<String> all = site.source().requests();
        assertThat(all.subList(requests, all.size()))
                .as("requests about tasks that were committed")
                .noneMatch(request -> done.contains(taskOf(request)));
    }

    /** The last part of the path is {@code task} or {@code task.mp4}. */
    static String taskOf(String request) {
        String name = request.substring(request.lastIndexOf('/') + 1);
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }
}
