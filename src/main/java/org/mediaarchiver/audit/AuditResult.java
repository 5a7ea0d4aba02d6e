package org.mediaarchiver.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mediaarchiver.audit.FindingCode.Kind;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sample;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.Slice;

/**
 * What an audit came to.
 *
 * @param id of the audit, formed like that of a run
 * @param archive that was audited
 * @param extent how closely it looked, and at which objects; its sample has a seed
 * @param looked what it looked at
 * @param findings what it found
 */
public record AuditResult(
        RunId id,
        RunFacts.Archive archive,
        AuditExtent extent,
        Looked looked,
        FindingSummary findings,
        Instant startedAt,
        Instant finishedAt) {

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
        if (findings.count(Kind.EVIDENCE) > 0) {
            return Verdict.EVIDENCE;
        }
        return findings.count(Kind.DIFFERENCE) > 0 ? Verdict.DIFFERENCES : Verdict.SOUND;
    }

    /**
     * Returns what may be claimed of all objects from those that were looked at.
     *
     * @return nothing where no sample was drawn, where anything was found, or where it is not known how many objects there are
     */
    Optional<Claim> claim() {
        boolean isSample = extent.sample() != null && looked.expected() > 0;
        boolean isWithoutFault = verdict() == Verdict.SOUND && looked.rowsAreWhole();
        return isSample && isWithoutFault
                ? Optional.of(Claim.of(looked.expected(), looked.population()))
                : Optional.empty();
    }

    /**
     * Returns the audit as lines for a person; the last one is the verdict.
     *
     * @param places where the results are kept, or why they are not
     */
    public String text(List<String> places) {
        List<String> lines = new ArrayList<>();
        lines.add("audit %s of %s, mode %s: %s"
                .formatted(id, location(), extent.mode().word(), extent.mode().meaning()));
        lines.addAll(lookedAt());
        if (!findings.counts().isEmpty()) {
            lines.add("");
            lines.add("  %-12s %9s  %s".formatted("code", "findings", "meaning"));
            findings.counts()
                    .forEach((code, count) -> lines.add(
                            String.format(Locale.ROOT, "  %-12s %,9d  %s", code.code(), count, code.sentence())));
            findings.counts().keySet().forEach(code -> lines.addAll(told(code)));
        }
        lines.add("");
        claimText().ifPresent(lines::add);
        lines.addAll(places);
        lines.add(verdictText());
        return String.join(System.lineSeparator(), lines);
    }

    /** Returns what was audited, as {@code s3://bucket/prefix}. */
    String location() {
        return "s3://" + archive.bucket() + "/" + archive.prefix();
    }

    private List<String> told(FindingCode code) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(code.code() + "  " + code.sentence());
        lines.add("  What to do: " + code.cure());
        for (Finding finding : findings.shown(code)) {
            lines.add("  " + finding.key() + (finding.what().isEmpty() ? "" : "  " + finding.what()));
        }
        long hidden = findings.count(code) - findings.shown(code).size();
        if (hidden > 0) {
            lines.add(String.format(Locale.ROOT, "  and %,d more: see audit.csv", hidden));
        }
        return lines;
    }

    /** Returns what was looked at, in sentences without an end. */
    List<String> lookedAt() {
        List<String> lines = new ArrayList<>();
        lines.add(runs());
        if (!looked.unfinished().isEmpty()) {
            lines.add("unfinished and passed over: "
                    + looked.unfinished().stream().map(RunId::value).collect(Collectors.joining(", ")));
        }
        if (!extent.mode().includes(AuditMode.LIST)) {
            return lines;
        }
        Slice slice = extent.slice();
        if (slice != null) {
            lines.add(String.format(
                    Locale.ROOT, "slice %s: %,d objects; each object is in one slice", slice, looked.population()));
        }
        Sample sample = extent.sample();
        if (sample != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "random sample of %,d of %,d objects; --seed %d draws it again",
                    looked.expected(),
                    looked.population(),
                    sample.seed()));
        }
        lines.add(String.format(
                Locale.ROOT,
                "%,d objects expected, %,d looked at, %s read; objects that no manifest tells of were %s",
                looked.expected(),
                looked.objects(),
                Sizes.text(looked.bytesRead()),
                looked.extrasLookedFor() ? "looked for" : "not looked for"));
        if (looked.newer() > 0) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%,d objects came after the audit had begun: their run's manifest is still to come",
                    looked.newer()));
        }
        if (!looked.rowsAreWhole()) {
            lines.add("not every row could be used: the objects of the others were not looked at");
        }
        return lines;
    }

    private String runs() {
        List<RunId> runs = looked.runs();
        String which = runs.size() == 1
                ? "run " + runs.getFirst()
                : String.format(Locale.ROOT, "%,d runs, %s to %s", runs.size(), runs.getFirst(), runs.getLast());
        return looked.heads().size() > 1
                ? which
                        + String.format(
                                Locale.ROOT, ", in %,d chains", looked.heads().size())
                : which;
    }

    /** Returns what is claimed from a sample, or that nothing is; nothing where there is none. */
    Optional<String> claimText() {
        if (extent.sample() == null) {
            return Optional.empty();
        }
        return Optional.of(claim().map(this::text)
                .orElse("Nothing may be claimed of objects that were not looked at, since not everything was as it"
                        + " should be."));
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

    /** Returns the verdict as a sentence. */
    String verdictText() {
        return switch (verdict()) {
            case SOUND ->
                extent.mode().includes(AuditMode.LIST)
                        ? "Sound: nothing was found by mode " + extent.mode().word() + among() + "."
                        : "Sound: the run files hold; no object was looked at.";
            case DIFFERENCES -> "Differences: the run files hold; " + objects() + ".";
            case EVIDENCE ->
                String.format(
                        Locale.ROOT,
                        "Evidence does not hold: %,d findings tell of run files; %s.",
                        findings.count(Kind.EVIDENCE),
                        objects());
        };
    }

    private String among() {
        boolean isPart = extent.slice() != null || extent.sample() != null;
        return isPart ? " among the objects that were chosen" : "";
    }

    private String objects() {
        long unchecked = unchecked();
        long wrong = findings.count(Kind.DIFFERENCE) - unchecked;
        return String.format(
                Locale.ROOT,
                "%,d %s not what they say%s",
                wrong,
                wrong == 1 ? "object is" : "objects are",
                unchecked == 0 ? "" : String.format(Locale.ROOT, ", and %,d could not be checked", unchecked));
    }

    /** Returns how many objects could not be checked, which is no pass. */
    long unchecked() {
        return findings.count(FindingCode.UNREADABLE) + findings.count(FindingCode.UNVERIFIABLE);
    }
}
