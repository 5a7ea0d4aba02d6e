package org.mediaarchiver.manifest;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Rfc3339;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.VerifyMethod;

/** The columns of a manifest, in their order: the one place that says what stands in each. */
enum Column {
    RUN_ID(Type.STRING, "The run that wrote the row."),
    INPUT_LINE(
            Type.INTEGER,
            "Physical line of the task's first occurrence in the input; the header is line 1."
                    + " Empty for a task carried over from an earlier run."),
    TASK_ID(Type.STRING, "The id under which the task service knows the task."),
    ROLE(Type.STRING, "What the object is to its task."),
    STATUS(Type.STRING, "What became of the object in this run."),
    REASON(Type.STRING, "Why; empty where this run stored the object."),
    ATTEMPTS(Type.INTEGER, "How often the task was tried, over all runs."),
    BUCKET(Type.STRING, "The bucket that holds the object; empty where there is no object."),
    KEY(Type.STRING, "The object's whole key; empty where there is no object."),
    VERSION_ID(
            Type.STRING,
            "The store's version of the object; its first character is percent-encoded where a formula could begin with it."),
    SIZE_BYTES(Type.INTEGER, "Bytes received; empty where not all of them were."),
    SHA256(Type.STRING, "SHA-256 of the bytes received."),
    CONTENT_TYPE(Type.STRING, "Media type, told by the bytes."),
    ETAG(Type.STRING, "The store's entity tag, without quotes."),
    STORE_CHECKSUM(Type.STRING, "The store's own checksum, as ALG:TYPE:base64."),
    SOURCE_URL(
            Type.STRING,
            "Where the bytes came from, query and fragment removed, percent-encoded to ASCII without commas and quotes."),
    SOURCE_URL_SHA256(Type.STRING, "SHA-256 of the whole URL, query included."),
    WORK_STATUS(
            Type.STRING,
            "The service's web_work_status as it came; the sign of a negative one is percent-encoded (%2D101 is -101),"
                    + " since no cell begins with a minus sign."),
    FETCHED_AT(Type.DATETIME, "When the last byte had been received, in UTC."),
    STORED_AT(Type.DATETIME, "When the store confirmed the object, in UTC."),
    VERIFY_METHOD(Type.STRING, "How the stored object was verified."),
    ERROR_DETAIL(Type.STRING, "What happened, where the reason alone does not tell.");

    /** What kind of value a column holds; times are texts in JSON. */
    enum Type {
        STRING,
        INTEGER,
        DATETIME;

        /** Returns the type as Frictionless Table Schema names it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final String HEADER = Arrays.stream(values()).map(Column::title).collect(Collectors.joining(","));

    /** All columns, in the order of a row. */
    static final List<Column> ALL = List.of(values());

    private final String title = name().toLowerCase(Locale.ROOT);
    private final String jsonName = '"' + title + "\":";
    private final Type type;
    private final String description;

    Column(Type type, String description) {
        this.type = type;
        this.description = description;
    }

    /** Returns the column's name in the header. */
    String title() {
        return title;
    }

    /** Returns the column's name as it stands before its value in JSON. */
    String jsonName() {
        return jsonName;
    }

    Type type() {
        return type;
    }

    String description() {
        return description;
    }

    private @Nullable String text(ManifestRow row) {
        return switch (this) {
            case RUN_ID -> row.runId().value();
            case INPUT_LINE -> number(row.inputLine());
            case TASK_ID -> row.taskId().value();
            case ROLE -> row.role().word();
            case STATUS -> row.status().word();
            case REASON -> name(row.reason());
            case ATTEMPTS -> Integer.toString(row.attempts());
            case BUCKET -> row.bucket();
            case KEY -> row.key();
            case VERSION_ID -> row.versionId();
            case SIZE_BYTES -> number(row.sizeBytes());
            case SHA256 -> hex(row.sha256());
            case CONTENT_TYPE -> row.contentType();
            case ETAG -> row.etag();
            case STORE_CHECKSUM -> row.storeChecksum();
            case SOURCE_URL -> row.sourceUrl();
            case SOURCE_URL_SHA256 -> hex(row.sourceUrlSha256());
            case WORK_STATUS -> row.workStatus();
            case FETCHED_AT -> time(row.fetchedAt());
            case STORED_AT -> time(row.storedAt());
            case VERIFY_METHOD -> word(row.verifyMethod());
            case ERROR_DETAIL -> row.errorDetail();
        };
    }

    /** Returns what stands in the row's cells, in the order of the columns; an empty text where there is nothing. */
    static String[] cells(ManifestRow row) {
        String[] cells = new String[ALL.size()];
        for (int i = 0; i < cells.length; i++) {
            String text = ALL.get(i).text(row);
            cells[i] = text == null ? "" : text;
        }
        return cells;
    }

    /** Returns what stands in this column. */
    @SuppressWarnings("EnumOrdinal") // The order of the columns is that of the cells.
    String in(String[] cells) {
        return cells[ordinal()];
    }

    /**
     * Returns the row as a line of {@code manifest.csv}, without its end.
     *
     * @throws IllegalStateException if a cell would need quotes or could be taken for a formula
     */
    static String line(ManifestRow row) {
        StringBuilder line = new StringBuilder(512);
        String[] cells = cells(row);
        for (int i = 0; i < cells.length; i++) {
            line.append(i == 0 ? "" : ",").append(Csv.safe(cells[i], ALL.get(i).title(), row::sortKey));
        }
        return line.toString();
    }

    /** Spells an instant in RFC 3339, in UTC, to the millisecond. */
    static @Nullable String time(@Nullable Instant instant) {
        return instant == null ? null : Rfc3339.format(instant);
    }

    private static @Nullable String number(@Nullable Long number) {
        return number == null ? null : number.toString();
    }

    private static @Nullable String name(@Nullable Reason reason) {
        return reason == null ? null : reason.name();
    }

    private static @Nullable String word(@Nullable VerifyMethod method) {
        return method == null ? null : method.word();
    }

    private static @Nullable String hex(@Nullable Sha256 digest) {
        return digest == null ? null : digest.hex();
    }
}
