package org.mediaarchiver.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.StoreProbeTable;
import org.mediaarchiver.ledger.StoreProbeTable.Probe;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.storage.StoreCapabilities;
import org.mediaarchiver.storage.StoreCapabilities.Answer;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What the archive's store can do: as the ledger knows it, and as a probe finds out where that is old or nothing. */
final class StoreProbes {
    private static final Duration GOOD_FOR = Duration.ofDays(30);

    private final Settings.Storage settings;
    private final StoreProbeTable probes;
    private final S3ObjectStore store;
    private final TransactionTemplate transaction;
    private final InstantSource clock;

    StoreProbes(
            Settings.Storage settings,
            StoreProbeTable probes,
            S3ObjectStore store,
            PlatformTransactionManager transactionManager,
            InstantSource clock) {
        this.settings = settings;
        this.probes = probes;
        this.store = store;
        this.transaction = new TransactionTemplate(transactionManager);
        this.clock = clock;
    }

    /**
     * Returns what the store can do, and probes it for that where need be: never before, 30 days ago, by another version, or
     * without the rights.
     *
     * @throws StopException if the bucket cannot be used
     */
    StoreCapabilities current() throws InterruptedException {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Optional<Probe> known = probes.lastUntil(now, endpoint(), settings.bucket())
                .filter(probe -> probe.at().isAfter(now.minus(GOOD_FOR)));
        if (known.isPresent()) {
            StoreCapabilities before = StoreCapabilities.of(known.get().facts());
            if (before.of(Feature.DELETE) == Answer.YES) {
                return before;
            }
        }
        StoreCapabilities found = store.probe(settings.prefix());
        boolean isNew = known.map(probe -> !probe.facts().equals(found.facts())).orElse(true);
        if (isNew) {
            transaction.executeWithoutResult(
                    status -> probes.insert(endpoint(), settings.bucket(), new Probe(now, found.facts())));
        }
        return found;
    }

    /** Returns what the store was found to do when it was last tried; nothing is tried for it. */
    StoreCapabilities lastKnown() {
        return StoreCapabilities.of(factsAt(clock.instant()));
    }

    /** Returns what was known of the store at a time, as a run that ended then publishes it. */
    Map<String, String> factsAt(Instant time) {
        return probes.lastUntil(time, endpoint(), settings.bucket())
                .map(Probe::facts)
                .orElse(Map.of());
    }

    private String endpoint() {
        return Objects.toString(settings.endpoint(), "");
    }
}
