package org.mediaarchiver.archive;

import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.TaskId;

/**
 * Where the objects of a task are kept: a key is a function of the task and of the bytes alone.
 *
 * @param prefix before every key; empty, or ending in a slash
 */
public record KeyLayout(String prefix) {

    /** Returns the key of the object with this role whose bytes are of this type. */
    public String key(TaskId task, Role role, MediaType type) {
        return prefix + "media/" + task + "/" + role.word() + "." + type.extension();
    }
}
