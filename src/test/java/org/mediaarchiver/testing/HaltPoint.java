package org.mediaarchiver.testing;

import java.util.regex.Pattern;

/**
 * A place in the program at which a process is halted.
 *
 * @param type the class; {@code org.mediaarchiver.} need not be said
 * @param method all of this name
 * @param seen found in the text of what the method is called on, of that object's fields, or of an argument: says which calls count
 * @param call which of those calls it is, counted from 1
 */
public record HaltPoint(String type, String method, Side side, Pattern seen, int call) {
    private static final String ANYTHING = "";
    private static final String SEPARATOR = "\t";

    /** Where in a method. */
    enum Side {
        BEFORE,
        AFTER
    }

    /** Returns the place before the first instruction of a method. */
    public static HaltPoint before(String type, String method) {
        return new HaltPoint(type, method, Side.BEFORE, Pattern.compile(ANYTHING), 1);
    }

    /** Returns the place behind the last instruction of a method that ends without an exception. */
    public static HaltPoint after(String type, String method) {
        return new HaltPoint(type, method, Side.AFTER, Pattern.compile(ANYTHING), 1);
    }

    /** Counts only calls in which this is to be seen. */
    public HaltPoint seeing(String regex) {
        return new HaltPoint(type, method, side, Pattern.compile(regex), call);
    }

    /** Lets so many calls pass, but for the last of them. */
    public HaltPoint atCall(int number) {
        return new HaltPoint(type, method, side, seen, number);
    }

    /** Returns the whole name of the class. */
    String className() {
        return type.startsWith("org.") ? type : "org.mediaarchiver." + type;
    }

    static HaltPoint parse(String text) {
        String[] parts = text.split(SEPARATOR, 5);
        return new HaltPoint(
                parts[0], parts[1], Side.valueOf(parts[2]), Pattern.compile(parts[4]), Integer.parseInt(parts[3]));
    }

    String format() {
        return String.join(SEPARATOR, type, method, side.name(), Integer.toString(call), seen.pattern());
    }
}
