package org.mediaarchiver.archive;

import java.util.Optional;
import java.util.stream.Stream;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.TaskId;

/**
 * Where the objects of a task are kept: a key is a function of the task and of the bytes alone.
 *
 * @param prefix before every key; empty, or ending in a slash
 */
public record KeyLayout(String prefix) {
    private static final String MEDIA = "media/";

    /** An object of a task. */
    public record Place(TaskId task, Role role) {}

    /** Returns the key of the object with this role whose bytes are of this type. */
    public String key(TaskId task, Role role, MediaType type) {
        return prefix + MEDIA + task + "/" + role.word() + "." + type.extension();
    }

    /** Returns what is kept under a key, or nothing where no object of a task has it. */
    public Optional<Place> place(String key) {
        int task = prefix.length() + MEDIA.length();
        int role = key.indexOf('/', task);
        if (role < 0) {
            return Optional.empty();
        }
        return TaskId.parse(key.substring(task, role))
                .flatMap(id -> Stream.of(Role.values())
                        .filter(each -> Stream.of(MediaType.values())
                                .anyMatch(type -> key(id, each, type).equals(key)))
                        .map(each -> new Place(id, each))
                        .findFirst());
    }
}
