package org.mediaarchiver.manifest;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mediaarchiver.domain.Sha256;

/** Spells and reads the commit mark of a run: one line, as {@code sha256sum} writes it. */
public final class RunMark {
    private static final Pattern SYNTAX = Pattern.compile("([0-9a-f]{64})  run\\.json\n");

    private RunMark() {}

    static byte[] bytes(LocalRunFile run) {
        return (run.content().sha256() + "  " + run.file().fileName() + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the digest of {@code run.json} that a mark names, or nothing where the bytes are no mark. */
    public static Optional<Sha256> read(byte[] mark) {
        Matcher matcher = SYNTAX.matcher(new String(mark, StandardCharsets.ISO_8859_1));
        return matcher.matches() ? Optional.of(new Sha256(matcher.group(1))) : Optional.empty();
    }
}
