package org.mediaarchiver.audit;

import static org.mediaarchiver.audit.FindingCode.Kind.DIFFERENCE;
import static org.mediaarchiver.audit.FindingCode.Kind.EVIDENCE;

import java.util.Optional;
import java.util.stream.Stream;

/** What an audit can find: the closed list of codes, each with what it means and what to do. */
public enum FindingCode {
    NO_MARK(
            "M001",
            EVIDENCE,
            "The run has no commit mark, so it does not exist.",
            "Finish the run by running its job again; if it had been published, restore the mark from another copy."),
    MARK_FORM(
            "M002",
            EVIDENCE,
            "The commit mark is not one line with the digest of run.json.",
            "Restore the file from another copy, and find out who changed it."),
    MARK_DIFFERS(
            "M003",
            EVIDENCE,
            "run.json does not have the digest that its mark names.",
            "Compare both with another copy and with the digest that the run printed last; restore what was changed."),
    NO_RUN_JSON("M004", EVIDENCE, "The run has no run.json.", "Restore the file from another copy."),
    RUN_JSON_FORM(
            "M005",
            EVIDENCE,
            "run.json is not what this program writes.",
            "Restore the file from another copy, and find out who changed it."),
    FORMAT_UNKNOWN(
            "M006",
            EVIDENCE,
            "run.json is of a format that this version does not know.",
            "Audit with the version that wrote it, or a newer one."),
    OTHER_RUN(
            "M007",
            EVIDENCE,
            "run.json is of another run than its folder.",
            "Restore the folder from another copy: files of two runs were mixed up."),
    FILE_MISSING("M008", EVIDENCE, "A file of the run is missing.", "Restore the file from another copy."),
    FILE_SIZE(
            "M009",
            EVIDENCE,
            "A file of the run does not have the size that run.json names.",
            "Restore the file from another copy, and find out who changed it."),
    FILE_DIGEST(
            "M010",
            EVIDENCE,
            "A file of the run does not have the digest that run.json names.",
            "Restore the file from another copy, and find out who changed it."),
    FILE_UNLISTED(
            "M011",
            EVIDENCE,
            "A file that run.json does not list is among the run's files.",
            "Find out who put it there, and move it away."),
    FILE_NOT_LISTED(
            "M012",
            EVIDENCE,
            "run.json does not list a file that every run has.",
            "Restore run.json from another copy, and find out who changed it."),
    HEADER(
            "M020",
            EVIDENCE,
            "manifest.csv does not begin with the header of a manifest.",
            "Restore the file from another copy."),
    ROW_FORM(
            "M021",
            EVIDENCE,
            "A line of manifest.csv does not have the form of a row.",
            "Restore the file from another copy."),
    ROW_VALUE(
            "M022",
            EVIDENCE,
            "A cell of manifest.csv holds what its column cannot hold.",
            "Restore the file from another copy."),
    ROW_ORDER("M023", EVIDENCE, "Rows of manifest.csv are out of order.", "Restore the file from another copy."),
    ROW_TWICE("M024", EVIDENCE, "An object has two rows in manifest.csv.", "Restore the file from another copy."),
    MANIFEST_CUT("M025", EVIDENCE, "manifest.csv ends within a line.", "Restore the file from another copy."),
    ROW_OF_OTHER_RUN(
            "M026", EVIDENCE, "A row of manifest.csv is of another run.", "Restore the file from another copy."),
    ROW_KEY(
            "M027",
            EVIDENCE,
            "A row names another bucket or key than an object of its task, role and type has.",
            "Restore manifest.csv from another copy, and find out who changed it."),
    JSONL_DIFFERS(
            "M030",
            EVIDENCE,
            "manifest.jsonl does not say what manifest.csv says.",
            "Restore the changed one of the two from another copy."),
    SUMS_DIFFER(
            "M031",
            EVIDENCE,
            "SHA256SUMS does not list the stored rows of manifest.csv.",
            "Restore the changed one of the two from another copy."),
    REJECTS_DIFFER(
            "M032",
            EVIDENCE,
            "rejects.csv does not list what manifest.csv and run.json say has failed.",
            "Restore the changed one of the files from another copy."),
    COUNTS_DIFFER(
            "M033",
            EVIDENCE,
            "The counts of run.json are not what the rows add up to.",
            "Restore the changed one of the two from another copy."),
    PREVIOUS_MISSING(
            "M040",
            EVIDENCE,
            "The run before this one in the chain is not in the bucket.",
            "Restore the missing run's files from a home or another copy, and find out who removed them."),
    PREVIOUS_DIFFERS(
            "M041",
            EVIDENCE,
            "The run before this one in the chain is no longer what this run has recorded of it.",
            "Audit that run, restore its run.json from another copy, and find out who changed it."),
    FORK(
            "M042",
            EVIDENCE,
            "Another run names the same run before it, so one of the two is beside the chain.",
            "Find out which of the two the ledger has, and who wrote the other: a second home, or somebody else."),
    EXPECTED_MISSING(
            "M043",
            EVIDENCE,
            "No run that was audited has the run.json that was expected.",
            "Check the digest: if a run has printed it, its files were removed or replaced; restore them from another copy."),
    COPY_MISSING(
            "M050",
            EVIDENCE,
            "The bucket has no copy of a file of the run.",
            "Upload the file from the folder that was audited, once that is known to be right."),
    COPY_DIFFERS(
            "M051",
            EVIDENCE,
            "The bucket's copy of a file of the run holds other bytes.",
            "Find out which of the two is right by the digests in run.json, and who changed the other; then restore it."),
    STRAY(
            "M052",
            EVIDENCE,
            "Among the runs in the bucket is an object that belongs to none.",
            "Find out who put it there, and move it away."),

