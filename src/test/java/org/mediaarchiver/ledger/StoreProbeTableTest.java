package org.mediaarchiver.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.ledger.StoreProbeTable.Probe;

class StoreProbeTableTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.123Z");
    private static final Probe FIRST = new Probe(NOON, Map.of("versions", "no", "delete", "yes"));
    private static final Probe SECOND = new Probe(NOON.plus(Duration.ofDays(1)), Map.of("versions", "yes"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private LedgerDatabase database;

    @SuppressWarnings("NullAway.Init")
    private StoreProbeTable probes;

    @BeforeEach
    void open() {
        database = new LedgerDatabase(folder);
        probes = database.storeProbes();
        probes.insert("https://s3.example.org", "media", FIRST);
        probes.insert("https://s3.example.org", "media", SECOND);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void theLastProbeCountsWithNothingOfThoseBefore() {
        assertThat(probes.lastUntil(SECOND.at(), "https://s3.example.org", "media"))
                .contains(SECOND);
        assertThat(probes.lastUntil(Instant.parse("2030-01-01T00:00:00Z"), "https://s3.example.org", "media"))
                .contains(SECOND);
    }

    @Test
    void whatWasKnownEarlierCanStillBeTold() {
        assertThat(probes.lastUntil(SECOND.at().minusMillis(1), "https://s3.example.org", "media"))
                .contains(FIRST);
        assertThat(probes.lastUntil(NOON.minusMillis(1), "https://s3.example.org", "media"))
                .isEmpty();
    }

    @Test
    void anotherBucketOrEndpointIsAnotherStore() {
        assertThat(probes.lastUntil(SECOND.at(), "https://s3.example.org", "other"))
                .isEmpty();
        assertThat(probes.lastUntil(SECOND.at(), "", "media")).isEmpty();
    }
}
