package org.mediaarchiver.manifest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Status;

/**
 * Writes {@code rejects.csv}: one line for each task of which something failed, by task, then one for each rejected line of the
 * input, by line. It is itself an input.
 */
final class Rejects {
    static final String HEADER = "task_id,input_line,reason,detail";

    private final OutputStream out;
    private @Nullable ManifestRow failed;
    private long lastLine;

    Rejects(OutputStream out) throws IOException {
        this.out = out;
        write(HEADER);
    }

    /** Takes the next row of the manifest; a task stands once, for its video where that failed. */
    void row(ManifestRow row) throws IOException {
        if (row.status() != Status.FAILED) {
            return;
        }
        ManifestRow other = failed;
        if (other == null || !other.taskId().equals(row.taskId())) {
            endOfTask();
            failed = row;
        } else if (row.role() == Role.VIDEO) {
            failed = row;
        }
    }

    /** Ends the rows of the manifest. */
    void endOfRows() throws IOException {
        endOfTask();
        failed = null;
    }

    /**
     * Takes the next rejected line.
     *
     * @throws IllegalStateException if it stands before the last one
     */
    void line(RejectedLine rejected) throws IOException {
        if (rejected.line() <= lastLine) {
            throw new IllegalStateException("rejected line " + rejected.line() + " comes after line " + lastLine);
        }
        lastLine = rejected.line();
        write(rejected.text(), rejected.line(), rejected.reason(), rejected.detail());
    }

    private void endOfTask() throws IOException {
        ManifestRow row = failed;
        if (row != null) {
            Reason reason = Objects.requireNonNull(row.reason());
            String detail = row.errorDetail();
            write(
                    row.taskId().value(),
                    row.inputLine(),
                    reason.name(),
                    detail == null ? new Detail(reason.meaning()).text() : detail);
        }
    }

    private void write(String id, @Nullable Long inputLine, String reason, String detail) throws IOException {
        write(String.join(
                ",",
                Csv.safe(id, "task_id", () -> "a reject"),
                inputLine == null ? "" : inputLine.toString(),
                Csv.safe(reason, "reason", () -> id),
                Csv.safe(detail, "detail", () -> id)));
    }

    private void write(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
