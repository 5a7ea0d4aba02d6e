package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.storage.ObjectStore;

/** Runs that are not in one line, in home and bucket as somebody without a home sees them. */
class RunChainTest {
    private static final AuditScope ALL = new AuditScope.AllRuns();

    @TempDir
    private Path home;

    @TempDir
    private Path elsewhere;

    private final InMemoryObjectStore store = SmallArchive.storeOf(Map.of());

    @SuppressWarnings("NullAway.Init")
    private SmallArchive published;

    @BeforeEach
    void publishTheFirst() throws Exception {
        published = new SmallArchive(store, home);
        published.publish(SmallArchive.FIRST, List.of("m1", "m2"), List.of());
    }

    private SmallArchive.Outcome audit() throws Exception {
        return SmallArchive.withoutHome(store, ALL, AuditMode.READ);
    }

    private static String runJson(RunId run) {
        return RunFile.RUN_JSON.key(SmallArchive.PREFIX, run);
    }

    @Test
    void twoRunsThatNameTheSameOneAreNamed() throws Exception {
        SmallArchive beside = published.beside(elsewhere);
        published.publish(SmallArchive.SECOND, List.of("b"), List.of());
        beside.publish(SmallArchive.THIRD, List.of("a"), List.of());

        SmallArchive.Outcome outcome = audit();

        assertThat(outcome.lines())
                .containsExactly("M042 " + runJson(SmallArchive.SECOND), "M042 " + runJson(SmallArchive.THIRD));
        assertThat(outcome.findings().getFirst().what())
                .contains(SmallArchive.FIRST.value(), "and so does " + SmallArchive.THIRD);
        assertThat(outcome.looked().heads())
                .extracting(EvidenceAudit.Head::run)
                .containsExactly(SmallArchive.SECOND, SmallArchive.THIRD);
    }

    @Test
    void aRunLeftOutOfTheChainIsMissed() throws Exception {
        published.publish(SmallArchive.SECOND, List.of("b"), List.of());
        published.publish(SmallArchive.THIRD, List.of("a"), List.of());
        remove(SmallArchive.SECOND);

        SmallArchive.Outcome outcome = audit();

        assertThat(outcome.lines())
                .containsExactly(
                        "M040 " + runJson(SmallArchive.THIRD),
                        "EXTRA " + SmallArchive.key("b", Role.PREVIEW),
                        "EXTRA " + SmallArchive.key("b", Role.RESULT),
                        "EXTRA " + SmallArchive.key("b", Role.VIDEO));
    }

    @Test
    void thatTheNewestRunIsGoneIsSeenByItsDigestAlone() throws Exception {
        published.publish(SmallArchive.SECOND, List.of("b"), List.of());
        Sha256 kept = Sha256.of(SmallArchive.read(store, runJson(SmallArchive.SECOND)));
        assertThat(expecting(kept).lines()).isEmpty();
        assertThat(audit().looked().heads()).containsExactly(new EvidenceAudit.Head(SmallArchive.SECOND, kept));
        remove(SmallArchive.SECOND);
        for (Role role : Role.values()) {
            store.remove(SmallArchive.key("b", role));
        }

        assertThat(audit().lines()).isEmpty();
        assertThat(expecting(kept).lines()).containsExactly("M043 archive/runs/");
    }

    private SmallArchive.Outcome expecting(Sha256 digest) throws Exception {
        return SmallArchive.audit(store, Path.of("/nowhere/runs"), ALL, AuditExtent.allObjects(AuditMode.READ), digest);
    }

    private void remove(RunId run) {
        for (RunFile file : RunFile.values()) {
            store.remove(file.key(SmallArchive.PREFIX, run));
        }
    }

    /** The clock was set back between the two runs: the one that began earlier is the newer one. */
    @Test
    void theNewestRowIsThatOfTheChainAndNotOfTheClock() throws Exception {
        try (InMemoryObjectStore bucket = SmallArchive.storeOf(Map.of())) {
            Renewed renewed = new Renewed(bucket);
            SmallArchive chained = new SmallArchive(renewed, elsewhere);
            chained.publish(SmallArchive.THIRD, List.of("m1"), List.of());
            for (Role role : Role.values()) {
                bucket.remove(SmallArchive.key("m1", role));
            }
            chained.publish(SmallArchive.FIRST, List.of("m1"), List.of());

            assertThat(SmallArchive.withoutHome(renewed, ALL, AuditMode.HEAD).lines())
                    .isEmpty();
        }
    }

    /** A bucket in which every creation has a version of its own. */
    private static final class Renewed extends DistortedStore {
        private final ObjectStore bucket;
        private final Map<String, Integer> versions = new ConcurrentHashMap<>();

        Renewed(ObjectStore bucket) {
            super(bucket);
            this.bucket = bucket;
        }

        @Override
        public Creation create(NewObject object) throws InterruptedException {
            Creation creation = bucket.create(object);
            if (!(creation instanceof Creation.Created(StoredObject stored))) {
                return creation;
            }
            int version = versions.merge(object.key(), 1, Integer::sum);
            return new Creation.Created(new StoredObject(
                    stored.bucket(),
                    stored.key(),
                    "v" + version,
                    stored.content(),
                    stored.etag(),
                    stored.storeChecksum(),
                    stored.storedAt(),
                    stored.verifiedBy()));
        }

        @Override
        public Optional<ObjectHead> head(String key) throws IOException {
            return super.head(key)
                    .map(head -> new ObjectHead(
                            head.key(),
                            head.size(),
                            head.sha256(),
                            head.contentType(),
                            head.etag(),
                            head.storeChecksum(),
                            versions.containsKey(key) ? "v" + versions.get(key) : null));
        }
    }
}
