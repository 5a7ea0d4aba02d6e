package org.mediaarchiver.storage;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a bucket's store can do, as far as it was tried.
 *
 * @param answers for every feature
 */
public record StoreCapabilities(Map<Feature, Answer> answers) {
    /** Nothing is known: every object is looked up before it is created, and read back where nothing else proves it. */
    public static final StoreCapabilities UNKNOWN = new StoreCapabilities(Map.of());

    /** The name that the format goes by in {@link #facts}, and its value; raised whenever answers mean something else. */
    private static final String FORMAT_NAME = "probe_format";

    private static final String FORMAT = "3";

    /** Features that have no answer are unknown. */
    public StoreCapabilities {
        Map<Feature, Answer> all = new EnumMap<>(Feature.class);
        for (Feature feature : Feature.values()) {
            all.put(feature, answers.getOrDefault(feature, Answer.UNKNOWN));
        }
        answers = Collections.unmodifiableMap(all);
    }

    /** What stores differ in. */
    public enum Feature {
        /** The credentials may delete under the probe's prefix; without that nothing else is tried. */
        DELETE,
        /** A put with the right {@code x-amz-checksum-sha256} is taken. */
        SHA256_TAKEN,
        /** A put with a wrong {@code x-amz-checksum-sha256} is refused. */
        SHA256_VERIFIED,
        /** A HEAD tells the SHA-256 of an object that was put with it. */
        SHA256_TOLD,
        /** A put with a right {@code Content-MD5} is taken, and one with a wrong {@code Content-MD5} refused. */
        MD5_VERIFIED,
        /** A put with {@code If-None-Match: *} is taken. */
        CONDITION_TAKEN,
        /** Such a put leaves alone what is there. */
        CONDITION_KEPT,
        /** A put with {@code If-Match} replaces the object with that ETag, and no other. */
        MATCH_KEPT,
        /** The completion of an upload in parts with {@code If-None-Match: *} is taken. */
        COMPLETION_CONDITION_TAKEN,
        /** Such a completion leaves alone what is there. */
        COMPLETION_CONDITION_KEPT,
        /**
         * The completion of an upload in parts with a wrong CRC32C of the whole object is refused, and one with the right CRC32C
         * taken, which a HEAD then tells.
         */
        FULL_CRC_VERIFIED,
        /** Objects have version ids. */
        VERSIONS
    }

    /** What a trial showed. */
    public enum Answer {
        YES,
        NO,
        /** It was not tried, or the trial showed neither. */
        UNKNOWN
    }

    /** Returns what is known of a feature. */
    public Answer of(Feature feature) {
        return answers.getOrDefault(feature, Answer.UNKNOWN);
    }

    boolean has(Feature feature) {
        return of(feature) == Answer.YES;
    }

    boolean lacks(Feature feature) {
        return of(feature) == Answer.NO;
    }

    /** Tells whether a damaged body is refused for its {@code Content-MD5}, and for nothing else. */
    boolean verifiesMd5Alone() {
        return lacks(Feature.SHA256_VERIFIED) && has(Feature.MD5_VERIFIED);
    }

    /**
     * Returns what may be left out of a request that a store refuses for more than it knows, in the order to try.
     *
     * <p>The condition of a completion comes last: Swift keeps to it, and knows none on a put.
     */
    List<StoreCapabilities> withLess() {
        StoreCapabilities unconditional = without(Feature.CONDITION_TAKEN);
        StoreCapabilities neither = unconditional.without(Feature.SHA256_TAKEN);
        return Stream.of(
                        unconditional,
                        without(Feature.SHA256_TAKEN),
                        neither,
                        neither.without(Feature.COMPLETION_CONDITION_TAKEN))
                .filter(less -> !less.equals(this))
                .distinct()
                .toList();
    }

    /** A trial that showed a feature is not doubted. */
    private StoreCapabilities without(Feature feature) {
        Map<Feature, Answer> less = new EnumMap<>(answers);
        less.put(feature, has(feature) ? Answer.YES : Answer.NO);
        return new StoreCapabilities(less);
    }

    /** Returns the answers as names and words that can be kept and published, and read again by {@link #of(Map)}. */
    public Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>();
        facts.put(FORMAT_NAME, FORMAT);
        answers.forEach((feature, answer) -> facts.put(word(feature), word(answer)));
        return facts;
    }

    /** Returns the answers of {@link #facts}; {@link #UNKNOWN} where another version of this program wrote them. */
    public static StoreCapabilities of(Map<String, String> facts) {
        if (!FORMAT.equals(facts.get(FORMAT_NAME))) {
            return UNKNOWN;
        }
        Map<Feature, Answer> answers = new EnumMap<>(Feature.class);
        for (Feature feature : Feature.values()) {
            for (Answer answer : Answer.values()) {
                if (word(answer).equals(facts.get(word(feature)))) {
                    answers.put(feature, answer);
                }
            }
        }
        return new StoreCapabilities(answers);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
