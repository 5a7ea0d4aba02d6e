package org.mediaarchiver.batch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.batch.ArchiveRequest.Choice;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TaskState;
import org.mediaarchiver.ledger.ArchiveTable;
import org.mediaarchiver.ledger.TaskTable;
import org.mediaarchiver.media.MediaFetcher;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.tasklist.InputLine;
import org.mediaarchiver.tasklist.TaskListReader;
import org.mediaarchiver.taskservice.TaskAnswer;
import org.mediaarchiver.taskservice.TaskServiceClient;

/**
 * Tells what a run would do: asks the task service about each task and the media hosts about sizes.
 *
 * <p>No body is downloaded, nothing is written to the bucket, and no run is begun.
 */
public final class DryRun {
    private static final int PAGE = 1000;

    private final Settings settings;
    private final ArchiveTable archives;
    private final TaskTable tasks;
    private final TaskServiceClient taskService;
    private final MediaFetcher media;
    private final S3ObjectStore store;
    private final InputCopies inputs;

    DryRun(
            Settings settings,
            ArchiveTable archives,
            TaskTable tasks,
            TaskServiceClient taskService,
            MediaFetcher media,
            S3ObjectStore store,
            InputCopies inputs) {
        this.settings = settings;
        this.archives = archives;
        this.tasks = tasks;
        this.taskService = taskService;
        this.media = media;
        this.store = store;
        this.inputs = inputs;
    }

    /** What a task would come to: a reason why not, or its files. */
    private record Prospect(@Nullable Reason reason, List<OptionalLong> sizes) {}

    /**
     * What a run would do.
     *
     * @param ready tasks that are done
     * @param files that would be downloaded
     * @param bytes their sizes, as far as the media hosts tell them
     * @param sizesUnknown files whose size no host told
     * @param archivedBefore tasks that earlier runs archived
     * @param failedBefore tasks that failed for good in earlier runs
     * @param notTaken tasks beyond the limit
     * @param rejected lines that name no task
     * @param others tasks that would not be archived, by reason
     */
    public record Plan(
            long ready,
            long files,
            long bytes,
            long sizesUnknown,
            long archivedBefore,
            long failedBefore,
            long notTaken,
            long rejected,
            Map<Reason, Long> others) {

        /** Returns the plan as lines for a person. */
        public String text() {
            List<String> lines = new ArrayList<>();
            lines.add("dry run: nothing was downloaded, nothing was stored");
            String unknown = sizesUnknown == 0 ? "" : " and %,d of unknown size".formatted(sizesUnknown);
            lines.add("%,d %s to archive: %,d %s, %s%s"
                    .formatted(ready, tasks(ready), files, files == 1 ? "file" : "files", Sizes.text(bytes), unknown));
            add(lines, archivedBefore, "archived by earlier runs");
            add(lines, failedBefore, "failed for good in earlier runs (--retry-failed takes them up again)");
            add(lines, notTaken, "beyond --limit");
            others.forEach((reason, count) ->
                    add(lines, count, reason.status().word() + " " + reason + ": " + reason.meaning()));
            if (rejected > 0) {
                lines.add(rejected == 1 ? "1 line names no task" : "%,d lines name no task".formatted(rejected));
            }
            return String.join(System.lineSeparator(), lines);
        }

        private static String tasks(long count) {
            return count == 1 ? "task" : "tasks";
        }

        private static void add(List<String> lines, long count, String what) {
            if (count > 0) {
                lines.add("%,d %s %s".formatted(count, tasks(count), what));
            }
        }
    }

