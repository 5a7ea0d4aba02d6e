package org.mediaarchiver.manifest;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunFacts.Options.Flag;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Status;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a {@code run.json} says.
 *
 * @param facts what does not follow from the run's rows
 * @param counts what its rows are said to add up to
 * @param files every file of the run but {@code run.json} and its mark, in the order of publication
 */
public record RunRecord(RunFacts facts, RunCounts counts, List<ListedFile> files) {
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** A file of the run, and what its bytes are said to be. */
    public record ListedFile(String name, long bytes, Sha256 sha256) {}

    public RunRecord {
        files = List.copyOf(files);
    }

    /** Returns the run's id. */
    public RunId runId() {
        return facts.runId();
    }

    /** Returns the run before it in the chain, null for the first. */
    public RunFacts.@Nullable Previous previous() {
        return facts.previous();
    }

    /** Returns how many lines of the input named no task, null where there was no input. */
    @Nullable
    Long rejected() {
        RunFacts.Input input = facts.input();
        return input == null ? null : input.rejected();
    }

    /** Returns where the objects were stored. */
    public String bucket() {
        return facts.archive().bucket();
    }

    /** Returns what is before every key, may be empty. */
    public String prefix() {
        return facts.archive().prefix();
    }

    /**
     * Reads a {@code run.json}; members that are not known are passed over.
     *
     * @throws MalformedRunJsonException if it is no JSON, of another format, or a member is missing or of another kind
     */
    public static RunRecord read(byte[] json) throws MalformedRunJsonException {
        JsonNode root = tree(json);
        String format = text(root, "format");
        if (!format.equals(RunJson.FORMAT)) {
            throw new MalformedRunJsonException(
                    MalformedRunJsonException.Kind.FORMAT, "the format is " + format + " and not " + RunJson.FORMAT);
        }
        return new RunRecord(facts(root), counts(object(root, "counts")), files(root));
    }

    private static RunFacts facts(JsonNode root) throws MalformedRunJsonException {
        JsonNode counts = object(root, "counts");
        return new RunFacts(
                word(root, "run_id", RunId::new),
                word(root, "job", RunRecord::job),
                previous(root),
                input(root),
                new RunFacts.Counts(
                        number(counts, "already_archived"),
                        number(counts, "carried_over"),
                        number(counts, "not_taken")),
                word(root, "started_at", Instant::parse),
                word(root, "finished_at", Instant::parse),
                text(object(root, "tool"), "version"),
                archive(object(root, "archive")),
                options(object(root, "options")),
                store(object(root, "store")));
    }

    private static String job(String name) {
        if (RunFacts.isJob(name)) {
            return name;
        }
        throw new IllegalArgumentException(name);
    }

    private static JsonNode tree(byte[] json) throws MalformedRunJsonException {
        try {
            JsonNode root = MAPPER.readTree(json);
            if (root.isObject()) {
                return root;
            }
        } catch (JacksonException e) {
            throw malformed("not JSON: " + e.getOriginalMessage());
        }
        throw malformed("no JSON object");
    }

    private static RunFacts.@Nullable Previous previous(JsonNode root) throws MalformedRunJsonException {
        if (member(root, "previous").isNull()) {
            return null;
        }
        JsonNode previous = object(root, "previous");
        return new RunFacts.Previous(
                word(previous, "run_id", RunId::new), word(previous, "run_json_sha256", Sha256::new));
    }

    private static RunFacts.@Nullable Input input(JsonNode root) throws MalformedRunJsonException {
        if (member(root, "input").isNull()) {
            return null;
        }
        JsonNode input = object(root, "input");
        return new RunFacts.Input(
                text(input, "name"),
                number(input, "bytes"),
                word(input, "sha256", Sha256::new),
                number(input, "lines"),
                number(input, "tasks"),
                number(input, "duplicates"),
                number(input, "rejected"));
    }

    private static RunFacts.Archive archive(JsonNode node) throws MalformedRunJsonException {
        String endpoint = member(node, "endpoint").isNull() ? null : text(node, "endpoint");
        return new RunFacts.Archive(endpoint, text(node, "bucket"), text(node, "prefix"));
    }

