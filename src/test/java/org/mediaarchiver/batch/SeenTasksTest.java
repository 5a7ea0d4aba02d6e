package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.TaskId;

class SeenTasksTest {
    private final SeenTasks seen = new SeenTasks();

    @Test
    void everyTaskIsNewOnceHoweverManyThereAre() {
        assertThat(IntStream.range(0, 100_000)).noneMatch(i -> seen.isRepeated(task(i)));
        assertThat(IntStream.range(0, 100_000)).allMatch(i -> seen.isRepeated(task(i)));
        assertThat(seen.isRepeated(task(100_000))).isFalse();
    }

    private static TaskId task(int number) {
        return new TaskId("task-" + number);
    }
}
