package org.mediaarchiver.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mediaarchiver.media.SampleMedia.ascii;
import static org.mediaarchiver.media.SampleMedia.box;
import static org.mediaarchiver.media.SampleMedia.chunk;
import static org.mediaarchiver.media.SampleMedia.concat;
import static org.mediaarchiver.media.SampleMedia.first;
import static org.mediaarchiver.media.SampleMedia.ftyp;
import static org.mediaarchiver.media.SampleMedia.int32;
import static org.mediaarchiver.media.SampleMedia.int64;
import static org.mediaarchiver.media.SampleMedia.largeBox;
import static org.mediaarchiver.media.SampleMedia.lastBox;
import static org.mediaarchiver.media.SampleMedia.littleEndian;
import static org.mediaarchiver.media.SampleMedia.mp4;
import static org.mediaarchiver.media.SampleMedia.noise;
import static org.mediaarchiver.media.SampleMedia.webp;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.MediaType;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.media.MediaCheck.Finding;

class MediaCheckTest {
    private static final byte[] MOOV = box("moov", noise(60));
    private static final byte[] MDAT = box("mdat", noise(200));
    private static final byte[] MOOF = box("moof", noise(30));

    static Stream<Arguments> wholeFiles() {
        return Stream.of(
                Arguments.of("index first", MediaType.MP4, mp4(300)),
                Arguments.of("index last", MediaType.MP4, concat(ftyp("mp42"), box("free", new byte[0]), MDAT, MOOV)),
                Arguments.of(
                        "fragmented",
                        MediaType.MP4,
                        concat(ftyp("iso5"), MOOV, box("sidx", noise(9)), MOOF, MDAT, MOOF, MDAT)),
                Arguments.of("64-bit size", MediaType.MP4, concat(ftyp("isom"), MOOV, largeBox("mdat", noise(50)))),
                Arguments.of("to the end", MediaType.MP4, concat(ftyp("avc1"), MOOV, lastBox("mdat", noise(50)))),
                Arguments.of("even", MediaType.WEBP, webp(100)),
                Arguments.of("odd and padded", MediaType.WEBP, concat(webp(101), new byte[1])),
                Arguments.of("odd and not padded", MediaType.WEBP, webp(101)),
                Arguments.of("with a thumbnail", MediaType.JPEG, SampleMedia.jpeg()),
                Arguments.of("two in one", MediaType.JPEG, concat(SampleMedia.jpeg(), SampleMedia.jpeg())),
                Arguments.of("of four chunks", MediaType.PNG, SampleMedia.png()),
                Arguments.of("animated", MediaType.GIF, SampleMedia.gif()));
    }

    @ParameterizedTest(name = "{1} {0}")
    @MethodSource("wholeFiles")
    void aWholeFileIsAcceptedHoweverItsBytesArrive(String name, MediaType type, byte[] file) {
        for (int step : new int[] {1, 2, 3, 7, 11, 64, 8192}) {
            assertThat(check(role(type), file, step)).as("in steps of %d", step).isEqualTo(new Finding.Whole(type));
        }
    }

    static Stream<Arguments> filesWithOneEnd() {
        return Stream.of(
                Arguments.of(MediaType.MP4, mp4(120)),
                Arguments.of(MediaType.MP4, concat(ftyp("mp42"), MDAT, MOOV)),
                Arguments.of(MediaType.MP4, concat(ftyp("iso5"), MOOV, MOOF, largeBox("mdat", noise(20)))),
                Arguments.of(MediaType.WEBP, webp(100)),
                Arguments.of(MediaType.WEBP, webp(101)),
                Arguments.of(MediaType.JPEG, SampleMedia.jpeg()),
                Arguments.of(MediaType.PNG, SampleMedia.png()),
                Arguments.of(MediaType.GIF, SampleMedia.gif()));
    }

    @ParameterizedTest
    @MethodSource("filesWithOneEnd")
    void aFileCutAtAnyOffsetIsNeverAccepted(MediaType type, byte[] file) {
        for (int length = 0; length < file.length; length++) {
            Finding finding = check(role(type), first(file, length), 8192);

            Reason expected = length == 0 ? Reason.EMPTY : length < 12 ? Reason.NOT_MEDIA : Reason.TRUNCATED;
            assertThat(reason(finding))
                    .as("%s cut after %d bytes", type, length)
                    .isEqualTo(expected);
        }
    }

