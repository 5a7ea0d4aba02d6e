package org.mediaarchiver.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ObjectOutcome;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.OpenTask;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.StoredObject.Content;
import org.mediaarchiver.domain.TaskOutcome;
import org.mediaarchiver.media.Fetch;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.media.Spool;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.ObjectStore.NewObject;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.storage.ObjectStore.ObjectVersion;
import org.mediaarchiver.taskservice.TaskAnswer;
import org.mediaarchiver.taskservice.TaskAnswer.Done;
import org.mediaarchiver.taskservice.TaskAnswer.NotDone;
import org.mediaarchiver.taskservice.TaskServiceClient;

/**
 * Makes good what is damaged of one task: looks at the object once more, then for its bytes among its earlier versions, then at
 * its source, and stores what has the digest that was archived.
 *
 * <p>Nothing else is ever stored, nothing is deleted, and an object that is as it must be is not touched. One that is not is
 * replaced only as long as it is still the one that was looked at. Safe for use by many threads; what happens to an object is
 * always a value, and thrown is only what stops the whole run.
 */
public final class TaskRepairer {
    /** One read that gives other bytes can be the network's doing; two that do are the store's. */
    private static final int READS = 2;

    private final RunId run;
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private final ObjectStore store;
    private final InstantSource clock;

    /** @param run in which the objects are made good */
    public TaskRepairer(
            RunId run, TaskServiceClient taskService, MediaFetcher media, ObjectStore store, InstantSource clock) {
        this.run = run;
        this.taskService = taskService;
        this.media = media;
        this.store = store;
        this.clock = clock;
    }

    /**
     * Repairs the task's damaged objects, and leaves the others as they are.
     *
     * @throws org.mediaarchiver.domain.StopException if the task service, the store or the disk cannot be used at all
     */
    public TaskOutcome repair(OpenTask task) throws InterruptedException {
        Attempt attempt = new Attempt(task);
        List<ObjectOutcome> objects = new ArrayList<>();
        for (Role role : Role.values()) {
            Optional<Stored> damaged = task.damaged(role);
            objects.add(
                    damaged.isPresent()
                            ? attempt.repair(damaged.get())
                            : task.settled(role).orElseThrow());
        }
        return new TaskOutcome(task.id(), attempt.workStatus(), objects);
    }

    /** How an object is found. */
    private sealed interface Condition {
        record Sound(StoredObject object) implements Condition {}

        record Missing() implements Condition {}

        record Changed(ObjectHead head) implements Condition {}

        record Unknown(Reason reason, Detail detail) implements Condition {}
    }

    private Condition look(StoredObject expected) {
        try {
            Optional<ObjectHead> head = store.head(expected.key());
            if (head.isEmpty()) {
                return new Condition.Missing();
            }
            if (head.get().size() != expected.content().size()) {
                return new Condition.Changed(head.get());
            }
            for (int reads = 0; reads < READS; reads++) {
                StoredObject read =
                        FullRead.of(store, head.get(), expected.content().contentType(), clock);
                if (read.content().equals(expected.content())) {
                    return new Condition.Sound(read);
                }
            }
            return new Condition.Changed(head.get());
        } catch (NoSuchFileException e) {
            return new Condition.Missing();
        } catch (AccessDeniedException e) {
            return new Condition.Unknown(Reason.STORE_REFUSED, new Detail("the store does not give the object out"));
        } catch (IOException e) {
            return new Condition.Unknown(Reason.STORE_UNAVAILABLE, new Detail("the object could not be looked at"));
        }
    }

    /** One attempt at the damaged objects of a task. */
    private final class Attempt {
        private final OpenTask task;
        private @Nullable TaskAnswer answer;
        private @Nullable NamedFiles files;

        Attempt(OpenTask task) {
            this.task = task;
        }

        /** Returns what the service says of the task, or null where it did not have to be asked. */
        @Nullable
        String workStatus() {
            TaskAnswer told = answer;
            return told == null ? null : told.workStatus();
        }

        ObjectOutcome repair(Stored expected) throws InterruptedException {
            return switch (look(expected.object())) {
                case Condition.Sound sound ->
                    new Stored(
                            expected.role(), Reason.ADOPTED, sound.object(), expected.source(), expected.fetchedAt());
                case Condition.Unknown unknown ->
                    new NotStored(expected.role(), unknown.reason(), unknown.detail(), expected.source());
                case Condition.Missing ignored -> restore(expected, null);
                case Condition.Changed changed when store.replaces() -> restore(expected, changed.head());
                case Condition.Changed ignored -> {
                    Detail detail = new Detail("the store was not found to keep to If-Match: nothing was overwritten;"
                            + " move the object away and repair again");
                    yield new NotStored(expected.role(), Reason.KEY_CONFLICT, detail, expected.source());
                }
            };
        }

