package org.mediaarchiver.manifest;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one kind of CSV that is written: ASCII, LF, no quotes anywhere, and no cell that a spreadsheet would run. */
final class Csv {
    private Csv() {}

    /** Returns what makes the text unfit for a cell, or null where nothing does. */
    static @Nullable String fault(String cell) {
        for (int i = 0; i < cell.length(); i++) {
            char c = cell.charAt(i);
            if (c < ' ' || c > '~') {
                return "is not printable ASCII";
            }
            if (c == ',' || c == '"') {
                return "needs quotes";
            }
        }
        if (!cell.isEmpty() && "=+-@".indexOf(cell.charAt(0)) >= 0) {
            return "begins like a formula";
        }
        return null;
    }

    /**
     * Returns the cell unchanged.
     *
     * @param row names the row, for the message
     * @throws IllegalStateException if the text is unfit: rows are made of safe texts, so one that is not is a fault of this
     *     program
     */
    static String safe(String cell, String column, Supplier<String> row) {
        String fault = fault(cell);
        if (fault != null) {
            throw new IllegalStateException("column " + column + " of " + row.get() + " " + fault);
        }
        return cell;
    }
}
