package org.mediaarchiver;

import java.io.Console;
import org.mediaarchiver.batch.ProgressStyle;

/** The values of {@code --progress}. */
enum ProgressOption {
    AUTO,
    PLAIN,
    NONE;

    /** Returns how progress is shown where this process was started. */
    ProgressStyle style() {
        return switch (this) {
            case AUTO -> isTerminal() ? ProgressStyle.BAR : ProgressStyle.LINES;
            case PLAIN -> ProgressStyle.LINES;
            case NONE -> ProgressStyle.NONE;
        };
    }

    /** JDK 22 to 24 give a console always, 25 only where there is a terminal. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
