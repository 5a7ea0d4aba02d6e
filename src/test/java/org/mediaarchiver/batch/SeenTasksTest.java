package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.TaskId;

class SeenTasksTest {
    private final SeenTasks seen = new SeenTasks();

    @Test
    void everyTaskIsNewOnceHoweverManyThereAre() {
        assertThat(IntStream.range(0, 100_000)).allMatch(i -> seen.add(task(i)));
        assertThat(IntStream.range(0, 100_000)).noneMatch(i -> seen.add(task(i)));
        assertThat(seen.add(task(100_000))).isTrue();
    }

    private static TaskId task(int number) {
        return new TaskId("task-" + number);
    }
}
