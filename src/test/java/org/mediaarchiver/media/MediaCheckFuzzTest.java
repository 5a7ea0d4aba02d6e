package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Role;

/** Whatever bytes come, and however they are cut: fuzzed with {@code JAZZER_FUZZ=1}, and else run on the corpus. */
class MediaCheckFuzzTest {
    @FuzzTest
    void anyBytesAreJudgedTheSameHoweverTheyArrive(byte[] file) {
        for (Role role : new Role[] {Role.VIDEO, Role.PREVIEW}) {
            MediaCheck.Finding atOnce = judge(role, file, Math.max(1, file.length));

            assertThat(judge(role, file, 1)).isEqualTo(atOnce);
            assertThat(judge(role, file, 7)).isEqualTo(atOnce);
            if (atOnce instanceof MediaCheck.Finding.Whole whole) {
                assertThat(whole.type() == MediaType.MP4).isEqualTo(role == Role.VIDEO);
                assertThat(file.length).isGreaterThanOrEqualTo(12);
            }
        }
    }

    private static MediaCheck.Finding judge(Role role, byte[] file, int step) {
        MediaCheck check = new MediaCheck(role);
        for (int at = 0; at < file.length; at += step) {
            MediaCheck.Finding.@Nullable Fault fault = check.accept(file, at, Math.min(step, file.length - at));
            if (fault != null) {
                return fault;
            }
        }
        return check.end();
    }
}
