package org.mediaarchiver.domain;

import java.util.Locale;

/**
 * One thing that a run depends on, tried before there is a run.
 *
 * @param name what scripts know it by; the same in every version
 * @param result what came of it
 * @param message what was found and, unless all is well, what to do: one line
 */
public record Check(String name, Result result, String message) {
    /** What came of a check. */
    public enum Result {
        /** As it should be. */
        OK,
        /** Not as it could be, but a run copes with it. */
        NOTE,
        /** A run would fail, or would do what nobody wants. */
        FAULT,
        /** Not tried; the message says why. */
        UNTRIED;

        /** Returns the result as it is printed. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns a check that went well. */
    public static Check ok(String name, String message) {
        return new Check(name, Result.OK, message);
    }

    /** Returns a check that found what a run copes with. */
    public static Check note(String name, String message) {
        return new Check(name, Result.NOTE, message);
    }

    /** Returns a check that found what has to be mended. */
    public static Check fault(String name, String message) {
        return new Check(name, Result.FAULT, message);
    }

    /** Returns a check that could not be made. */
    public static Check untried(String name, String message) {
        return new Check(name, Result.UNTRIED, message);
    }
}