        /** @param bad what is under the key instead, null where there is nothing */
        private ObjectOutcome restore(Stored expected, @Nullable ObjectHead bad) throws InterruptedException {
            StoredObject object = expected.object();
            List<ObjectVersion> versions = List.of();
            boolean isUnseen = false;
            try {
                versions = store.earlierVersions(object.key());
            } catch (IOException e) {
                isUnseen = true;
            }
            for (ObjectVersion version : versions) {
                if (version.size() == object.content().size()) {
                    try {
                        Optional<ObjectOutcome> restored = fromVersion(version, expected, bad);
                        if (restored.isPresent()) {
                            return restored.get();
                        }
                    } catch (IOException e) {
                        isUnseen = true;
                    }
                }
            }
            ObjectOutcome outcome = fromSource(expected, bad);
            return isUnseen ? withVersionsUnseen(outcome) : outcome;
        }

        private Optional<ObjectOutcome> fromVersion(ObjectVersion version, Stored expected, @Nullable ObjectHead bad)
                throws IOException, InterruptedException {
            try (Spool spool = kept(version, expected.role())) {
                return spool.sha256().equals(digest(expected))
                        ? Optional.of(put(expected, bad, spool.body(), expected.source(), expected.fetchedAt()))
                        : Optional.empty();
            }
        }

        private Spool kept(ObjectVersion version, Role role) throws IOException {
            try (InputStream bytes = store.open(version)) {
                return media.keep(task.id(), role, bytes);
            }
        }

        private static ObjectOutcome withVersionsUnseen(ObjectOutcome outcome) {
            return switch (outcome) {
                case Stored stored -> stored;
                case NotStored lost -> {
                    Detail detail = lost.detail();
                    Detail more = new Detail(
                            "not all earlier versions could be looked at" + (detail == null ? "" : "; " + detail));
                    yield new NotStored(
                            lost.role(), lost.reason(), more, lost.source(), lost.received(), lost.fetchedAt());
                }
            };
        }

        private ObjectOutcome fromSource(Stored expected, @Nullable ObjectHead bad) throws InterruptedException {
            return switch (answer()) {
                case NotDone other -> new NotStored(expected.role(), other.reason(), other.detail(), expected.source());
                case Done done
                when expected.role() == Role.RESULT -> {
                    Content content = new Content(
                            done.body().length,
                            Sha256.of(done.body()),
                            expected.object().content().contentType());
                    yield accept(expected, bad, new Body.Bytes(done.body()), content, done.source(), done.receivedAt());
                }
                case Done done -> fromMediaHost(files(done), expected, bad);
            };
        }

        private ObjectOutcome fromMediaHost(NamedFiles named, Stored expected, @Nullable ObjectHead bad)
                throws InterruptedException {
            Role role = expected.role();
            String url = named.url(role);
            if (url == null) {
                Detail detail = new Detail("the task service names no such file any more");
                return new NotStored(role, Reason.SOURCE_CHANGED, detail, expected.source());
            }
            return named.fetch(role, url, fetched -> accept(expected, bad, fetched));
        }

        /** One answer serves all objects of the task. */
        private TaskAnswer answer() throws InterruptedException {
            TaskAnswer told = answer;
            if (told == null) {
                told = taskService.ask(task.id());
                answer = told;
            }
            return told;
        }

        private NamedFiles files(Done done) {
            NamedFiles named = files;
            if (named == null) {
                named = new NamedFiles(task.id(), done, taskService, media);
                files = named;
            }
            return named;
        }

        private ObjectOutcome accept(Stored expected, @Nullable ObjectHead bad, Fetch.Fetched fetched)
                throws InterruptedException {
            Spool spool = fetched.spool();
            Content content =
                    new Content(spool.size(), spool.sha256(), fetched.type().contentType());
            return accept(expected, bad, spool.body(), content, fetched.source(), fetched.fetchedAt());
        }

        private ObjectOutcome accept(
                Stored expected,
                @Nullable ObjectHead bad,
                Body body,
                Content received,
                SourceUrl source,
                Instant fetchedAt)
                throws InterruptedException {
            if (received.sha256().equals(digest(expected))) {
                return put(expected, bad, body, source, fetchedAt);
            }
            Detail detail = new Detail("%d bytes were archived; the source has %d others now"
                    .formatted(expected.object().content().size(), received.size()));
            return new NotStored(expected.role(), Reason.SOURCE_CHANGED, detail, source, received, fetchedAt);
        }

        private ObjectOutcome put(
                Stored expected,
                @Nullable ObjectHead bad,
                Body body,
                @Nullable SourceUrl source,
                @Nullable Instant fetchedAt)
                throws InterruptedException {
            Role role = expected.role();
            Content content = expected.object().content();
            NewObject object =
                    new NewObject(expected.object().key(), body, content, ObjectMetadata.of(task.id(), run, source));
            Creation creation = bad == null ? store.create(object) : store.replace(object, bad);
            return switch (creation) {
                case Creation.Created created -> new Stored(role, null, created.object(), source, fetchedAt);
                case Creation.Same same -> new Stored(role, Reason.ADOPTED, same.object(), source, fetchedAt);
                case Creation.Different ignored -> {
                    Detail detail = new Detail("another object came under the key meanwhile");
                    yield new NotStored(role, Reason.KEY_CONFLICT, detail, source, content, fetchedAt);
                }
                case Creation.NotCreated failed ->
                    new NotStored(role, failed.reason(), failed.detail(), source, content, fetchedAt);
            };
        }

        private static Sha256 digest(Stored expected) {
            return expected.object().content().sha256();
        }
    }
}
