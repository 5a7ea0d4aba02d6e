package org.mediaarchiver.taskservice;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Pattern;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.OpenFiles;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Secret;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.Text;
import org.mediaarchiver.http.RequestRate;
import org.mediaarchiver.http.RetryAfter;
import org.mediaarchiver.http.TransportFailure;
import org.mediaarchiver.taskservice.AnswerBody.NoTask;
import org.mediaarchiver.taskservice.AnswerBody.State;
import org.mediaarchiver.taskservice.AnswerBody.Task;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the task service about tasks, again where a failure passes, and never faster than it may.
 *
 * <p>One client serves all tasks of a run: the rate, the pauses and what is known of the service's health are shared. Thread-safe;
 * calls block, so each belongs on a virtual thread of its own. The token is sent to the base URL's host and nowhere else.
 */
public final class TaskServiceClient implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TaskServiceClient.class);

    /** An answer that makes no sense is seldom better the next time. */
    private static final int ATTEMPTS_FOR_SENSE = 3;

    private static final int LONGEST_WORD = 64;
    private static final byte[] NOTHING = {};
    private static final Pattern UNSAFE_IN_A_WORD = Pattern.compile("[^A-Za-z0-9_.-]");

    private final TaskServiceSettings settings;
    private final InstantSource clock;
    private final String tasksUrl;
    private final RequestRate rate;
    private final ServiceHealth health;
    private final Connection connection;

    /** Opens no connection before the first task is asked about. */
    public TaskServiceClient(TaskServiceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        tasksUrl = tasksUrl(settings.baseUrl());
        rate = new RequestRate(settings.requestsPerSecond());
        health = new ServiceHealth(settings.baseUrl());
        connection = new Connection(settings);
    }

    /** Returns what a task's id is added to. */
    static String tasksUrl(URI baseUrl) {
        return baseUrl.toString().replaceFirst("/+$", "") + "/avatar/task/";
    }

    /**
     * Asks about a task until the service has answered or the attempts are used up.
     *
     * @throws StopException if no task needs to be asked about any more: the token, the account or its quota is refused; the first
     *     20 answers were plain 404s; or 20 tasks in a row were given up; also if no further connection can be opened
     * @throws InterruptedException if the thread is interrupted, whatever it waits for
     */
    public TaskAnswer ask(TaskId task) throws InterruptedException {
        String url = tasksUrl + task;
        Secret refused = null;
        int failures = 0;
        while (true) {
            Secret token = settings.token().get();
            if (refused != null && refused.reveal().equals(token.reveal())) {
                throw tokenRefused();
            }
            rate.acquire();
            switch (send(url, token)) {
                case Verdict.Settled settled -> {
                    health.answered();
                    return settled.answer();
                }
                case Verdict.NotFound notFound -> {
                    health.notFound();
                    return notFound.answer();
                }
                case Verdict.TokenRefused ignored -> {
                    // The token may have been renewed since, and its file is read again for each request.
                    if (refused != null) {
                        throw tokenRefused();
                    }
                    refused = token;
                }
                case Verdict.Passing passing -> {
                    failures++;
                    Duration wait = waitAfter(passing, failures);
                    log.debug("Task {}, try {}: {}", task, failures, passing.told());
                    if (failures >= attempts(passing.reason())) {
                        return givenUp(passing, failures);
                    }
                    Thread.sleep(wait);
                }
            }
        }
    }

    /**
     * Tells whether plain 404s are all that was answered so far.
     *
     * <p>As long as it is so, the base URL may be wrong: then every task would end as not found, for good. Whoever records outcomes
     * keeps those that have come back until this is false, until no task is left to ask about, or until {@link #ask} stops the run,
     * in which case they are void; no more than 19 of them say not found. Once an answer has made it false it stays false.
     */
    public boolean isAddressInDoubt() {
        return health.isAddressInDoubt();
    }

    /** Closes all connections. */
    @Override
    public void close() {
        connection.close();
    }

    private Verdict send(String url, Secret token) throws InterruptedException {
        try {
            Reply reply = connection.get(url, token);
            return judge(url, reply, token);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw (InterruptedException) new InterruptedException("asking was interrupted").initCause(e);
            }
            OpenFiles.requireNotExhausted(e);
            String word = TransportFailure.of(e).word();
            return new Verdict.Passing(Reason.SERVICE_UNAVAILABLE, "no answer (" + word + ")", Optional.empty());
        }
    }

    private Verdict judge(String url, Reply reply, Secret token) {
        byte[] bytes = reply.body();
        AnswerBody body = TaskResultParser.parse(bytes == null ? NOTHING : bytes);
        String told = told(reply, body, token);
        return switch (AnswerTable.meaning(reply.status(), body.code())) {
            case READ ->
                bytes == null
                        ? settled(Reason.BAD_RESPONSE, told + ": the body is larger than 1 MiB")
                        : read(url, bytes, body.content(), told, token);
            case UNKNOWN_TASK -> settled(Reason.NOT_FOUND, told);
            case BARE_NOT_FOUND ->
                new Verdict.NotFound(new TaskAnswer.NotDone(null, Reason.NOT_FOUND, new Detail(told)));
            case REJECTED -> settled(Reason.REJECTED, told);
            case NOT_THE_SERVICE ->
                settled(
                        Reason.BAD_RESPONSE,
                        told + ": no answer of a task service; check archiver.task-service.base-url");
            case SLOW_DOWN -> passing(Reason.RATE_LIMITED, told, reply);
            case PASSING -> passing(Reason.SERVICE_UNAVAILABLE, told, reply);
            case TOKEN_REFUSED -> new Verdict.TokenRefused();
            case PAYMENT_REQUIRED -> throw refused(told, "asks for payment", "Top up the account");
            case QUOTA_SPENT ->
                throw refused(told, "says that the quota is used up", "Top up the account or wait for its renewal");
            case FORBIDDEN ->
                throw refused(
                        told,
                        "forbids the request",
                        "Check what the token's account may do and whether this machine's address is admitted");
        };
    }

    private Verdict read(String url, byte[] bytes, AnswerBody.Content content, String told, Secret token) {
        return switch (content) {
            case NoTask none -> new Verdict.Passing(Reason.BAD_RESPONSE, told + ": " + none.why(), Optional.empty());
            case Task task -> new Verdict.Settled(answer(url, bytes, task, token));
        };
    }

    private TaskAnswer answer(String url, byte[] bytes, Task task, Secret token) {
        String raw = task.workStatus();
        String workStatus = raw == null ? null : Text.cut(Text.percentEncoded(without(token, raw)), LONGEST_WORD);
        if (task.state() == State.DONE && task.videoUrl() != null) {
            return new TaskAnswer.Done(
                    workStatus, bytes, SourceUrl.of(url), clock.instant(), task.videoUrl(), task.previewUrl());
        }
        Reason reason = switch (task.state()) {
            case DONE, NOT_READY -> Reason.NOT_READY;
            case MODERATED -> Reason.MODERATED;
            case GENERATION_FAILED -> Reason.GENERATION_FAILED;
            case UNKNOWN -> Reason.BAD_RESPONSE;
        };
        String missing = task.state() == State.DONE ? " without a video URL" : "";
        return new TaskAnswer.NotDone(workStatus, reason, new Detail(task.told() + missing));
    }

    private static Verdict settled(Reason reason, String told) {
        return new Verdict.Settled(new TaskAnswer.NotDone(null, reason, new Detail(told)));
    }

    private Verdict passing(Reason reason, String told, Reply reply) {
        return new Verdict.Passing(reason, told, RetryAfter.parse(reply.retryAfter(), clock));
    }

    private TaskAnswer givenUp(Verdict.Passing last, int tries) {
        Detail detail = new Detail(last.told() + "; tried " + tries + (tries == 1 ? " time" : " times"));
        if (last.reason() == Reason.BAD_RESPONSE) {
            health.answered();
        } else {
            health.gaveUp(last.reason(), detail);
        }
        return new TaskAnswer.NotDone(null, last.reason(), detail);
    }

    private int attempts(Reason reason) {
        int attempts = settings.retries().attempts();
        return reason == Reason.BAD_RESPONSE ? Math.min(attempts, ATTEMPTS_FOR_SENSE) : attempts;
    }

    /** Returns how long this task has to wait; where the service is tired of all tasks, all of them wait. */
    private Duration waitAfter(Verdict.Passing failure, int failures) {
        Duration wait = settings.retries().delayAfter(failures);
        Duration asked = failure.retryAfter().orElse(Duration.ZERO);
        if (failure.reason() == Reason.RATE_LIMITED || failure.retryAfter().isPresent()) {
            rate.pauseFor(asked.compareTo(wait) > 0 ? asked : wait);
            return Duration.ZERO;
        }
        return wait;
    }

    private static String told(Reply reply, AnswerBody body, Secret token) {
        String code = body.code();
        String requestId = body.requestId() != null ? body.requestId() : reply.requestId();
        return "HTTP " + reply.status()
                + (code == null ? "" : "; code " + word(code, token))
                + (requestId == null ? "" : "; request id " + word(requestId, token));
    }

    private static String word(String text, Secret token) {
        return Text.cut(UNSAFE_IN_A_WORD.matcher(without(token, text)).replaceAll(""), LONGEST_WORD);
    }

    /** A service that answers with what it was sent must not make us write it down. */
    private static String without(Secret token, String text) {
        return token.reveal().isEmpty() ? text : text.replace(token.reveal(), token.toString());
    }

    private static StopException tokenRefused() {
        return new StopException(
                "The task service refused the token (401). Check archiver.task-service.token or its file,"
                        + " then run the same command again; nothing was lost.");
    }

    private static StopException refused(String told, String what, String cure) {
        return new StopException("The task service " + what + " (" + told + "). " + cure
                + ", then run the same command again; nothing was lost.");
    }
}