    static Stream<Arguments> noMedia() {
        return Stream.of(
                Arguments.of(Role.VIDEO, "HTML", ascii("<!DOCTYPE html><html><body>expired</body></html>")),
                Arguments.of(Role.VIDEO, "HTML after white space", ascii("\r\n\t  <html>...")),
                Arguments.of(Role.VIDEO, "XML after a BOM", ascii("\u00ef\u00bb\u00bf<?xml version='1.0'?><Error/>")),
                Arguments.of(Role.PREVIEW, "JSON", ascii("{\"error\":\"expired\"}")),
                Arguments.of(Role.PREVIEW, "short HTML", ascii("<html>")),
                Arguments.of(Role.VIDEO, "text", ascii("Not Found: no such file")),
                Arguments.of(Role.VIDEO, "zeros", new byte[5000]),
                Arguments.of(Role.VIDEO, "gzip", concat(new byte[] {0x1f, (byte) 0x8b, 8, 0}, noise(500))),
                Arguments.of(Role.VIDEO, "WebM", concat(new byte[] {0x1a, 0x45, (byte) 0xdf, (byte) 0xa3}, noise(500))),
                Arguments.of(Role.VIDEO, "MPEG-TS", concat(new byte[] {0x47, 0x40, 0, 0x10}, noise(500))),
                Arguments.of(Role.VIDEO, "a box before ftyp", concat(box("free", new byte[4]), mp4(10))),
                Arguments.of(
                        Role.PREVIEW, "WAV", concat(ascii("RIFF"), littleEndian(40), ascii("WAVEfmt "), noise(32))),
                Arguments.of(
                        Role.PREVIEW, "AVI", concat(ascii("RIFF"), littleEndian(40), ascii("AVI LIST"), noise(32))),
                Arguments.of(
                        Role.PREVIEW,
                        "WebP without a picture",
                        concat(ascii("RIFF"), littleEndian(12), ascii("WEBP"), ascii("XMP "), littleEndian(0))),
                Arguments.of(Role.PREVIEW, "bytes after a WebP", concat(webp(100), new byte[1])),
                Arguments.of(Role.PREVIEW, "two bytes after an odd WebP", concat(webp(101), new byte[2])),
                Arguments.of(Role.PREVIEW, "bytes after a PNG", concat(SampleMedia.png(), new byte[1])),
                Arguments.of(Role.PREVIEW, "bytes after a GIF", concat(SampleMedia.gif(), new byte[1])),
                Arguments.of(
                        Role.PREVIEW,
                        "PNG with a hostile length",
                        concat(first(SampleMedia.png(), 33), int32(-1), ascii("IDAT"), noise(50))),
                Arguments.of(
                        Role.PREVIEW,
                        "PNG without IHDR",
                        concat(first(SampleMedia.png(), 8), chunk("IDAT", noise(5)), chunk("IEND", new byte[0]))),
                Arguments.of(Role.PREVIEW, "an MP4 as preview", mp4(20)),
                Arguments.of(Role.VIDEO, "a WebP as video", webp(20)),
                Arguments.of(Role.VIDEO, "a JPEG as video", SampleMedia.jpeg()),
                Arguments.of(
                        Role.VIDEO, "bytes after the last box", concat(mp4(20), new byte[] {1, 2, 3, 4, 5, 6, 7, 8})),
                Arguments.of(Role.VIDEO, "zeros after the last box", concat(mp4(20), new byte[64])));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("noMedia")
    void whatIsNoMediaOfItsRoleIsRefused(Role role, String name, byte[] file) {
        for (int step : new int[] {1, 5, 8192}) {
            assertThat(reason(check(role, file, step))).isEqualTo(Reason.NOT_MEDIA);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qt  ", "heic", "heix", "mif1", "avif", "M4A ", "M4B ", "crx "})
    void anotherKindInTheSameContainerIsNoVideo(String brand) {
        assertThat(reason(check(Role.VIDEO, concat(ftyp(brand), MOOV, MDAT), 8192)))
                .isEqualTo(Reason.NOT_MEDIA);
    }

    @ParameterizedTest
    @ValueSource(strings = {"isom", "iso2", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash", "3gp5"})
    void theUsualBrandsAreVideo(String brand) {
        assertThat(check(Role.VIDEO, concat(ftyp(brand), MOOV, MDAT), 8192))
                .isEqualTo(new Finding.Whole(MediaType.MP4));
    }

    static Stream<Arguments> cutAtABoundary() {
        return Stream.of(
                Arguments.of("no moov", concat(ftyp("isom"), MDAT)),
                Arguments.of("no mdat", concat(ftyp("isom"), MOOV)),
                Arguments.of("ftyp alone", ftyp("isom")),
                Arguments.of("a fragment without data", concat(ftyp("iso5"), MOOV, MOOF, MDAT, MOOF)),
                Arguments.of("mdat to the end, no moov", concat(ftyp("isom"), lastBox("mdat", noise(90)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cutAtABoundary")
    void anMp4ThatLacksAPartIsNotWhole(String name, byte[] file) {
        assertThat(reason(check(Role.VIDEO, file, 8192))).isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void hostileSizesNeitherOverflowNorAllocate() {
        for (long size : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 7, 1L << 62, 0xffff_ffff_ffffL}) {
            byte[] file = concat(ftyp("isom"), MOOV, int32(1), ascii("mdat"), int64(size), noise(100));
            assertThat(reason(check(Role.VIDEO, file, 8192))).isEqualTo(Reason.TRUNCATED);
        }
        for (long size : new long[] {0, 1, 15, -1, Long.MIN_VALUE}) {
            byte[] file = concat(ftyp("isom"), MOOV, int32(1), ascii("mdat"), int64(size), noise(100));
            assertThat(reason(check(Role.VIDEO, file, 8192))).isEqualTo(Reason.NOT_MEDIA);
        }
        for (int size : List.of(2, 7)) {
            byte[] file = concat(ftyp("isom"), MOOV, int32(size), ascii("mdat"), noise(100));
            assertThat(reason(check(Role.VIDEO, file, 8192))).isEqualTo(Reason.NOT_MEDIA);
        }
        byte[] hugeRiff = concat(ascii("RIFF"), int32(-1), ascii("WEBPVP8 "), noise(100));
        assertThat(reason(check(Role.PREVIEW, hugeRiff, 8192))).isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void noBytesThatBeginRightMakeTheCheckFail() {
        Random random = new Random(20_261_123);
        for (byte[] start : List.of(mp4(40), webp(40), SampleMedia.jpeg(), SampleMedia.png(), SampleMedia.gif())) {
            for (int round = 0; round < 2_000; round++) {
                byte[] file = start.clone();
                for (int i = 0; i < 4; i++) {
                    file[random.nextInt(file.length)] = (byte) random.nextInt();
                }
                for (Role role : List.of(Role.VIDEO, Role.PREVIEW)) {
                    assertThat(check(role, file, 1 + random.nextInt(30))).isNotNull();
                }
            }
        }
    }

    @Test
    void anErrorPageIsRefusedAtItsFirstBytes() {
        MediaCheck check = new MediaCheck(Role.VIDEO);

        assertThat(check.accept(ascii("<html><head>"), 0, 12))
                .isNotNull()
                .extracting(fault -> fault.detail().text())
                .isEqualTo("an error page came instead of a file");
    }

    @Test
    void aResultIsNoMedia() {
        assertThatThrownBy(() -> new MediaCheck(Role.RESULT)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Role role(MediaType type) {
        return type == MediaType.MP4 ? Role.VIDEO : Role.PREVIEW;
    }

    private static Finding check(Role role, byte[] file, int step) {
        MediaCheck check = new MediaCheck(role);
        for (int at = 0; at < file.length; at += step) {
            Finding.Fault fault = check.accept(file, at, Math.min(step, file.length - at));
            if (fault != null) {
                return fault;
            }
        }
        return check.end();
    }

    private static Reason reason(Finding finding) {
        return finding instanceof Finding.Fault fault ? fault.reason() : Reason.ADOPTED;
    }
}