    private static RunFacts.Options options(JsonNode node) throws MalformedRunJsonException {
        Long limit = member(node, "limit").isNull() ? null : number(node, "limit");
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        if (flag(node, "retry_failed")) {
            flags.add(Flag.RETRY_FAILED);
        }
        if (flag(node, "full_manifest")) {
            flags.add(Flag.FULL_MANIFEST);
        }
        return new RunFacts.Options(limit, flags);
    }

    private static Map<String, String> store(JsonNode node) throws MalformedRunJsonException {
        Map<String, String> store = new HashMap<>();
        for (String name : node.propertyNames()) {
            store.put(name, text(node, name));
        }
        return store;
    }

    private static RunCounts counts(JsonNode node) throws MalformedRunJsonException {
        return new RunCounts(
                number(node, "tasks"),
                number(node, "rows"),
                tallies(object(node, "status"), new EnumMap<>(Status.class), word -> status(word)),
                tallies(object(node, "reason"), new EnumMap<>(Reason.class), Reason::valueOf),
                number(node, "stored_bytes"),
                number(node, "new_bytes"));
    }

    private static Status status(String word) {
        for (Status status : Status.values()) {
            if (status.word().equals(word)) {
                return status;
            }
        }
        throw new IllegalArgumentException(word);
    }

    private static <K> Map<K, Long> tallies(JsonNode node, Map<K, Long> tallies, Function<String, K> parse)
            throws MalformedRunJsonException {
        for (String name : node.propertyNames()) {
            try {
                tallies.put(parse.apply(name), number(node, name));
            } catch (IllegalArgumentException e) {
                throw malformed("the counts name " + name + " which is no status or reason");
            }
        }
        return tallies;
    }

    private static List<ListedFile> files(JsonNode root) throws MalformedRunJsonException {
        JsonNode list = member(root, "files");
        if (!list.isArray()) {
            throw malformed("files is no list");
        }
        List<ListedFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode node : list) {
            String name = text(node, "name");
            // The name becomes a path: it must not lead out of the folder.
            if (!FILE_NAME.matcher(name).matches() || !names.add(name)) {
                throw malformed("files names " + name + " which is no name or stands there twice");
            }
            files.add(new ListedFile(name, number(node, "bytes"), word(node, "sha256", Sha256::new)));
        }
        return files;
    }

    private static <V> V word(JsonNode node, String name, Function<String, V> parse) throws MalformedRunJsonException {
        String text = text(node, name);
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw malformed(name + " cannot be " + text);
        }
    }

    private static String text(JsonNode node, String name) throws MalformedRunJsonException {
        JsonNode member = member(node, name);
        if (!member.isString()) {
            throw malformed(name + " is no text");
        }
        return member.stringValue();
    }

    private static long number(JsonNode node, String name) throws MalformedRunJsonException {
        JsonNode member = member(node, name);
        if (!member.isIntegralNumber() || !member.canConvertToLong() || member.longValue() < 0) {
            throw malformed(name + " is no count");
        }
        return member.longValue();
    }

    private static boolean flag(JsonNode node, String name) throws MalformedRunJsonException {
        JsonNode member = member(node, name);
        if (!member.isBoolean()) {
            throw malformed(name + " is neither true nor false");
        }
        return member.booleanValue();
    }

    private static JsonNode object(JsonNode node, String name) throws MalformedRunJsonException {
        JsonNode member = member(node, name);
        if (!member.isObject()) {
            throw malformed(name + " is no object");
        }
        return member;
    }

    private static JsonNode member(JsonNode node, String name) throws MalformedRunJsonException {
        JsonNode member = node.get(name);
        if (member == null) {
            throw malformed(name + " is missing");
        }
        return member;
    }

    private static MalformedRunJsonException malformed(String fault) {
        return new MalformedRunJsonException(MalformedRunJsonException.Kind.CONTENT, fault);
    }
}
