package org.mediaarchiver.archive;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.MediaType;
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
import org.mediaarchiver.taskservice.TaskAnswer.Done;
import org.mediaarchiver.taskservice.TaskAnswer.NotDone;
import org.mediaarchiver.taskservice.TaskServiceClient;

/**
 * Archives one task: asks for its result, downloads what it names, stores it, and tells what became of each object.
 *
 * <p>Safe for use by many threads. What happens to a task is always a value; thrown is only what stops the whole run.
 */
public final class TaskArchiver {
    private final RunId run;
    private final KeyLayout layout;
    private final Duration pendingMaxAge;
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private final ObjectStore store;
    private final InstantSource clock;

    /** @param pendingMaxAge after this long a task that is still not ready has failed */
    public TaskArchiver(
            RunId run,
            KeyLayout layout,
            Duration pendingMaxAge,
            TaskServiceClient taskService,
            MediaFetcher media,
            ObjectStore store,
            InstantSource clock) {
        this.run = run;
        this.layout = layout;
        this.pendingMaxAge = pendingMaxAge;
        this.taskService = taskService;
        this.media = media;
        this.store = store;
        this.clock = clock;
    }

    /**
     * Archives what is left to do of the task; where nothing is, no request is made.
     *
     * @throws org.mediaarchiver.domain.StopException if the task service, the store or the disk cannot be used at all; what was
     *     stored until then is found again by the next run
     */
    public TaskOutcome archive(OpenTask task) throws InterruptedException {
        List<ObjectOutcome> settled = Stream.of(Role.values())
                .flatMap(role -> task.settled(role).stream())
                .toList();
        if (settled.size() == Role.values().length) {
            return new TaskOutcome(task.id(), null, settled);
        }
        return switch (taskService.ask(task.id())) {
            case NotDone answer -> notDone(task, answer);
            case Done answer -> new Attempt(task, answer).archive();
        };
    }

    private TaskOutcome notDone(OpenTask task, NotDone answer) {
        Reason reason = isStuck(task, answer.reason()) ? Reason.STUCK : answer.reason();
        List<ObjectOutcome> objects = Stream.of(Role.values())
                .map(role -> task.settled(role).orElseGet(() -> new NotStored(role, reason, answer.detail(), null)))
                .toList();
        return new TaskOutcome(task.id(), answer.workStatus(), objects);
    }

    private boolean isStuck(OpenTask task, Reason reason) {
        Instant since = task.pendingSince();
        return reason == Reason.NOT_READY
                && since != null
                && since.plus(pendingMaxAge).isBefore(clock.instant());
    }

    /** One attempt at a task that is done. */
    private final class Attempt {
        private final OpenTask task;
        private final NamedFiles files;

        Attempt(OpenTask task, Done answer) {
            this.task = task;
            this.files = new NamedFiles(task.id(), answer, taskService, media);
        }

        TaskOutcome archive() throws InterruptedException {
            ObjectOutcome video = settledOr(Role.VIDEO, null);
            Done videoAnswer = files.answer();
            ObjectOutcome preview = settledOr(Role.PREVIEW, video);
            ObjectOutcome result = result(video, videoAnswer);
            return new TaskOutcome(task.id(), files.answer().workStatus(), List.of(preview, result, video));
        }

        private ObjectOutcome settledOr(Role role, @Nullable ObjectOutcome other) throws InterruptedException {
            Optional<ObjectOutcome> settled = task.settled(role);
            return settled.isPresent() ? settled.get() : fetchAndStore(role, other);
        }

        /** @param other what became of the task's other file, null where nothing yet */
        private ObjectOutcome fetchAndStore(Role role, @Nullable ObjectOutcome other) throws InterruptedException {
            String url = files.url(role);
            if (url == null) {
                return new NotStored(role, Reason.NO_OUTPUT, null, null);
            }
            NotStored known = knownFrom(other, role, SourceUrl.of(url));
            if (known != null) {
                return known;
            }
            return files.fetch(role, url, fetched -> store(role, fetched));
        }

