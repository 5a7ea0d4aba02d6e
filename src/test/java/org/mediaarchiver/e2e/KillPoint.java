package org.mediaarchiver.e2e;

import static org.mediaarchiver.testing.HaltPoint.after;
import static org.mediaarchiver.testing.HaltPoint.before;

import org.mediaarchiver.testing.HaltPoint;

/**
 * Where a process is killed, in the order in which a run comes by.
 *
 * <p>Points within a task are those of the task {@code large}, whose video is too large for memory and for a single request. A
 * method that is renamed fails its test: the process then ends by itself.
 */
enum KillPoint {
    TABLES_HALF_MADE(
            Progress.NOTHING,
            before("org.flywaydb.core.internal.sqlscript.DefaultSqlScriptExecutor", "executeStatement")
                    .atCall(5)),
    INPUT_COPIED(Progress.NOTHING, before("ledger.RunTable", "insert")),
    LIST_READ_NOT_COMMITTED(Progress.NOTHING, after("batch.LoadWriter", "write")),
    LIST_COMMITTED(Progress.NOTHING, before("batch.LookAheadReader", "open")),

    K01_CLAIMED(Progress.FIRST_CHUNK, before("batch.LookAheadReader", "settle").seeing("large")),
    K02_ANSWERED_NOT_USED(
            Progress.FIRST_CHUNK, after("taskservice.TaskServiceClient", "ask").seeing("large")),
    K03_SPOOL_MADE(Progress.FIRST_CHUNK, after("media.SpoolWriter", "openFile")),
    K04_MID_DOWNLOAD(Progress.FIRST_CHUNK, before("media.SpoolWriter", "note").atCall(3)),
    K05_LAST_BYTE(Progress.FIRST_CHUNK, before("media.SpoolWriter", "finish").seeing("large.video")),
    K06_HASHED(Progress.FIRST_CHUNK, after("media.MediaFetcher", "fetch").seeing("large.*VIDEO")),
    K07_BEFORE_THE_PUT(Progress.FIRST_CHUNK, before("storage.S3Calls", "put").seeing("media/large/video.mp4")),
    K08_MULTIPART_CREATED(Progress.FIRST_CHUNK, after("storage.S3Calls", "startUpload")),
    K09_BETWEEN_PARTS(Progress.FIRST_CHUNK, after("storage.S3Calls", "sendPart")),
    K10_BEFORE_COMPLETE(Progress.FIRST_CHUNK, before("storage.S3Calls", "complete")),
    K11_PUT_SENT_ANSWER_LOST(Progress.FIRST_CHUNK, new AnswerLost("media/large/preview.webp")),
    K11_COMPLETE_SENT_ANSWER_LOST(Progress.FIRST_CHUNK, new AnswerLost("media/large/video.mp4")),
    K12_STORED_NOT_VERIFIED(
            Progress.FIRST_CHUNK, before("storage.S3ObjectStore", "confirm").seeing("media/large/video.mp4")),
    K13_VERIFIED_NOT_COMMITTED(
            Progress.FIRST_CHUNK, after("archive.TaskArchiver", "archive").seeing("large")),
    /** A work file is gone before its task is committed to the database: committed is the object. */
    K14_STORED_SPOOL_THERE(Progress.FIRST_CHUNK, before("media.Spool", "close").seeing("large.video")),
    K15_BETWEEN_FILES(
            Progress.FIRST_CHUNK, before("media.MediaFetcher", "fetch").seeing("large.*PREVIEW")),
    K15_BEFORE_THE_RESULT(Progress.FIRST_CHUNK, before("storage.S3Calls", "put").seeing("media/large/result.json")),
    K16_BEFORE_THE_CHUNKS_COMMIT(Progress.NOTHING, after("batch.ArchiveWriter", "write")),
    K16_AFTER_THE_CHUNKS_COMMIT(
            Progress.FIRST_CHUNK, before("batch.LookAheadReader", "read").atCall(9)),

    K17_FILE_MADE(Progress.ALL_TASKS, before("manifest.RunFiles", "manifestCsv")),
    K18_MID_WRITE(Progress.ALL_TASKS, before("manifest.Rejects", "line").atCall(1400)),
    K19_FORCED_NOT_RENAMED(
            Progress.ALL_TASKS, before("manifest.ResultFolder", "readBack").seeing("manifest.csv")),
    K20_RENAMED(
            Progress.ALL_TASKS, after("manifest.ResultFolder$Placed", "<init>").seeing("manifest.csv")),
    K21_SOME_UPLOADED(
            Progress.ALL_TASKS, before("manifest.RunPublication", "publish").seeing("file=REPORT_HTML,")),
    K22_ALL_BUT_RUN_JSON(
            Progress.ALL_TASKS, before("manifest.RunPublication", "publish").seeing("file=RUN_JSON,")),
    K23_RUN_JSON_WITHOUT_ITS_MARK(
            Progress.ALL_TASKS, before("manifest.RunPublication", "publish").seeing("file=RUN_JSON_SHA256,")),
    K24_MARK_UP_RUN_NOT_CLOSED(Progress.MARK, before("ledger.RunTable", "published")),
    K24_MARK_UP_JOB_NOT_CLOSED(
            Progress.RUN_CLOSED, before("batch.PublishReader", "read").atCall(9));

    /** What has come about of a run by then. */
    enum Progress {
        NOTHING,
        /** Eight tasks are committed. */
        FIRST_CHUNK,
        ALL_TASKS,
        /** The commit mark is in the bucket. */
        MARK,
        /** And the ledger knows. */
        RUN_CLOSED
    }

    /** How the process comes to its end. */
    sealed interface Kill {}

    /** It halts where it comes to this place. */
    record Halt(HaltPoint place) implements Kill {}

    /** It is killed while it waits to hear that this object was stored. */
    record AnswerLost(String key) implements Kill {}

    private final Progress progress;

    @SuppressWarnings("ImmutableEnumChecker") // A record of strings and patterns.
    private final Kill kill;

    KillPoint(Progress progress, HaltPoint place) {
        this(progress, new Halt(place));
    }

    KillPoint(Progress progress, Kill kill) {
        this.progress = progress;
        this.kill = kill;
    }

    Progress progress() {
        return progress;
    }

    Kill kill() {
        return kill;
    }

    /**
     * Returns where the process halts.
     *
     * @throws ClassCastException where it is killed from outside
     */
    HaltPoint place() {
        return ((Halt) kill).place();
    }

    /** Tells whether the process is within the task {@code large}. */
    boolean isWithinATask() {
        return compareTo(K01_CLAIMED) >= 0 && compareTo(K15_BEFORE_THE_RESULT) <= 0;
    }

    /** Returns the size of that task's video, which must have several parts where one is to be left. */
    int videoBytes() {
        return this == K09_BETWEEN_PARTS ? 65 * 1024 * 1024 : 6 * 1024 * 1024;
    }

    /** Returns how many lines of the list are to be no tasks: a file of some size is written in pieces. */
    int badLines() {
        return this == K18_MID_WRITE ? 1500 : 0;
    }
}