    MISSING(
            "MISSING",
            DIFFERENCE,
            "The object is not in the bucket.",
            "Run repair, which restores the archived bytes from an earlier version or the source; else restore another copy."),
    CHANGED(
            "CHANGED",
            DIFFERENCE,
            "The object is not the one that was stored.",
            "Keep a copy for inquiry, then run repair, which restores the archived bytes from an earlier version or the source."),
    EXTRA(
            "EXTRA",
            DIFFERENCE,
            "No manifest tells of the object.",
            "If a run is going on or was killed, let it finish and audit again; else find out who put it there."),
    UNREADABLE(
            "UNREADABLE",
            DIFFERENCE,
            "The object could not be looked at, so nothing is known of it.",
            "Mend what the message names, and audit again."),
    UNVERIFIABLE(
            "UNVERIFIABLE",
            DIFFERENCE,
            "Nothing that this mode looks at tells whether it is the object that was stored.",
            "Audit with --mode read.");

    /** What a finding says about the archive. */
    public enum Kind {
        /** The run files cannot be relied upon. */
        EVIDENCE,
        /** The objects are not what the run files say, or that could not be found out. */
        DIFFERENCE
    }

    private final String code;
    private final Kind kind;
    private final String sentence;
    private final String cure;

    FindingCode(String code, Kind kind, String sentence, String cure) {
        this.code = code;
        this.kind = kind;
        this.sentence = sentence;
        this.cure = cure;
    }

    /** Returns what is written so, or nothing where no version up to this one has such a code. */
    static Optional<FindingCode> of(String code) {
        return Stream.of(values()).filter(each -> each.code.equals(code)).findFirst();
    }

    /** Returns the code as it is written; it never changes. */
    public String code() {
        return code;
    }

    /** Returns what a finding with this code says about the archive. */
    public Kind kind() {
        return kind;
    }

    /** Returns what was found, as a sentence. */
    public String sentence() {
        return sentence;
    }

    /** Returns what to do about it, as a sentence. */
    public String cure() {
        return cure;
    }
}
