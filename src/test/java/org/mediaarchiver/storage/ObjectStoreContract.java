package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Body;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StoredObject;
import org.mediaarchiver.domain.VerifyMethod;
import org.mediaarchiver.storage.ObjectStore.Creation;
import org.mediaarchiver.storage.ObjectStore.NewObject;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import org.mediaarchiver.storage.ObjectStore.ObjectVersion;

/** What every store keeps to; each test uses keys of its own, so that one bucket serves them all. */
abstract class ObjectStoreContract {
    abstract ObjectStore store();

    /** Tells whether this store is one that replaces what matches and nothing else. */
    boolean replaces() {
        return true;
    }

    /** Tells whether this store's bucket keeps what was there before. */
    boolean keepsVersions() {
        return false;
    }

    /** Tells whether this store's bucket itself refuses to create what is there, so that one of many creators alone does. */
    boolean createsOnlyOnce() {
        return true;
    }

    /** Tells the same of objects that are sent in parts. */
    boolean completesOnlyOnce() {
        return true;
    }

    /** Tells whether this store loses nothing of its own where several write to one key at once. */
    boolean standsRivals() {
        return true;
    }

    /** Returns the longest key that this store takes, in bytes of UTF-8. */
    int longestKey() {
        return 1024;
    }

    /** Tells whether of many that would replace an object this store lets only one. */
    boolean replacesOnlyOnce() {
        return replaces();
    }

    /** Tells whether bytes that do not have the digest they were announced with are refused before they lie under a key. */
    boolean refusesOtherBytes() {
        return true;
    }

    /** Tells whether this store lists in the order that S3 documents. */
    boolean listsInOrder() {
        return true;
    }

    private ObjectHead seen(String key, String text) throws Exception {
        store().create(object(key, text.getBytes(UTF_8)));
        return store().head(key).orElseThrow();
    }

    static NewObject object(String key, byte[] bytes) {
        return object(key, new Body.Bytes(bytes), bytes);
    }

    static NewObject object(String key, Body body, byte[] bytes) {
        StoredObject.Content content = new StoredObject.Content(bytes.length, Sha256.of(bytes), "video/mp4");
        return new NewObject(key, body, content, Map.of("task-id", "t1", "run-id", "20261123T020000Z-7f3a9c"));
    }

    byte[] read(String key) throws IOException {
        try (InputStream bytes = store().open(key)) {
            return bytes.readAllBytes();
        }
    }

    @Test
    void aCreatedObjectHoldsTheBytesThatWereSent() throws Exception {
        byte[] bytes = "moving pictures".getBytes(UTF_8);

        Creation creation = store().create(object("created/video.mp4", bytes));

        assertThat(creation).isInstanceOfSatisfying(Creation.Created.class, created -> {
            StoredObject object = created.object();
            assertThat(object.key()).isEqualTo("created/video.mp4");
            assertThat(object.content())
                    .isEqualTo(new StoredObject.Content(bytes.length, Sha256.of(bytes), "video/mp4"));
            assertThat(object.etag()).isNotBlank().doesNotContain("\"");
            assertThat(object.verifiedBy()).isNotIn(VerifyMethod.NONE, VerifyMethod.LEDGER);
        });
        assertThat(read("created/video.mp4")).isEqualTo(bytes);
    }

    @Test
    void aCreatedObjectIsDescribedByItsHead() throws Exception {
        byte[] bytes = "described".getBytes(UTF_8);
        StoredObject created = ((Creation.Created) store().create(object("head/video.mp4", bytes))).object();

        ObjectHead head = store().head("head/video.mp4").orElseThrow();

        assertThat(head)
                .isEqualTo(new ObjectHead(
                        "head/video.mp4",
                        bytes.length,
                        Sha256.of(bytes),
                        "video/mp4",
                        created.etag(),
                        created.storeChecksum(),
                        created.versionId()));
    }

    @Test
    void aFileIsCreatedAsItsBytes(@TempDir Path directory) throws Exception {
        byte[] bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(directory.resolve("video"), bytes);

        Creation creation = store().create(object("file/video.mp4", new Body.File(file), bytes));

        assertThat(creation).isInstanceOf(Creation.Created.class);
        assertThat(read("file/video.mp4")).isEqualTo(bytes);
    }

