package org.mediaarchiver.taskservice;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.http.RetryPolicy;

/** Clients with waits of milliseconds. */
final class Clients {
    static final String TOKEN = "sk-planted-7f3a9c";
    static final TaskId TASK = new TaskId("67930a6f8d5ac20007a77b1c");
    static final Instant NOW = Instant.parse("2026-11-23T02:00:00.700Z");
    static final InstantSource CLOCK = InstantSource.fixed(NOW);
    static final String DONE = "{\"web_work_status\":200,\"no_wm_work_video_path\":\"https://cdn.example/v.mp4\"}";
    static final RetryPolicy THREE_TRIES = new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2));
    static final RetryPolicy ONE_TRY = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

    private Clients() {}

    static TaskServiceSettings settings(URI baseUrl, RetryPolicy retries) {
        return new TaskServiceSettings(
                baseUrl, () -> new Secret(TOKEN), 0, retries, Duration.ofSeconds(5), Duration.ofSeconds(5), 64);
    }

    static TaskServiceClient client(ScriptedServer server) {
        return client(server.url(), THREE_TRIES);
    }

    static TaskServiceClient client(URI baseUrl, RetryPolicy retries) {
        return new TaskServiceClient(settings(baseUrl, retries), CLOCK);
    }

    static TaskAnswer ask(ScriptedServer server) throws InterruptedException {
        try (TaskServiceClient client = client(server)) {
            return client.ask(TASK);
        }
    }

    static TaskId task(int number) {
        return new TaskId("task-" + number);
    }

    /** Asks about many tasks at once; a stop is among the ends like any answer. */
    static List<Object> askAll(TaskServiceClient client, int tasks) throws Exception {
        List<Callable<TaskAnswer>> calls = IntStream.range(0, tasks)
                .mapToObj(i -> (Callable<TaskAnswer>) () -> client.ask(task(i)))
                .toList();
        List<Object> ends = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<TaskAnswer> call : threads.invokeAll(calls)) {
                try {
                    ends.add(call.get());
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof StopException stop)) {
                        throw e;
                    }
                    ends.add(stop);
                }
            }
        }
        return ends;
    }
}
