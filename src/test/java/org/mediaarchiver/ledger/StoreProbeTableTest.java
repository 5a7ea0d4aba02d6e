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
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.ledger.StoreProbeTable.Probe;

@ParameterizedClass
@EnumSource(LedgerDatabase.Kind.class)
class StoreProbeTableTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.123Z");
    private static final Probe FIRST = new Probe(NOON, Map.of("versions", "no", "delete", "yes"));
    private static final Probe SECOND = new Probe(NOON.plus(Duration.ofDays(1)), Map.of("versions", "yes"));

    @Parameter
    @SuppressWarnings("NullAway.Init")
    LedgerDatabase.Kind kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static LedgerDatabase database;

    @SuppressWarnings("NullAway.Init")
    private StoreProbeTable probes;

    @BeforeParameterizedClassInvocation
    static void open(LedgerDatabase.Kind kind) {
        database = new LedgerDatabase(kind, folder);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        database.close();
    }

    @BeforeEach
    void begin() {
        database.begins();
        probes = database.storeProbes();
        probes.insert("https://s3.example.org", "media", FIRST);
        probes.insert("https://s3.example.org", "media", SECOND);
    }

    @AfterEach
    void end() {
        database.ends();
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