    @Test
    void aFileThatIsTooLargeForOneRequestIsCreatedAsItsBytes(@TempDir Path directory) throws Exception {
        byte[] bytes = large(4);
        Path file = Files.write(directory.resolve("large"), bytes);
        NewObject large = object("large/video.mp4", new Body.File(file), bytes);

        Creation creation = store().create(large);

        assertThat(creation)
                .isInstanceOfSatisfying(
                        Creation.Created.class,
                        created -> assertThat(created.object().verifiedBy())
                                .isNotIn(VerifyMethod.NONE, VerifyMethod.LEDGER));
        assertThat(Sha256.of(read("large/video.mp4"))).isEqualTo(Sha256.of(bytes));
        assertThat(store().create(large)).isInstanceOf(Creation.Same.class);
    }

    @Test
    void otherBytesAreNotWrittenInPartsOverAnObject(@TempDir Path directory) throws Exception {
        byte[] first = large(6);
        byte[] second = first.clone();
        second[6_000_000]++;
        Path file = Files.write(directory.resolve("first"), first);
        Path other = Files.write(directory.resolve("second"), second);
        store().create(object("large-and-other/video.mp4", new Body.File(file), first));

        Creation creation = store().create(object("large-and-other/video.mp4", new Body.File(other), second));

        assertThat(creation).isInstanceOf(Creation.Different.class);
        assertThat(Sha256.of(read("large-and-other/video.mp4"))).isEqualTo(Sha256.of(first));
    }

