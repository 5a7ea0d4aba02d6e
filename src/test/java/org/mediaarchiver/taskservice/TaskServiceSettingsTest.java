package org.mediaarchiver.taskservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.Secret;

class TaskServiceSettingsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "api.gpt.ge",
                "/avatar",
                "ftp://api.gpt.ge",
                "https:///path",
                "mailto:a@b.example",
                "https://user:secret@api.gpt.ge",
                "https://api.gpt.ge?key=secret",
                "https://api.gpt.ge#top",
            })
    void aBaseUrlThatIsNoneIsRefusedWithoutRepeatingIt(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(url))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @Test
    void aTokenIsNeverPrinted() {
        assertThat(settings("https://api.gpt.ge").toString()).doesNotContain("planted");
    }

    private static TaskServiceSettings settings(String url) {
        return TaskServiceSettings.of(URI.create(url), () -> new Secret("planted"), 5, 16);
    }
}
