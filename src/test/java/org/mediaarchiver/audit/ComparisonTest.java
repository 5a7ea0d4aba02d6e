package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;

class ComparisonTest {
    private static final Sha256 DIGEST = Sha256.of(new byte[] {1, 2, 3});
    private static final Sha256 OTHER = Sha256.of(new byte[] {4});

    @Test
    void oneThingInCommonIsEnough() {
        assertThat(compared("etag", null, null, head("etag", null, null))).isEqualTo("sound");
        assertThat(compared(null, "CRC32C:FULL_OBJECT:AAAA", null, head(null, "CRC32C:FULL_OBJECT:AAAA", null)))
                .isEqualTo("sound");
        assertThat(compared(null, null, "v1", head("etag", null, "v1"))).isEqualTo("sound");
    }

    @Test
    void aVersionIsComparedAsManifestsSpellIt() {
        assertThat(compared("etag", null, "%2Dv1", head("etag", null, "-v1"))).isEqualTo("sound");
        assertThat(compared("etag", null, "%2Dv1", head("etag", null, "-v2")))
                .isEqualTo("CHANGED version %2Dv2 and not %2Dv1");
    }

    @Test
    void aSha256OfTheStoreIsHeldAgainstTheRowsWhateverTheStoreToldThen() {
        assertThat(compared(null, null, null, head(null, "SHA256:FULL_OBJECT:" + DIGEST.base64(), null)))
                .isEqualTo("sound");
        assertThat(compared("etag", null, null, head("etag", "SHA256:FULL_OBJECT:" + OTHER.base64(), null)))
                .startsWith("CHANGED checksum SHA256:FULL_OBJECT:");
    }

    @Test
    void checksumsOfTwoKindsAreNotCompared() {
        assertThat(compared("etag", "CRC32C:FULL_OBJECT:AAAA", null, head("etag", "CRC32:FULL_OBJECT:BBBB", null)))
                .isEqualTo("sound");
        assertThat(compared(null, "CRC32C:FULL_OBJECT:AAAA", null, head(null, "CRC32:FULL_OBJECT:BBBB", null)))
                .startsWith("UNVERIFIABLE");
    }

    @Test
    void aClaimInTheMetadataCanAccuseButNotAcquit() {
        assertThat(new Comparison(row(null, null, null), new ObjectHead("key", 3, DIGEST, null, null, null, null))
                        .finding())
                .extracting(Finding::code)
                .isEqualTo(FindingCode.UNVERIFIABLE);
        assertThat(new Comparison(row("etag", null, null), new ObjectHead("key", 3, OTHER, null, "etag", null, null))
                        .finding())
                .extracting(Finding::code)
                .isEqualTo(FindingCode.CHANGED);
    }

    @Test
    void equalBytesUnderAnotherETagAreStillAnotherObject() {
        Comparison comparison = new Comparison(row("etag", null, null), head("other", null, null));

        assertThat(text(comparison.findingAfterReading(DIGEST)))
                .isEqualTo("CHANGED the same bytes but ETag other and not etag");
    }

    private static String compared(
            @Nullable String etag, @Nullable String checksum, @Nullable String version, ObjectHead head) {
        return text(new Comparison(row(etag, checksum, version), head).finding());
    }

    private static String text(@Nullable Finding finding) {
        return finding == null ? "sound" : finding.code().code() + " " + finding.what();
    }

    private static ObjectHead head(@Nullable String etag, @Nullable String checksum, @Nullable String version) {
        return new ObjectHead("key", 3, null, null, etag, checksum, version);
    }

    private static ExpectedObject row(@Nullable String etag, @Nullable String checksum, @Nullable String version) {
        return new ExpectedObject("key", SmallArchive.FIRST, 3, DIGEST, etag, checksum, version);
    }
}
