package org.mediaarchiver.taskservice;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.mediaarchiver.taskservice.AnswerBody.NoTask;
import org.mediaarchiver.taskservice.AnswerBody.State;
import org.mediaarchiver.taskservice.AnswerBody.Task;

/** Whatever a service answers, it is read: fuzzed with {@code JAZZER_FUZZ=1}, and else run on the corpus. */
class TaskResultParserFuzzTest {
    @FuzzTest
    void anyBodyIsATaskOrNone(byte[] body) {
        switch (TaskResultParser.parse(body).content()) {
            case Task task -> {
                assertThat(task.told()).isNotBlank();
                if (task.state() == State.DONE && task.videoUrl() != null) {
                    assertThat(task.videoUrl()).isNotBlank();
                }
            }
            case NoTask none -> assertThat(none.why()).isNotBlank();
        }
    }
}
