package org.mediaarchiver.tasklist;

import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.TaskId;

/** What a record of the input came to. */
public sealed interface InputLine {
    /** Returns the number of the physical line on which the record begins; the first line of the file is 1. */
    long line();

    /** The record names a task. The same task may be named again by a later record. */
    record Task(long line, TaskId id) implements InputLine {}

    /**
     * The record names no task.
     *
     * @param text what stood where the id belongs, percent-encoded and at most 200 characters; empty where nothing stood there.
     *     It is never a valid task id, and never begins a comment.
     * @param detail what is wrong with it
     */
    record Rejected(long line, String text, Detail detail) implements InputLine {}
}
