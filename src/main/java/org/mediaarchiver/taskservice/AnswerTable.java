package org.mediaarchiver.taskservice;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an answer means by its code and its status alone: messages are meant for people, and change. */
final class AnswerTable {
    /** What is to be done about an answer. */
    enum Meaning {
        /** The body says what became of the task. */
        READ,
        /** The service knows no such task, and says so in its own words. */
        UNKNOWN_TASK,
        /** The task is unknown, or the address is. */
        BARE_NOT_FOUND,
        /** The service does not take this request. */
        REJECTED,
        /** A redirect, or a status that HTTP does not know: this is not the service. */
        NOT_THE_SERVICE,
        /** Too many requests. */
        SLOW_DOWN,
        /** It passes. */
        PASSING,
        /** The token is not valid. */
        TOKEN_REFUSED,
        /** The account has to pay. */
        PAYMENT_REQUIRED,
        /** The account may not ask. */
        FORBIDDEN,
        /** The account has used up what it had. */
        QUOTA_SPENT
    }

    private record Row(int first, int last, Meaning meaning) {}

    /** Codes that decide whatever the status is, even 200. */
    private static final Map<String, Meaning> CODES = Map.of(
            "insufficient_user_quota", Meaning.QUOTA_SPENT,
            "insufficient_quota", Meaning.QUOTA_SPENT,
            "quota_exceeded", Meaning.QUOTA_SPENT,
            "task_not_exist", Meaning.UNKNOWN_TASK,
            "task_origin_not_exist", Meaning.UNKNOWN_TASK);

    /** The first row that holds the status decides. */
    private static final List<Row> STATUSES = List.of(
            new Row(200, 299, Meaning.READ),
            new Row(401, 401, Meaning.TOKEN_REFUSED),
            new Row(402, 402, Meaning.PAYMENT_REQUIRED),
            new Row(403, 403, Meaning.FORBIDDEN),
            new Row(404, 404, Meaning.BARE_NOT_FOUND),
            new Row(408, 408, Meaning.PASSING),
            new Row(410, 410, Meaning.UNKNOWN_TASK),
            new Row(425, 425, Meaning.PASSING),
            new Row(429, 429, Meaning.SLOW_DOWN),
            new Row(400, 499, Meaning.REJECTED),
            new Row(500, 599, Meaning.PASSING));

    private AnswerTable() {}

    static Meaning meaning(int status, @Nullable String code) {
        Meaning known = code == null ? null : CODES.get(code);
        if (known != null) {
            return known;
        }
        return STATUSES.stream()
                .filter(row -> row.first <= status && status <= row.last)
                .findFirst()
                .map(Row::meaning)
                .orElse(Meaning.NOT_THE_SERVICE);
    }
}
