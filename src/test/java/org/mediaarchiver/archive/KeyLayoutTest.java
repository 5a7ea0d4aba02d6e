package org.mediaarchiver.archive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.archive.KeyLayout.Place;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.TaskId;

class KeyLayoutTest {
    private static final KeyLayout LAYOUT = new KeyLayout("team/");

    @Test
    void aKeyTellsTheTaskAndTheRoleThatItWasMadeOf() {
        for (Role role : Role.values()) {
            for (MediaType type : MediaType.values()) {
                TaskId task = new TaskId("a_b-C9");
                assertThat(LAYOUT.place(LAYOUT.key(task, role, type))).contains(new Place(task, role));
            }
        }
        assertThat(new KeyLayout("").place("media/t/video.mp4")).contains(new Place(new TaskId("t"), Role.VIDEO));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "team",
                "team/media/",
                "team/media/t",
                "team/media/t/",
                "team/media/t/video",
                "team/media/t/video.mp4/",
                "team/media/t/video.mp5",
                "team/media/t/clip.mp4",
                "team/media/t/VIDEO.mp4",
                "team/media/t/x/video.mp4",
                "team/media/../video.mp4",
                "team/media/../../runs/video.mp4",
                "team/media//video.mp4",
                "team/media/%2e%2e/video.mp4",
                "team/media/-t/video.mp4",
                "media/t/video.mp4",
                "other/media/t/video.mp4",
                "teams/media/t/video.mp4",
                "team/runs/t/video.mp4"
            })
    void whatIsNoKeyOfAnObjectHasNoPlace(String key) {
        assertThat(LAYOUT.place(key)).isEmpty();
    }
}