    @Test
    void aFileThatWasDamagedSinceItWasHashedIsNotCompleted(@TempDir Path directory) throws Exception {
        byte[] bytes = large(7);
        byte[] damaged = bytes.clone();
        damaged[1]++;
        Path file = Files.write(directory.resolve("damaged"), damaged);

        Creation creation = store().create(object("damaged/video.mp4", new Body.File(file), bytes));

        assertThat(creation)
                .isInstanceOfSatisfying(
                        Creation.NotCreated.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_REFUSED));
        assertThat(store().head("damaged/video.mp4")).isEmpty();
    }

    @Test
    void aKeyMayBeAsLongAsS3Allows() throws Exception {
        // Stores that keep objects as files bound the length of each name between slashes.
        String folder = "k".repeat(99) + "/";
        String key = folder.repeat(11).substring(0, longestKey() - 2) + "\u00e9";
        assertThat(key.getBytes(UTF_8)).hasSize(longestKey());

        assertThat(store().create(object(key, "deep".getBytes(UTF_8)))).isInstanceOf(Creation.Created.class);

        assertThat(read(key)).asString(UTF_8).isEqualTo("deep");
        try (Stream<ObjectHead> listing = store().list(folder)) {
            assertThat(listing.map(ObjectHead::key)).containsExactly(key);
        }
    }

    @Test
    void anEmptyObjectIsAnObject() throws Exception {
        assertThat(store().create(object("empty/video.mp4", new byte[0]))).isInstanceOf(Creation.Created.class);

        assertThat(store().head("empty/video.mp4").orElseThrow().size()).isZero();
        assertThat(read("empty/video.mp4")).isEmpty();
    }

    @Test
    void theSameBytesAgainAreTheSameObject() throws Exception {
        byte[] bytes = "once".getBytes(UTF_8);
        store().create(object("same/video.mp4", bytes));

        Creation again = store().create(object("same/video.mp4", bytes));

        assertThat(again)
                .isInstanceOfSatisfying(
                        Creation.Same.class,
                        same -> assertThat(same.object().content().sha256()).isEqualTo(Sha256.of(bytes)));
    }

    @Test
    void otherBytesOfTheSameSizeAreNeverWrittenOverAnObject() throws Exception {
        store().create(object("different/video.mp4", "first".getBytes(UTF_8)));

        Creation second = store().create(object("different/video.mp4", "other".getBytes(UTF_8)));

        assertThat(second).isInstanceOfSatisfying(Creation.Different.class, different -> {
            assertThat(different.existing().key()).isEqualTo("different/video.mp4");
            assertThat(different.existing().sha256()).isEqualTo(Sha256.of("first".getBytes(UTF_8)));
        });
        assertThat(read("different/video.mp4")).asString(UTF_8).isEqualTo("first");
    }

    @Test
    void otherBytesOfAnotherSizeAreNeverWrittenOverAnObject() throws Exception {
        store().create(object("longer/video.mp4", "first".getBytes(UTF_8)));

        Creation second = store().create(object("longer/video.mp4", "the second".getBytes(UTF_8)));

        assertThat(second)
                .isInstanceOfSatisfying(
                        Creation.Different.class,
                        different -> assertThat(different.existing().size()).isEqualTo(5));
        assertThat(read("longer/video.mp4")).asString(UTF_8).isEqualTo("first");
    }

    @Test
    void bytesThatDoNotHaveTheirDigestAreRefusedAndLeaveNothing() throws Exception {
        StoredObject.Content content = new StoredObject.Content(5, Sha256.of("right".getBytes(UTF_8)), "video/mp4");

        Creation creation = store().create(
                        new NewObject("refused/video.mp4", new Body.Bytes("wrong".getBytes(UTF_8)), content, Map.of()));

        assertThat(creation)
                .isInstanceOfSatisfying(
                        Creation.NotCreated.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_REFUSED));
        // What lies there then was read back, and is never taken for the object.
        assertThat(store().head("refused/video.mp4").isPresent()).isEqualTo(!refusesOtherBytes());
        assertThat(store().create(object("refused/video.mp4", "right".getBytes(UTF_8))))
                .isInstanceOf(refusesOtherBytes() ? Creation.Created.class : Creation.Different.class);
    }

    @Test
    void ofManyCreatorsOfOneKeyOneCreatesItAndTheOthersFindItThere() throws Exception {
        byte[] bytes = new byte[100_000];
        new Random(2).nextBytes(bytes);

        NewObject object = object("race/video.mp4", bytes);

        List<Creation> creations = atOnce(Collections.nCopies(16, object));

        assertEqualCreators(object, creations, createsOnlyOnce());
    }

    @Test
    void ofManyCreatorsWithDifferentBytesOneCreatesItAndItsBytesStand() throws Exception {
        List<NewObject> rivals = IntStream.range(0, 8)
                .mapToObj(i -> object("contest/video.mp4", ("creator " + i).getBytes(UTF_8)))
                .toList();

        List<Creation> creations = atOnce(rivals);

        assertRivalCreators(rivals, creations, createsOnlyOnce());
    }

    @Test
    void ofManyCreatorsInPartsOneCreatesItAndTheOthersFindItThere(@TempDir Path directory) throws Exception {
        byte[] bytes = large(5);
        Path file = Files.write(directory.resolve("large"), bytes);

        NewObject large = object("race-in-parts/video.mp4", new Body.File(file), bytes);

        List<Creation> creations = atOnce(Collections.nCopies(4, large));

        assertEqualCreators(large, creations, completesOnlyOnce());
    }

    @Test
    void ofManyCreatorsInPartsWithDifferentBytesOneCreatesItAndItsBytesStand(@TempDir Path directory) throws Exception {
        List<NewObject> rivals = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            byte[] bytes = large(10 + i);
            Path file = Files.write(directory.resolve("large" + i), bytes);
            rivals.add(object("contest-in-parts/video.mp4", new Body.File(file), bytes));
        }

        List<Creation> creations = atOnce(rivals);

        assertRivalCreators(rivals, creations, completesOnlyOnce());
    }

    /** More than any store of these tests sends in one request. */
    static byte[] large(long seed) {
        byte[] bytes = new byte[6_500_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private List<Creation> atOnce(List<NewObject> objects) throws Exception {
        CyclicBarrier start = new CyclicBarrier(objects.size());
        List<Creation> creations = new ArrayList<>();
        try (ExecutorService creators = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Creation>> futures = new ArrayList<>();
            for (NewObject object : objects) {
                futures.add(creators.submit(() -> {
                    start.await();
                    return store().create(object);
                }));
            }
            for (Future<Creation> future : futures) {
                creations.add(future.get());
            }
        }
        return creations;
    }

    /** Without a condition that the store keeps to several may have created it, over one another; the bytes are the same. */
    private void assertEqualCreators(NewObject object, List<Creation> creations, boolean onlyOnce) throws Exception {
        if (standsRivals()) {
            assertThat(creations)
                    .allMatch(creation -> creation instanceof Creation.Created || creation instanceof Creation.Same);
            assertThat(creations)
                    .filteredOn(Creation.Created.class::isInstance)
                    .hasSizeBetween(1, onlyOnce ? 1 : creations.size());
            assertThat(Sha256.of(read(object.key()))).isEqualTo(object.content().sha256());
        } else {
            assertBelievedWhereRight(object);
        }
    }

    /** Whatever such a store has made of the key, the next one who tries sees what it is. */
    private void assertBelievedWhereRight(NewObject object) throws Exception {
        Creation creation = store().create(object);

        boolean right = Sha256.of(read(object.key())).equals(object.content().sha256());
        assertThat(creation instanceof Creation.Created || creation instanceof Creation.Same)
                .isEqualTo(right);
    }

    /** Without a condition that the store keeps to the last one's bytes stand, and who is overwritten sees that or not. */
    private void assertRivalCreators(List<NewObject> rivals, List<Creation> creations, boolean onlyOnce)
            throws Exception {
        String key = rivals.getFirst().key();
        if (!standsRivals()) {
            assertBelievedWhereRight(rivals.getFirst());
            return;
        }
        List<Sha256> created = creations.stream()
                .filter(Creation.Created.class::isInstance)
                .map(creation ->
                        ((Creation.Created) creation).object().content().sha256())
                .toList();
        assertThat(created).contains(Sha256.of(read(key)));
        assertThat(creations).noneMatch(Creation.Same.class::isInstance);
        if (onlyOnce) {
            assertThat(created).hasSize(1);
            assertThat(creations)
                    .filteredOn(Creation.Different.class::isInstance)
                    .hasSize(creations.size() - 1);
        }
    }

    @Test
    void anObjectIsReplacedWhereTheStoreWouldNotOverwriteAnother() throws Exception {
        ObjectHead seen = seen("replaced/video.mp4", "damaged");
        byte[] bytes = "as it was".getBytes(UTF_8);

        Creation creation = store().replace(object("replaced/video.mp4", bytes), seen);

        assertThat(store().replaces()).isEqualTo(replaces());
        if (replaces()) {
            assertThat(creation)
                    .isInstanceOfSatisfying(
                            Creation.Created.class,
                            created -> assertThat(created.object().verifiedBy())
                                    .isNotIn(VerifyMethod.NONE, VerifyMethod.LEDGER));
            assertThat(store().head("replaced/video.mp4").orElseThrow().sha256())
                    .isEqualTo(Sha256.of(bytes));
            assertThat(read("replaced/video.mp4")).isEqualTo(bytes);
        } else {
            assertThat(creation).isInstanceOf(Creation.NotCreated.class);
            assertThat(read("replaced/video.mp4")).asString(UTF_8).isEqualTo("damaged");
        }
    }

    @Test
    void anObjectThatIsAnotherOneByNowIsNotReplaced() throws Exception {
        ObjectHead seen = seen("moved/video.mp4", "what was seen");
        seen("meanwhile/video.mp4", "another");
        ObjectHead other = store().head("meanwhile/video.mp4").orElseThrow();

        Creation creation = store().replace(object("meanwhile/video.mp4", "as it was".getBytes(UTF_8)), seen);

        assertThat(creation).isNotInstanceOf(Creation.Created.class);
        assertThat(store().head("meanwhile/video.mp4")).contains(other);
        assertThat(read("meanwhile/video.mp4")).asString(UTF_8).isEqualTo("another");
    }

    @Test
    void anObjectThatIsAsItShouldBeByNowIsNotReplaced() throws Exception {
        ObjectHead seen = seen("before/video.mp4", "what was seen");
        byte[] bytes = "as it was".getBytes(UTF_8);
        seen("restored/video.mp4", "as it was");
        ObjectHead restored = store().head("restored/video.mp4").orElseThrow();

        Creation creation = store().replace(object("restored/video.mp4", bytes), seen);

        assertThat(creation).isInstanceOf(replaces() ? Creation.Same.class : Creation.NotCreated.class);
        assertThat(store().head("restored/video.mp4")).contains(restored);
    }

    @Test
    void whatIsGoneIsNotReplaced() throws Exception {
        ObjectHead seen = seen("left/video.mp4", "what was seen");

        Creation creation = store().replace(object("vanished/video.mp4", "as it was".getBytes(UTF_8)), seen);

        assertThat(creation).isInstanceOf(Creation.NotCreated.class);
        assertThat(store().head("vanished/video.mp4")).isEmpty();
    }

    @Test
    void bytesThatDoNotHaveTheirDigestReplaceNothing() throws Exception {
        ObjectHead seen = seen("stands/video.mp4", "wrong");
        StoredObject.Content content = new StoredObject.Content(5, Sha256.of("right".getBytes(UTF_8)), "video/mp4");

        Creation creation = store().replace(
                        new NewObject("stands/video.mp4", new Body.Bytes("false".getBytes(UTF_8)), content, Map.of()),
                        seen);

        assertThat(creation)
                .isInstanceOfSatisfying(
                        Creation.NotCreated.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_REFUSED));
        assertThat(store().head("stands/video.mp4")).contains(seen);
    }

    @Test
    void ofManyThatWouldReplaceAnObjectOneDoes() throws Exception {
        ObjectHead seen = seen("rivals/video.mp4", "damaged");
        CyclicBarrier start = new CyclicBarrier(8);
        List<Creation> creations = new ArrayList<>();
        try (ExecutorService rivals = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Creation>> futures = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] bytes = ("rival " + i).getBytes(UTF_8);
                futures.add(rivals.submit(() -> {
                    start.await();
                    return store().replace(object("rivals/video.mp4", bytes), seen);
                }));
            }
            for (Future<Creation> future : futures) {
                creations.add(future.get());
            }
        }

        List<Creation> created =
                creations.stream().filter(Creation.Created.class::isInstance).toList();
        if (replacesOnlyOnce()) {
            assertThat(created).hasSize(1);
        } else {
            assertThat(created.isEmpty()).isEqualTo(!replaces());
        }
        assertThat(creations).filteredOn(Creation.Same.class::isInstance).isEmpty();
    }

    @Test
    void whatWasThereBeforeIsTheNewestEarlierVersion() throws Exception {
        ObjectHead first = seen("versions/video.mp4", "first");
        seen("versions/video.mp4.longer", "another key");
        assertThat(store().earlierVersions("versions/video.mp4")).isEmpty();

        store().replace(object("versions/video.mp4", "the second".getBytes(UTF_8)), first);
        ObjectHead second = store().head("versions/video.mp4").orElseThrow();
        store().replace(object("versions/video.mp4", "third".getBytes(UTF_8)), second);

        List<ObjectVersion> versions = store().earlierVersions("versions/video.mp4");
        boolean replaced = keepsVersions() && replaces();
        assertThat(versions).extracting(ObjectVersion::size).isEqualTo(replaced ? List.of(10L, 5L) : List.of());
        List<String> bytes = new ArrayList<>();
        for (ObjectVersion version : versions) {
            try (InputStream open = store().open(version)) {
                bytes.add(new String(open.readAllBytes(), UTF_8));
            }
        }
        assertThat(bytes).isEqualTo(replaced ? List.of("the second", "first") : List.of());
    }

    @Test
    void aKeyThatWasNeverUsedHasNoEarlierVersions() throws Exception {
        assertThat(store().earlierVersions("nothing/here")).isEmpty();
    }

    @Test
    void aKeyWithoutAnObjectHasNoHead() throws Exception {
        assertThat(store().head("nothing/here")).isEmpty();
    }

    @Test
    void aKeyWithoutAnObjectCannotBeOpened() {
        assertThatThrownBy(() -> store().open("nothing/here")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void anObjectMayBeClosedBeforeItsEnd() throws Exception {
        byte[] bytes = new byte[2_000_000];
        store().create(object("partly/video.mp4", bytes));

        try (InputStream open = store().open("partly/video.mp4")) {
            assertThat(open.read()).isZero();
        }

        assertThat(read("partly/video.mp4")).hasSize(2_000_000);
    }

    @Test
    void aListingIsInTheByteOrderOfTheKeysWhateverTheyContain() throws Exception {
        List<String> keys = List.of(
                "list/A",
                "list/a b",
                "list/a%20b",
                "list/a+b",
                "list/a-b/x",
                "list/a/x",
                "list/a=b",
                "list/\u00e9",
                "list/\uff5e");
        for (String key : keys.reversed()) {
            assertThat(store().create(object(key, key.getBytes(UTF_8)))).isInstanceOf(Creation.Created.class);
        }

        try (Stream<ObjectHead> listing = store().list("list/")) {
            List<String> listed = listing.map(ObjectHead::key).toList();
            assertThat(listed).containsExactlyInAnyOrderElementsOf(keys);
            assertThat(listed.equals(keys)).isEqualTo(listsInOrder());
        }
        if (!listsInOrder()) {
            // What comes after a key is then anybody's guess, and doctor says so.
            return;
        }
        for (String last : keys) {
            try (Stream<ObjectHead> listing = store().list("list/", last)) {
                assertThat(listing.map(ObjectHead::key))
                        .as("keys after %s", last)
                        .containsExactlyElementsOf(keys.subList(keys.indexOf(last) + 1, keys.size()));
            }
        }
        try (Stream<ObjectHead> listing = store().list("list/", "list/a-")) {
            assertThat(listing.map(ObjectHead::key)).first().isEqualTo("list/a-b/x");
        }
    }

    @Test
    void aListingTellsSizesAndTagsOfTheObjectsUnderItsPrefixAlone() throws Exception {
        store().create(object("sizes/one", new byte[1]));
        store().create(object("sizes/two", new byte[2]));
        store().create(object("sizes-of-others", new byte[3]));

        try (Stream<ObjectHead> listing = store().list("sizes/")) {
            assertThat(listing)
                    .satisfiesExactly(
                            one -> {
                                assertThat(one.size()).isEqualTo(1);
                                assertThat(one.etag()).isNotBlank().doesNotContain("\"");
                            },
                            two -> assertThat(two.size()).isEqualTo(2));
        }
    }
}
