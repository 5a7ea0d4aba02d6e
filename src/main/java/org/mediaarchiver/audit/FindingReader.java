package org.mediaarchiver.audit;

import java.io.Closeable;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.archive.KeyLayout;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.TaskId;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads {@code audit.jsonl} line by line, and believes nothing but the codes and the keys: what an object must be is for the
 * ledger to say.
 *
 * <p>Memory does not grow with the file. Not safe for use by several threads.
 */
public final class FindingReader implements Closeable {
    private static final int LONGEST_TEXT = 16 * 1024;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(LONGEST_TEXT)
                            .maxNameLength(LONGEST_TEXT)
                            .maxNestingDepth(16)
                            .build())
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final KeyLayout layout;
    private final MappingIterator<Form> lines;
    private long line;

    private record Form(@Nullable String code, @Nullable String key) {}

    /** What a line comes to. */
    public sealed interface Line {
        /** Returns its number, the first line being 1. */
        long number();

        /**
         * An object is missing or is not the one that was stored.
         *
         * @param key its whole key
         */
        record Damage(long number, FindingCode code, TaskId task, Role role, String key) implements Line {}

        /**
         * There is nothing that could be made good without a person.
         *
         * @param key what the finding is about
         */
        record Other(long number, FindingCode code, String key) implements Line {}
    }

    /**
     * Reads from {@code in}, which {@link #close} closes.
     *
     * @param prefix before every key of the archive, may be empty
     */
    public FindingReader(InputStream in, String prefix) {
        this.layout = new KeyLayout(prefix);
        this.lines = MAPPER.readerFor(Form.class).readValues(in);
    }

    /**
     * Returns the next line, or null after the last.
     *
     * <p>A missing or changed object whose key is not one of this archive is no damage: it is a line like any other.
     *
     * @throws MalformedAuditException if it is not what an audit writes, or the file cannot be read
     */
    public @Nullable Line next() throws MalformedAuditException {
        line++;
        try {
            if (!lines.hasNextValue()) {
                return null;
            }
            Form form = lines.nextValue();
            Optional<FindingCode> code =
                    form == null || form.code() == null ? Optional.empty() : FindingCode.of(form.code());
            if (code.isEmpty() || form.key() == null) {
                throw malformed(null);
            }
            return line(code.get(), form.key());
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private Line line(FindingCode code, String key) {
        if (code == FindingCode.MISSING || code == FindingCode.CHANGED) {
            Optional<KeyLayout.Place> place = layout.place(key);
            if (place.isPresent()) {
                return new Line.Damage(
                        line, code, place.get().task(), place.get().role(), key);
            }
        }
        return new Line.Other(line, code, key);
    }

    private MalformedAuditException malformed(@Nullable JacksonException cause) {
        MalformedAuditException malformed = new MalformedAuditException(
                "line " + line + " of " + AuditFile.AUDIT_JSONL.fileName() + " is not what an audit writes");
        malformed.initCause(cause);
        return malformed;
    }

    @Override
    public void close() {
        lines.close();
    }
}
