package org.mediaarchiver.batch;

import java.time.Instant;
import java.util.List;
import org.mediaarchiver.domain.Check;
import org.mediaarchiver.domain.Check.Result;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of all checks.
 *
 * @param at when the last of them was made
 * @param version of this program
 */
public record DoctorReport(Instant at, String version, List<Check> checks) {
    private static final String FORMAT = "media-archiver-doctor/1";

    /** Tells whether anything has to be mended. */
    public boolean hasFaults() {
        return count(Result.FAULT) > 0;
    }

    private long count(Result result) {
        return checks.stream().filter(check -> check.result() == result).count();
    }

    /** Returns a check as a line for a person. */
    public static String line(Check check) {
        return "%-7s  %-20s  %s".formatted(check.result().word(), check.name(), check.message());
    }

    /** Returns what all of it comes to, as a line for a person. */
    public String conclusion() {
        long faults = count(Result.FAULT);
        long notes = count(Result.NOTE);
        String also = notes == 0
                ? ""
                : " A run copes with what the note%s say%s.".formatted(notes == 1 ? "" : "s", notes == 1 ? "s" : "");
        if (faults > 0) {
            return "%d fault%s to mend, from the top down.".formatted(faults, faults == 1 ? "" : "s") + also;
        }
        return "A run can begin." + also;
    }

    /** Returns everything for a program. */
    public String json() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("format", FORMAT);
        root.put("version", version);
        root.put("checked_at", at.toString());
        root.put("result", hasFaults() ? Result.FAULT.word() : Result.OK.word());
        ArrayNode list = root.putArray("checks");
        for (Check check : checks) {
            list.addObject()
                    .put("name", check.name())
                    .put("result", check.result().word())
                    .put("message", check.message());
        }
        return root.toPrettyString();
    }
}
