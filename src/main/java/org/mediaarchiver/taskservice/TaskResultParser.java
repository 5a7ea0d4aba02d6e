package org.mediaarchiver.taskservice;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.taskservice.AnswerBody.Content;
import org.mediaarchiver.taskservice.AnswerBody.NoTask;
import org.mediaarchiver.taskservice.AnswerBody.State;
import org.mediaarchiver.taskservice.AnswerBody.Task;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the three shapes in which the service sends a task, and the shapes of its errors.
 *
 * <p>A task comes as the object itself, in {@code {"code", "data"}}, or in {@code {"code", "data": {"status", "data"}}}. Any field
 * may be absent, null or blank, and the three mean the same; fields that are not needed are not looked at.
 */
final class TaskResultParser {
    private static final String WORK_STATUS = "web_work_status";
    private static final String VIDEO_URL = "no_wm_work_video_path";
    private static final String PREVIEW_URL = "work_webp_path";

    /** The published example has 75 tokens in 2 levels. The tree of a hostile megabyte would take fifty times its size. */
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxTokenCount(100_000)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> CODES_OF_SUCCESS = Set.of("0", "200", "success");

    /** What an envelope's {@code status} decides. {@code SUCCESS} decides nothing: the task in it has the last word. */
    private static final Map<String, State> ENVELOPE_STATES = Map.of(
            "NOT_START", State.NOT_READY,
            "SUBMITTED", State.NOT_READY,
            "QUEUED", State.NOT_READY,
            "IN_PROGRESS", State.NOT_READY,
            "SUCCESS", State.DONE,
            "FAILURE", State.GENERATION_FAILED,
            "UNKNOWN", State.UNKNOWN);

    /** An integer as a number or a text; {@code 200.0} is one as well. */
    private static final Pattern INTEGER = Pattern.compile("([+-]?[0-9]{1,9})(?:\\.0+)?");

    private static final Pattern REQUEST_ID = Pattern.compile("request id: ?([A-Za-z0-9_-]{1,64})");

    private TaskResultParser() {}

    /** Reads a body; bytes that are no JSON object are no task, and no error. */
    static AnswerBody parse(byte[] body) {
        JsonNode root;
        try {
            root = MAPPER.readTree(body);
        } catch (JacksonException e) {
            return unreadable("the body is not JSON or is cut");
        }
        if (root.isMissingNode()) {
            return unreadable("the body is empty");
        }
        if (!root.isObject()) {
            return unreadable("the body is not a JSON object");
        }
        JsonNode error = root.path("error");
        String code = firstText(error.path("code"), root.path("code"));
        if (code != null && CODES_OF_SUCCESS.contains(code.toLowerCase(Locale.ROOT))) {
            code = null;
        }
        return new AnswerBody(
                code, requestId(firstText(error.path("message"), root.path("message"))), content(root, code));
    }

    private static AnswerBody unreadable(String why) {
        return new AnswerBody(null, null, new NoTask(why));
    }

    private static Content content(JsonNode root, @Nullable String code) {
        boolean error = !isBlank(root.path("error")) && !isFalse(root.path("error"));
        if (error || isFalse(root.path("success"))) {
            return new NoTask("the body is an error");
        }
        if (!isBlank(root.path(WORK_STATUS))) {
            return task(root);
        }
        if (code != null) {
            return new NoTask("the body is an error");
        }
        JsonNode node = root;
        State envelope = null;
        for (int level = 0; level < 2; level++) {
            String word =
                    Objects.requireNonNullElse(text(node.path("status")), "").toUpperCase(Locale.ROOT);
            envelope = ENVELOPE_STATES.get(word);
            if (envelope != null && envelope != State.DONE) {
                return new Task(envelope, text(node.path("data").path(WORK_STATUS)), "status " + word, null, null);
            }
            JsonNode data = node.path("data");
            if (isBlank(data)) {
                break;
            }
            if (!data.isObject()) {
                return new NoTask("data is not an object");
            }
            node = data;
            if (!isBlank(node.path(WORK_STATUS))) {
                return task(node);
            }
        }
        return envelope == State.DONE
                ? task(node, State.DONE, null, "status SUCCESS")
                : new NoTask("no web_work_status");
    }

    private static Content task(JsonNode node) {
        JsonNode status = node.path(WORK_STATUS);
        String raw = status.isContainer() ? null : text(status);
        Matcher integer = INTEGER.matcher(raw == null ? "" : raw);
        if (!integer.matches()) {
            return task(node, State.UNKNOWN, raw, "web_work_status is not a number");
        }
        int number = Integer.parseInt(integer.group(1));
        return task(node, state(number), raw, "web_work_status " + number);
    }

    private static State state(int workStatus) {
        if (workStatus == 200) {
            return State.DONE;
        }
        if (workStatus >= 0) {
            return workStatus < 200 ? State.NOT_READY : State.UNKNOWN;
        }
        return workStatus <= -101 && workStatus >= -103 ? State.MODERATED : State.GENERATION_FAILED;
    }

    private static Content task(JsonNode node, State state, @Nullable String workStatus, String told) {
        JsonNode video = node.path(VIDEO_URL);
        JsonNode preview = node.path(PREVIEW_URL);
        if (state != State.DONE || isBlank(video)) {
            return new Task(state, workStatus, told, null, null);
        }
        if (!video.isString()) {
            return new NoTask("the video URL is not a text");
        }
        // A preview that is no text must not cost the video: as a URL it is refused later, on its own.
        String previewUrl = isBlank(preview) ? null : preview.isString() ? preview.stringValue() : preview.toString();
        return new Task(state, workStatus, told, video.stringValue(), previewUrl);
    }

    /** Absent, null and blank mean the same; so do an empty object and an empty array. */
    private static boolean isBlank(JsonNode node) {
        return node.isContainer() ? node.isEmpty() : text(node) == null;
    }

    private static boolean isFalse(JsonNode node) {
        return "false".equals(text(node));
    }

    private static @Nullable String firstText(JsonNode first, JsonNode second) {
        String text = text(first);
        return text == null ? text(second) : text;
    }

    /** Returns a scalar's text without the spaces around it, or null where there is none. */
    private static @Nullable String text(JsonNode node) {
        if (!node.isValueNode() || node.isNull()) {
            return null;
        }
        String text = node.asString().strip();
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String requestId(@Nullable String message) {
        Matcher id = REQUEST_ID.matcher(message == null ? "" : message);
        return id.find() ? id.group(1) : null;
    }
}
