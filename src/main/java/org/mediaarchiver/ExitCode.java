package org.mediaarchiver;

/** What the process tells whoever started it. */
enum ExitCode {
    OK(0, "everything is archived; tasks that are not ready are left for the next run (--strict makes them 3)"),
    BUG(1, "unexpected error, likely a bug"),
    USAGE(2, "wrong usage or configuration; nothing was started"),
    PROBLEMS(
            3, "finished, and some tasks or lines failed in this run or could not be reached; the manifest says which"),
    DIFFERENCES(4, "the audit finished and found differences"),
    EVIDENCE(5, "evidence does not hold: a manifest, its digest or the chain of runs was changed"),
    STOPPED(10, "stopped: input, task service or store not usable; run again to go on"),
    LOCKED(11, "another run of this home holds the lock"),
    INTERRUPTED(130, "interrupted by SIGINT after finishing what was in flight; run again to go on"),
    TERMINATED(143, "interrupted by SIGTERM after finishing what was in flight; run again to go on");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }
}
