package org.mediaarchiver.taskservice;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.TaskId;
import org.mediaarchiver.domain.TlsFailure;
import org.mediaarchiver.http.RetryPolicy;
import org.mediaarchiver.http.TransportFailure;

/**
 * Asks the task service about a task that does not exist: once without the token, to see who answers, and once with it.
 *
 * <p>A plain 404 is what a task that is unknown may get, and what any web server says of an address that it does not know. That
 * nobody was let through without a token tells the two apart.
 */
public final class TaskServiceCheckup {
    /** It has the form of the ids that the service gives, and a time within it that was before there was a service. */
    private static final TaskId MADE_UP = new TaskId("000000000000000000000000");

    private static final RetryPolicy SHORT = new RetryPolicy(2, Duration.ofSeconds(1), Duration.ofSeconds(1));

    private final TaskServiceSettings settings;
    private final InstantSource clock;
    private final Consumer<Check> told;

    /** @param told is given each check as soon as it is made */
    public TaskServiceCheckup(TaskServiceSettings settings, InstantSource clock, Consumer<Check> told) {
        this.settings = new TaskServiceSettings(
                settings.baseUrl(),
                settings.token(),
                settings.requestsPerSecond(),
                SHORT,
                settings.connectTimeout(),
                settings.responseTimeout(),
                settings.connections());
        this.clock = clock;
        this.told = told;
    }

    /** Asks both questions. */
    public void examine() throws InterruptedException {
        int asNobody;
        try {
            asNobody = statusForNobody();
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw (InterruptedException) new InterruptedException("the check was interrupted").initCause(e);
            }
            told.accept(Check.fault("service.connection", unreachable(e)));
            told.accept(
                    Check.untried("service.token", "The token is not tried before the task service can be reached."));
            return;
        }
        told.accept(connected());
        try (TaskServiceClient service = new TaskServiceClient(settings, clock)) {
            TaskAnswer answer = service.ask(MADE_UP);
            told.accept(service.isAddressInDoubt() ? plainNotFound(asNobody) : token(answer));
        } catch (StopException e) {
            told.accept(Check.fault("service.token", String.valueOf(e.getMessage())));
        }
    }

    private int statusForNobody() throws IOException {
        try (Connection connection = new Connection(settings)) {
            return connection
                    .get(TaskServiceClient.tasksUrl(settings.baseUrl()) + MADE_UP, null)
                    .status();
        }
    }

    private Check connected() {
        boolean secure = "https".equalsIgnoreCase(settings.baseUrl().getScheme());
        return secure
                ? Check.ok("service.connection", "The task service at " + settings.baseUrl() + " answers.")
                : Check.note(
                        "service.connection",
                        "The task service at " + settings.baseUrl()
                                + " answers, and the token travels there unencrypted: an https"
                                + " URL would be better as archiver.task-service.base-url.");
    }

    private String unreachable(IOException e) {
        String where = "The task service at " + settings.baseUrl();
        String cure = " Correct archiver.task-service.base-url, ";
        return switch (TransportFailure.of(e)) {
            case DNS -> where + " cannot be found: its host name is unknown." + cure + "or see to this machine's DNS.";
            case REFUSED ->
                where + " cannot be reached: nothing accepts connections there." + cure
                        + "or see to what lies between.";
            case TLS ->
                where + " cannot be trusted: " + TlsFailure.of(e).text() + "." + cure
                        + "or see to this Java's trust store.";
            case TIMEOUT -> where + " does not answer in time." + cure + "or try again when it is up.";
            case RESET -> where + " cuts connections without an answer." + cure + "or try again when it is up.";
            case PROTOCOL, IO -> where + " does not answer in HTTP." + cure + "or see to what lies between.";
        };
    }

    private Check plainNotFound(int asNobody) {
        if (asNobody == 401 || asNobody == 403) {
            return Check.ok(
                    "service.token",
                    "The task service takes the token: with it a made-up task is not found (a plain 404), and without it nobody is"
                            + " let through (" + asNobody + ").");
        }
        return Check.fault(
                "service.token",
                "A made-up task is not found with the token, and not without it either (a plain 404, then " + asNobody
                        + "): so a web server answers where there is no task service. Correct archiver.task-service.base-url,"
                        + " to which /avatar/task/ and an id are added; if it is right, archive --dry-run --limit 1 with a task"
                        + " that exists shows it.");
    }

    private static Check token(TaskAnswer answer) {
        if (!(answer instanceof TaskAnswer.NotDone said)) {
            return Check.ok("service.token", "The task service takes the token.");
        }
        String detail = " (" + said.detail() + ")";
        return switch (said.reason()) {
            case NOT_FOUND ->
                Check.ok(
                        "service.token",
                        "The task service takes the token, and says that a made-up task does not exist" + detail + ".");
            case REJECTED ->
                Check.note(
                        "service.token",
                        "The task service rejects the question about a made-up task" + detail
                                + ", and so does not tell whether it takes the token.");
            case BAD_RESPONSE ->
                Check.fault(
                        "service.token",
                        "What answers is no task service" + detail
                                + ". Correct archiver.task-service.base-url, and see whether"
                                + " a proxy or a login page stands before it.");
            case RATE_LIMITED ->
                Check.fault(
                        "service.token",
                        "The task service asks to slow down" + detail
                                + ", so the token is not tried. Try again in a while;"
                                + " where it stays so, lower archiver.task-service.requests-per-second.");
            case SERVICE_UNAVAILABLE ->
                Check.fault(
                        "service.token",
                        "The task service is not well" + detail + ", so the token is not tried. Try again when it is.");
            default ->
                Check.ok(
                        "service.token",
                        "The task service takes the token, and answers for a made-up task" + detail + ".");
        };
    }
}
