package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.storage.InMemoryObjectStore;
import org.mediaarchiver.storage.ObjectStore;

/**
 * Twelve kinds of damage at twenty places each, all in one archive: each mode must find what its column of the table says, there, and
 * nothing else.
 */
class DamageTableTest {
    private static final int PLACES = 20;
    private static final AuditScope ALL = new AuditScope.AllRuns();

    /** A kind of damage, and what each mode must call it; null where the mode cannot see it. */
    private enum Kind {
        RUN_FILE_EDITED("M010", "M010", "M010", "M010"),
        RUN_FILE_MISSING("M008", "M008", "M008", "M008"),
        MISSING(null, "MISSING", "MISSING", "MISSING"),
        SHORTER(null, "CHANGED", "CHANGED", "CHANGED"),
        LONGER(null, "CHANGED", "CHANGED", "CHANGED"),
        EXTRA(null, "EXTRA", "EXTRA", "EXTRA"),
        REPLACED_BY_BYTES_OF_THE_SAME_SIZE(null, "CHANGED", "CHANGED", "CHANGED"),
        SWAPPED_WITH_ANOTHER(null, "CHANGED", "CHANGED", "CHANGED"),
        REPLACED_UNDER_THE_SAME_ETAG(null, null, "CHANGED", "CHANGED"),
        ANOTHER_VERSION_OF_THE_SAME_BYTES(null, null, "CHANGED", "CHANGED"),
        SILENT_ROT(null, null, null, "CHANGED"),
        NOT_GIVEN_OUT(null, null, null, "UNREADABLE");

        private final @Nullable String manifest;
        private final @Nullable String list;
        private final @Nullable String head;
        private final String read;

        Kind(@Nullable String manifest, @Nullable String list, @Nullable String head, String read) {
            this.manifest = manifest;
            this.list = list;
            this.head = head;
            this.read = read;
        }

        Optional<String> code(AuditMode mode) {
            return Optional.ofNullable(
                    switch (mode) {
                        case MANIFEST -> manifest;
                        case LIST -> list;
                        case HEAD -> head;
                        case READ -> read;
                    });
        }

        /** Returns the key of what is damaged so, in the run of each place. */
        String key(int place) {
            return switch (this) {
                case RUN_FILE_EDITED -> RunFile.REPORT_HTML.key(SmallArchive.PREFIX, run(place));
                case RUN_FILE_MISSING -> RunFile.DATAPACKAGE_JSON.key(SmallArchive.PREFIX, run(place));
                case MISSING -> SmallArchive.key(task(place, "a"), Role.PREVIEW);
                case SHORTER -> SmallArchive.key(task(place, "a"), Role.RESULT);
                case LONGER -> SmallArchive.key(task(place, "a"), Role.VIDEO);
                case EXTRA -> "archive/media/" + task(place, "b") + "/audio.mp3";
                case REPLACED_BY_BYTES_OF_THE_SAME_SIZE -> SmallArchive.key(task(place, "b"), Role.PREVIEW);
                case SWAPPED_WITH_ANOTHER -> SmallArchive.key(task(place, "b"), Role.VIDEO);
                case REPLACED_UNDER_THE_SAME_ETAG -> SmallArchive.key(task(place, "c"), Role.PREVIEW);
                case ANOTHER_VERSION_OF_THE_SAME_BYTES -> SmallArchive.key(task(place, "c"), Role.VIDEO);
                case SILENT_ROT -> SmallArchive.key(task(place, "d"), Role.VIDEO);
                case NOT_GIVEN_OUT -> SmallArchive.key(task(place, "d"), Role.RESULT);
            };
        }
    }

    @TempDir
    private static Path home;

    private static final InMemoryObjectStore BUCKET = SmallArchive.storeOf(Map.of());
    private static final Map<String, Kind> DAMAGE = new HashMap<>();

    private static RunId run(int place) {
        return new RunId("202611%02dT020000Z-%06x".formatted(place + 1, place));
    }

    private static String task(int place, String name) {
        return "t%02d-%s".formatted(place, name);
    }

    @BeforeAll
    static void damage() throws Exception {
        SmallArchive archive = new SmallArchive(new Versioned(BUCKET), home);
        for (int place = 0; place < PLACES; place++) {
            int number = place;
            archive.publish(
                    run(place),
                    Stream.of("a", "b", "c", "d")
                            .map(name -> task(number, name))
                            .toList(),
                    List.of());
        }
        assertThat(SmallArchive.withoutHome(new Damaged(BUCKET), ALL, AuditMode.READ)
                        .lines())
                .as("findings before anything is damaged")
                .isEmpty();
        for (Kind kind : Kind.values()) {
            for (int place = 0; place < PLACES; place++) {
                DAMAGE.put(kind.key(place), kind);
                damage(kind, place);
            }
        }
    }