    /**
     * Plans a request.
     *
     * @throws org.mediaarchiver.domain.StopException if the input, the task service or the store cannot be used
     */
    public Plan plan(ArchiveRequest request) throws InterruptedException {
        store.requireUsable(settings.storage().prefix());
        Settings.Storage storage = settings.storage();
        int archiveId = archives.idOf(Objects.toString(storage.endpoint(), ""), storage.bucket(), storage.prefix());
        Set<TaskId> named = new LinkedHashSet<>();
        long rejected = readInput(request, named);
        boolean failedToo = request.input() == null && request.has(Choice.RETRY_FAILED);
        List<TaskState> states = failedToo ? List.of(TaskState.OPEN, TaskState.FAILED) : List.of(TaskState.OPEN);
        new LeftTasks(tasks, archiveId, request.job(), states).forEachRemaining(named::add);
        Map<TaskState, Long> before = new EnumMap<>(TaskState.class);
        List<TaskId> open = open(request, archiveId, named, before);
        Long limit = request.limit();
        int taken = limit == null ? open.size() : (int) Math.min(open.size(), limit);
        return ask(
                open.subList(0, taken),
                before.getOrDefault(TaskState.ARCHIVED, 0L),
                before.getOrDefault(TaskState.FAILED, 0L),
                open.size() - taken,
                rejected);
    }

    private long readInput(ArchiveRequest request, Collection<TaskId> named) {
        String input = request.input();
        if (input == null) {
            return 0;
        }
        long rejected = 0;
        InputCopies.Copy copy = inputs.copy(input, request.column());
        try (TaskListReader lines = TaskListReader.open(copy.file(), input, request.column())) {
            for (InputLine line = lines.next(); line != null; line = lines.next()) {
                switch (line) {
                    case InputLine.Task task -> named.add(task.id());
                    case InputLine.Rejected ignored -> rejected++;
                }
            }
        }
        inputs.discard(copy);
        return rejected;
    }

    private List<TaskId> open(ArchiveRequest request, int archiveId, Set<TaskId> named, Map<TaskState, Long> before) {
        List<TaskId> open = new ArrayList<>();
        Iterator<TaskId> all = named.iterator();
        while (all.hasNext()) {
            List<TaskId> page = new ArrayList<>();
            while (all.hasNext() && page.size() < PAGE) {
                page.add(all.next());
            }
            Map<String, TaskState> settled =
                    tasks.settled(archiveId, page.stream().map(TaskId::value).toList());
            for (TaskId task : page) {
                TaskState state = settled.get(task.value());
                boolean again = state == TaskState.FAILED && request.has(Choice.RETRY_FAILED);
                if (state == null || again) {
                    open.add(task);
                } else {
                    before.merge(state, 1L, Long::sum);
                }
            }
        }
        return open;
    }

    private Plan ask(List<TaskId> open, long archivedBefore, long failedBefore, long notTaken, long rejected)
            throws InterruptedException {
        long ready = 0;
        long files = 0;
        long bytes = 0;
        long unknown = 0;
        Map<Reason, Long> others = new EnumMap<>(Reason.class);
        try (LookAhead<TaskId, Prospect> asked =
                new LookAhead<>(open.iterator(), settings.concurrency(), this::prospect)) {
            for (Optional<Prospect> next = asked.next(); next.isPresent(); next = asked.next()) {
                Prospect prospect = next.get();
                Reason reason = prospect.reason();
                if (reason != null) {
                    others.merge(reason, 1L, Long::sum);
                    continue;
                }
                ready++;
                files += prospect.sizes().size();
                bytes += prospect.sizes().stream()
                        .mapToLong(size -> size.orElse(0))
                        .sum();
                unknown +=
                        prospect.sizes().stream().filter(OptionalLong::isEmpty).count();
            }
        }
        return new Plan(ready, files, bytes, unknown, archivedBefore, failedBefore, notTaken, rejected, others);
    }

    private Prospect prospect(TaskId task) throws InterruptedException {
        return switch (taskService.ask(task)) {
            case TaskAnswer.NotDone answer -> new Prospect(answer.reason(), List.of());
            case TaskAnswer.Done answer -> {
                List<OptionalLong> sizes = new ArrayList<>();
                sizes.add(media.size(answer.videoUrl()));
                String preview = answer.previewUrl();
                if (preview != null) {
                    sizes.add(media.size(preview));
                }
                yield new Prospect(null, sizes);
            }
        };
    }
}
