package org.mediaarchiver.archive;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.storage.ObjectStore.ObjectVersion;
import org.mediaarchiver.taskservice.TaskAnswer.Done;
import org.mediaarchiver.taskservice.TaskAnswer.NotDone;
import org.mediaarchiver.taskservice.TaskServiceClient;

/** Tells what {@link TaskRepairer} would find and try, as far as that can be told without reading a file or writing anything. */
public final class RepairSurvey {
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private final ObjectStore store;

    public RepairSurvey(TaskServiceClient taskService, MediaFetcher media, ObjectStore store) {
        this.taskService = taskService;
        this.media = media;
        this.store = store;
    }

    /** Whether a repair is likely to go well. */
    public enum Chance {
        GOOD,
        NONE
    }

    /**
     * What is known of one object beforehand.
     *
     * @param state how it is now, in a few words
     * @param remedy what would be tried, or why nothing could be
     */
    public record Prospect(String state, String remedy, Chance chance) {}

    /** Asks store, task service and media host about one damaged object. */
    public Prospect look(TaskId task, Stored expected) throws InterruptedException {
        StoredObject object = expected.object();
        try {
            Optional<ObjectHead> head = store.head(object.key());
            String state = state(object, head);
            if (head.isPresent() && !store.replaces()) {
                return new Prospect(
                        state, "only if a trial with --apply shows that the store keeps to If-Match", Chance.NONE);
            }
            List<ObjectVersion> versions = store.earlierVersions(object.key()).stream()
                    .filter(version -> version.size() == object.content().size())
                    .toList();
            return versions.isEmpty()
                    ? source(task, expected, state)
                    : new Prospect(
                            state,
                            "version " + versions.getFirst().versionId() + " if its bytes are right, else the source",
                            Chance.GOOD);
        } catch (IOException e) {
            return new Prospect("unknown", "none: the store does not tell enough of it", Chance.NONE);
        }
    }

    private static String state(StoredObject object, Optional<ObjectHead> head) {
        if (head.isEmpty()) {
            return "missing";
        }
        return head.get().size() == object.content().size() ? "to be read" : "changed";
    }

    private Prospect source(TaskId task, Stored expected, String state) throws InterruptedException {
        return switch (taskService.ask(task)) {
            case NotDone other -> new Prospect(state, "none: " + other.reason().meaning(), Chance.NONE);
            case Done done
            when expected.role() == Role.RESULT ->
                Sha256.of(done.body()).equals(expected.object().content().sha256())
                        ? new Prospect(state, "the source", Chance.GOOD)
                        : new Prospect(state, "none: the service's answer is another one now", Chance.NONE);
            case Done done -> mediaHost(done, expected, state);
        };
    }

    private Prospect mediaHost(Done done, Stored expected, String state) {
        String url = expected.role() == Role.VIDEO ? done.videoUrl() : done.previewUrl();
        if (url == null) {
            return new Prospect(state, "none: the service names no such file any more", Chance.NONE);
        }
        OptionalLong size = media.size(url);
        long needed = expected.object().content().size();
        return size.isPresent() && size.getAsLong() != needed
                ? new Prospect(state, "none: the source has another size now", Chance.NONE)
                : new Prospect(state, "the source", Chance.GOOD);
    }
}
