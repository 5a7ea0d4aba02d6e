package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.testing.SmallHeap;

class LargeAuditTest {
    @Test
    void aRunIsAuditedInAHeapThatCouldNotHoldItsRows(@TempDir Path folder) throws Exception {
        assertThat(SmallHeap.run(20, LargeAudit.class, folder)).isEqualTo("102000 looked at, 0 findings");
    }
}