    private static void damage(Kind kind, int place) throws IOException {
        String key = kind.key(place);
        switch (kind) {
            case RUN_FILE_EDITED -> flipLastBit(key);
            case RUN_FILE_MISSING, MISSING -> BUCKET.remove(key);
            case SHORTER -> {
                byte[] bytes = SmallArchive.read(BUCKET, key);
                BUCKET.plant(key, Arrays.copyOf(bytes, bytes.length - 1));
            }
            case LONGER -> {
                byte[] bytes = SmallArchive.read(BUCKET, key);
                BUCKET.plant(key, Arrays.copyOf(bytes, bytes.length + 1));
            }
            case EXTRA -> BUCKET.plant(key, SmallArchive.bytes("nobody knows it"));
            case REPLACED_BY_BYTES_OF_THE_SAME_SIZE -> flipLastBit(key);
            case SWAPPED_WITH_ANOTHER -> {
                // Each pair is swapped once, and both of it are damaged.
                if (place % 2 == 1) {
                    String other = kind.key(place - 1);
                    byte[] bytes = SmallArchive.read(BUCKET, key);
                    BUCKET.plant(key, SmallArchive.read(BUCKET, other));
                    BUCKET.plant(other, bytes);
                }
            }
            case REPLACED_UNDER_THE_SAME_ETAG, ANOTHER_VERSION_OF_THE_SAME_BYTES, SILENT_ROT, NOT_GIVEN_OUT -> {
                // What the store says and gives out is another: see Damaged.
            }
        }
    }

    private static void flipLastBit(String key) throws IOException {
        byte[] bytes = SmallArchive.read(BUCKET, key);
        bytes[bytes.length - 1] ^= 1;
        BUCKET.plant(key, bytes);
    }

    @Test
    void thereAreTwoHundredAndFortyDamages() {
        assertThat(DAMAGE).hasSize(240);
    }

    @ParameterizedTest
    @EnumSource(AuditMode.class)
    void eachModeFindsExactlyWhatItsColumnSays(AuditMode mode) throws Exception {
        List<String> expected = new ArrayList<>();
        DAMAGE.forEach((key, kind) -> kind.code(mode).ifPresent(code -> expected.add(code + " " + key)));

        List<String> found =
                SmallArchive.withoutHome(new Damaged(BUCKET), ALL, mode).lines();

        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = AuditMode.class,
            names = {"LIST", "HEAD", "READ"})
    void oneRunAloneShowsItsOwnDamage(AuditMode mode) throws Exception {
        int place = 7;
        Set<String> own = new HashSet<>();
        for (Kind kind : Kind.values()) {
            if (kind != Kind.EXTRA) {
                kind.code(mode).ifPresent(code -> own.add(code + " " + kind.key(place)));
            }
        }

        assertThat(SmallArchive.withoutHome(new Damaged(BUCKET), new AuditScope.OneRun(run(place)), mode)
                        .lines())
                .containsExactlyInAnyOrderElementsOf(own);
    }

    /** A bucket that keeps versions, as far as an audit sees it. */
    private static class Versioned extends DistortedStore {
        private final ObjectStore bucket;

        Versioned(ObjectStore bucket) {
            super(bucket);
            this.bucket = bucket;
        }

        @Override
        public Creation create(NewObject object) throws InterruptedException {
            return switch (bucket.create(object)) {
                case Creation.Created created -> {
                    StoredObject stored = created.object();
                    yield new Creation.Created(new StoredObject(
                            stored.bucket(),
                            stored.key(),
                            "first",
                            stored.content(),
                            stored.etag(),
                            stored.storeChecksum(),
                            stored.storedAt(),
                            stored.verifiedBy()));
                }
                case Creation other -> other;
            };
        }

        @Override
        public Optional<ObjectHead> head(String key) throws IOException {
            return super.head(key).map(head -> with(head, head.storeChecksum(), "first"));
        }

        static ObjectHead with(ObjectHead head, @Nullable String checksum, String version) {
            return new ObjectHead(head.key(), head.size(), null, head.contentType(), head.etag(), checksum, version);
        }
    }

    /** The same bucket, lying and rotting where it is damaged. */
    private static final class Damaged extends Versioned {
        Damaged(ObjectStore bucket) {
            super(bucket);
        }

        @Override
        public Optional<ObjectHead> head(String key) throws IOException {
            Kind kind = DAMAGE.get(key);
            return super.head(key).map(head -> switch (kind) {
                case REPLACED_UNDER_THE_SAME_ETAG ->
                    with(head, "SHA256:FULL_OBJECT:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "first");
                case ANOTHER_VERSION_OF_THE_SAME_BYTES -> with(head, head.storeChecksum(), "second");
                case null, default -> head;
            });
        }

        @Override
        public InputStream open(String key) throws IOException {
            if (DAMAGE.get(key) == Kind.NOT_GIVEN_OUT) {
                throw new AccessDeniedException(key, null, "it is in an archive class");
            }
            return super.open(key);
        }

        @Override
        protected InputStream distort(String name, byte[] bytes) {
            Kind kind = DAMAGE.get(name);
            if (kind == Kind.SILENT_ROT || kind == Kind.REPLACED_UNDER_THE_SAME_ETAG) {
                bytes[0] ^= 1;
            }
            return new ByteArrayInputStream(bytes);
        }
    }
}
