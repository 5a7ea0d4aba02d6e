package org.mediaarchiver.audit;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.audit.FindingCode.Kind;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Slice;

/**
 * What an audit came to.
 *
 * @param id of the audit, formed like that of a run
 * @param extent how closely it looked, and at which objects; its sample has a seed
 * @param looked what it looked at
 * @param findings what it found
 * @param folder where the results are kept, null where they could not be
 */
public record AuditResult(
        RunId id,
        AuditExtent extent,
        Audit.Looked looked,
        Findings findings,
        Instant startedAt,
        Instant finishedAt,
        @Nullable Path folder) {

    /** How an audit can end; what weighs more comes later. */
    public enum Verdict {
        /** Nothing was found. */
        SOUND,
        /** Objects differ from their rows, or could not be checked. */
        DIFFERENCES,
        /** The run files themselves do not hold, whatever the objects are. */
        EVIDENCE
    }

    /** Returns the one word. */
    public Verdict verdict() {
        if (findings.has(Kind.EVIDENCE)) {
            return Verdict.EVIDENCE;
        }
        return findings.has(Kind.DIFFERENCE) ? Verdict.DIFFERENCES : Verdict.SOUND;
    }

    /** Returns the audit as lines for a person; the last one is the verdict. */
    public String text() {
        List<String> lines = new ArrayList<>();
        AuditMode mode = extent.mode();
        lines.add("audit %s, mode %s: %s".formatted(id, mode.word(), mode.meaning()));
        lines.add(runs());
        if (mode.includes(AuditMode.LIST)) {
            lines.addAll(chosen());
            lines.add(String.format(
                    Locale.ROOT,
                    "%,d objects expected, %,d looked at, %,d bytes read; objects that no manifest tells of were %s",
                    looked.expected(),
                    looked.objects(),
                    looked.bytesRead(),
                    looked.extrasLookedFor() ? "looked for" : "not looked for"));
        }
        if (!looked.rowsAreWhole()) {
            lines.add("not every row could be used: the objects of the others were not looked at");
        }
        if (!looked.unfinished().isEmpty()) {
            lines.add("unfinished and passed over: " + joined(looked.unfinished()));
        }
        if (!findings.counts().isEmpty()) {
            lines.add("");
            findings.counts()
                    .forEach((code, count) -> lines.add(
                            String.format(Locale.ROOT, "  %-12s %,9d  %s", code.code(), count, code.sentence())));
        }
        FindingCode last = null;
        for (Finding finding : findings.shown()) {
            if (finding.code() != last) {
                last = finding.code();
                lines.add("");
                lines.add(last.code() + "  " + last.sentence());
                lines.add("  What to do: " + last.cure());
            }
            lines.add("  " + finding.key() + (finding.what().isEmpty() ? "" : "  " + finding.what()));
        }
        long hidden =
                findings.counts().values().stream().mapToLong(Long::longValue).sum()
                        - findings.shown().size();
        if (hidden > 0) {
            lines.add("  and " + hidden + " more" + (folder == null ? "" : ": see audit.csv"));
        }
        lines.add("");
        claimText().ifPresent(lines::add);
        lines.add(
                folder == null ? "The results could not be kept: the home cannot be written." : "results in " + folder);
        lines.add(verdictText());
        return String.join(System.lineSeparator(), lines);
    }

    /**
     * Returns what may be claimed of all objects from those that were looked at.
     *
     * @return nothing where they were all looked at, where anything was found, or where it is not known how many there are
     */
    Optional<Claim> claim() {
        boolean isSample = extent.sample() != null && looked.expected() > 0;
        boolean isWithoutFault = verdict() == Verdict.SOUND && looked.rowsAreWhole();
        return isSample && isWithoutFault
                ? Optional.of(Claim.of(looked.expected(), looked.population()))
                : Optional.empty();
    }

    private List<String> chosen() {
        List<String> lines = new ArrayList<>();
        Slice slice = extent.slice();
        Sample sample = extent.sample();
        if (slice != null) {
            lines.add(String.format(
                    Locale.ROOT, "slice %s: %,d objects; each object is in one slice", slice, looked.population()));
        }
        if (sample != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "random sample of %,d of %,d objects; --seed %d draws it again",
                    looked.expected(),
                    looked.population(),
                    sample.seed()));
        }
        return lines;
    }

    private Optional<String> claimText() {
        if (extent.sample() == null) {
            return Optional.empty();
        }
        return Optional.of(
                claim().map(this::text)
                        .orElse(
                                "Nothing may be claimed of objects that were not looked at, since not everything was as it should be."));
    }

    private String text(Claim claim) {
        if (claim.sampled() == claim.population()) {
            return "The sample is the whole: no object was left out.";
        }
        return String.format(
                Locale.ROOT,
                "Claim: at 95 %% confidence fewer than %s %% of the %,d objects are bad, fewer than %,d,"
                        + " as far as mode %s can tell.",
                claim.percentage(),
                claim.population(),
                claim.badBelow(),
                extent.mode().word());
    }

    private String lookedAt() {
        boolean isPart = extent.slice() != null || extent.sample() != null;
        return isPart ? " among the objects that were chosen" : "";
    }

    private String runs() {
        List<RunId> runs = looked.runs();
        return switch (runs.size()) {
            case 1 -> "run " + runs.getFirst();
            default -> "%d runs, %s to %s".formatted(runs.size(), runs.getFirst(), runs.getLast());
        };
    }

    private static String joined(List<RunId> runs) {
        return runs.stream().map(RunId::value).collect(Collectors.joining(", "));
    }

    private String verdictText() {
        return switch (verdict()) {
            case SOUND ->
                extent.mode().includes(AuditMode.LIST)
                        ? "Sound: nothing was found by mode " + extent.mode().word() + lookedAt() + "."
                        : "Sound: the run files hold; no object was looked at.";
            case DIFFERENCES ->
                "Differences: the run files hold, and " + findings.count(Kind.DIFFERENCE)
                        + " findings tell of objects.";
            case EVIDENCE ->
                "Evidence does not hold: " + findings.count(Kind.EVIDENCE) + " findings tell of run files, "
                        + findings.count(Kind.DIFFERENCE) + " of objects.";
        };
    }
}