        /**
         * Tells what becomes of a file whose URL is that of the other one, which needs no second request: bytes that are a video
         * are no picture, and what cannot be had for one cannot be had for the other. Only of bytes that are no video nothing
         * follows, since few of them were looked at.
         */
        private @Nullable NotStored knownFrom(@Nullable ObjectOutcome other, Role role, SourceUrl source) {
            if (other instanceof Stored stored && source.equals(stored.source())) {
                return otherKind(role, source, stored.object().content());
            }
            if (other instanceof NotStored failed
                    && source.equals(failed.source())
                    && !task.settled().contains(failed)) {
                Content received = failed.received();
                if (received != null) {
                    return otherKind(role, source, received);
                }
                return failed.reason() == Reason.NOT_MEDIA
                        ? null
                        : new NotStored(role, failed.reason(), failed.detail(), source);
            }
            return null;
        }

        private static NotStored otherKind(Role role, SourceUrl source, Content content) {
            Detail detail =
                    new Detail("the URL is that of the task's other file and its bytes are " + content.contentType());
            return new NotStored(role, Reason.NOT_MEDIA, detail, source);
        }

        private ObjectOutcome store(Role role, Fetch.Fetched fetched) throws InterruptedException {
            Spool spool = fetched.spool();
            Content content =
                    new Content(spool.size(), spool.sha256(), fetched.type().contentType());
            return create(role, fetched.type(), spool.body(), content, fetched.source(), fetched.fetchedAt());
        }

        /**
         * The answer is kept only where the video is: it is the proof of where the video came from, whatever answer the preview
         * needed after it.
         */
        private ObjectOutcome result(ObjectOutcome video, Done videoAnswer) throws InterruptedException {
            Optional<ObjectOutcome> settled = task.settled(Role.RESULT);
            if (settled.isPresent()) {
                return settled.get();
            }
            return switch (video) {
                case NotStored lost -> new NotStored(Role.RESULT, lost.reason(), lost.detail(), videoAnswer.source());
                case Stored stored -> {
                    byte[] body = videoAnswer.body();
                    Content content = new Content(body.length, Sha256.of(body), MediaType.JSON.contentType());
                    yield create(
                            Role.RESULT,
                            MediaType.JSON,
                            new Body.Bytes(body),
                            content,
                            videoAnswer.source(),
                            videoAnswer.receivedAt());
                }
            };
        }

        private ObjectOutcome create(
                Role role, MediaType type, Body body, Content content, SourceUrl source, Instant fetchedAt)
                throws InterruptedException {
            String key = layout.key(task.id(), role, type);
            Creation creation =
                    store.create(new NewObject(key, body, content, ObjectMetadata.of(task.id(), run, source)));
            return switch (creation) {
                case Creation.Created created -> new Stored(role, null, created.object(), source, fetchedAt);
                case Creation.Same same -> new Stored(role, Reason.ADOPTED, same.object(), source, fetchedAt);
                case Creation.Different other
                when role == Role.RESULT -> adoptResult(other.existing(), source, fetchedAt);
                case Creation.Different other -> conflict(role, other, content, source, fetchedAt);
                case Creation.NotCreated failed ->
                    new NotStored(role, failed.reason(), failed.detail(), source, content, fetchedAt);
            };
        }

        /** Two answers about one task differ in signatures and times: the first one stands, with its own digest. */
        private ObjectOutcome adoptResult(ObjectHead existing, SourceUrl source, Instant fetchedAt) {
            try {
                StoredObject object = FullRead.of(store, existing, MediaType.JSON.contentType(), clock);
                return new Stored(Role.RESULT, Reason.ADOPTED, object, source, fetchedAt);
            } catch (IOException e) {
                Detail detail = new Detail("the result stored earlier could not be read back");
                return new NotStored(Role.RESULT, Reason.STORE_UNAVAILABLE, detail, source);
            }
        }

        private ObjectOutcome conflict(
                Role role, Creation.Different other, Content content, SourceUrl source, Instant fetchedAt) {
            Detail detail = new Detail("the bucket holds other bytes under this key: %d stored; %d received"
                    .formatted(other.existing().size(), content.size()));
            return new NotStored(role, Reason.KEY_CONFLICT, detail, source, content, fetchedAt);
        }
    }
}
