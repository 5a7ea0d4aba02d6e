package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.ObjectOutcome.NotStored;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.domain.StoredObject;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

class RunReportTest {
    @TempDir
    private Path home;

    @Test
    void theResultComesFirst() throws Exception {
        assertThat(headline(SmallRun.rows())).isEqualTo("2 of 5 tasks failed");
        assertThat(headline(SmallRun.same(2L, 1, "slow", "100", Reason.NOT_READY)))
                .isEqualTo("2 lines name no task");
        assertThat(headlineWithoutRejects(SmallRun.same(2L, 1, "slow", "100", Reason.NOT_READY)))
                .isEqualTo("1 of 1 task not archived yet");
        assertThat(headlineWithoutRejects(archived("a"))).isEqualTo("The one task is archived");
        assertThat(headlineWithoutRejects(Stream.of("a", "b")
                        .flatMap(task -> archived(task).stream())
                        .toList()))
                .isEqualTo("All 2 tasks are archived");
        assertThat(headlineWithoutRejects(List.of())).isEqualTo("Nothing was left to do");
    }

    @Test
    void objectsAreCountedByStatusAndReason() throws Exception {
        Element page = parsed(report(SmallRun.files(home)));

        assertThat(rows(page, "What became of each video, preview and result, by status and reason"))
                .containsExactly(
                        "stored",
                        "new this run stored it|2|0|2|4|70 B",
                        "ADOPTED the bucket held the same bytes already|0|1|0|1|20 B",
                        "failed",
                        "MODERATED the service refused the content|1|1|1|3|",
                        "TRUNCATED the file was not whole|1|0|1|2|",
                        "NOT_MEDIA the bytes are not a video or picture of a known kind|0|1|0|1|",
                        "pending",
                        "NOT_READY the task is not done yet|1|1|1|3|",
                        "skipped",
                        "NO_OUTPUT the result names no such file|0|1|0|1|");
        assertThat(page.getElementsByTagName("header").item(0).getTextContent().replaceAll("\\s+", " "))
                .contains(
                        "2026-11-23 02:00:00 to 2026-11-23 02:01:01 UTC, 1 min 1 s: 2 tasks archived, 1 pending, 2 failed, "
                                + "2 lines rejected, 2 archived by earlier runs, 70 B stored.");
    }

    @Test
    void failuresAreToldWithWhatToDo() throws Exception {
        Element page = parsed(report(SmallRun.files(home)));

        assertThat(page.getTextContent().replaceAll("\\s+", " "))
                .contains("TRUNCATED the file was not whole how many2 objects of 1 task what to do"
                        + Reason.TRUNCATED.remedy() + " tried againby the next run of the job");
        assertThat(rows(page, "TRUNCATED: tasks in the order of the manifest"))
                .containsExactly("lost|result, video|6|1|received 10 of 20 bytes");
        assertThat(rows(page, "NOT_READY: tasks in the order of the manifest"))
                .containsExactly("slow|preview, result, video||4|");
        assertThat(rows(page, "Lines that name no task, in the order of the input"))
                .hasSize(2);
    }

    @Test
    void objectsOfATaskThatFailedDifferentlyStandApart() throws Exception {
        List<ManifestRow> rows = SmallRun.rows(
                2L,
                1,
                "a",
                "200",
                new NotStored(Role.PREVIEW, Reason.GONE, new Detail("HTTP 404"), null),
                new NotStored(Role.RESULT, Reason.GONE, new Detail("HTTP 410"), null),
                new NotStored(Role.VIDEO, Reason.GONE, new Detail("HTTP 410"), null));

        assertThat(rows(parsed(report(SmallRun.files(home, rows))), "GONE: tasks in the order of the manifest"))
                .containsExactly("a|preview|2|1|HTTP 404", "a|result, video|2|1|HTTP 410");
    }

    @Test
    void manyFailuresAreCutAndTheRestIsNamed() throws Exception {
        List<ManifestRow> rows = IntStream.range(0, 70)
                .boxed()
                .flatMap(i ->
                        SmallRun.same(i + 2L, 1, "t%02d".formatted(i), "-1", i < 69 ? Reason.GONE : Reason.KEY_CONFLICT)
                                .stream())
                .toList();

        Element page = parsed(report(SmallRun.files(home, rows)));

        assertThat(rows(page, "GONE: tasks in the order of the manifest"))
                .hasSize(50)
                .last()
                .asString()
                .startsWith("t49|");
        assertThat(page.getTextContent()).contains("The first 50 of 69 tasks", "19 more are in rejects.csv.");
        assertThat(rows(page, "KEY_CONFLICT: tasks in the order of the manifest"))
                .hasSize(1);
    }

    @Test
    void theTimesOfStoredObjectsAreAChartAndATable() throws Exception {
        Element page = parsed(report(SmallRun.files(home)));

        assertThat(rows(page, "Objects stored, by time; intervals without any are left out"))
                .containsExactly("02:00:06|02:00:08|4|70 B");
        assertThat(rows(page, "How long objects took from their last byte received to the store's confirmation"))
                .contains("0.1 to 0.3 s|4|", "under 0.1 s|0|", "100 s or more|0|");
        assertThat(elements(page, "svg").stream().map(svg -> svg.getAttribute("aria-label")))
                .contains("31 intervals from 02:00:00 to 02:01:02; at most 4 objects, from 02:00:06 on");
    }

    @Test
    void aPreviewIsInlinedWithItsBytesAndAText() throws Exception {
        Element page = parsed(report(SmallRun.files(home)));

        List<Element> images = elements(page, "img");
        assertThat(images).hasSize(1);
        assertThat(images.getFirst().getAttribute("alt")).isEqualTo("Preview of task a-b");
        assertThat(images.getFirst().getAttribute("src"))
                .isEqualTo("data:image/webp;base64,"
                        + Base64.getEncoder().encodeToString(SmallRun.bytes("a-b", Role.PREVIEW)));
    }

    @Test
    void previewsAreFewAndSmall() throws Exception {
        List<ManifestRow> rows = new ArrayList<>();
        byte[] typical = new byte[270_000];
        byte[] large = new byte[300_001];
        for (int i = 0; i < 20; i++) {
            rows.add(preview("t%02d".formatted(i), i % 4 == 1 ? large : typical, "image/webp", null));
        }
        AtomicInteger opened = new AtomicInteger();

        Path report = report(files(rows, key -> {
            opened.incrementAndGet();
            return new ByteArrayInputStream(typical);
        }));

        assertThat(elements(parsed(report), "img"))
                .hasSize(7)
                .first()
                .satisfies(first -> assertThat(first.getAttribute("alt")).endsWith("t00"));
        assertThat(opened).hasValue(7);
        assertThat(Files.size(report)).isLessThan(3_000_000);
    }

    @Test
    void noMoreThanTwelvePreviewsAreShown() throws Exception {
        List<ManifestRow> rows = IntStream.range(0, 20)
                .mapToObj(i -> preview("t%02d".formatted(i), SmallRun.ascii("small"), "image/gif", null))
                .toList();

        Path report = report(files(rows, key -> new ByteArrayInputStream(SmallRun.ascii("small"))));

        assertThat(elements(parsed(report), "img")).hasSize(12);
    }

    @Test
    void whatEarlierRunsStoredAndWhatIsNoPictureIsNotOpened() throws Exception {
        List<ManifestRow> rows = List.of(
                preview("a", SmallRun.ascii("x"), "image/webp", Reason.ALREADY_STORED),
                preview("b", SmallRun.ascii("x"), "image/svg+xml", null),
                preview("c", SmallRun.ascii("x"), "text/html;\"><script>", null));

        Path report = report(files(rows, key -> {
            throw new AssertionError("opened " + key);
        }));

        assertThat(elements(parsed(report), "img")).isEmpty();
    }

    @Test
    void aPreviewThatCannotBeHadIsToldInItsPlace() throws Exception {
        List<ManifestRow> rows = Stream.of("changed", "frozen", "gone", "longer")
                .map(task -> preview(task, SmallRun.ascii("picture"), "image/png", null))
                .toList();

        Element page = parsed(report(files(rows, key -> switch (key.split("/", -1)[2]) {
            case "frozen" -> throw new AccessDeniedException(key);
            case "gone" -> throw new NoSuchFileException(key);
            case "longer" -> new ByteArrayInputStream(SmallRun.ascii("picture and more"));
            default -> new ByteArrayInputStream(SmallRun.ascii("PICTURE"));
        })));

        assertThat(elements(page, "img")).isEmpty();
        assertThat(elements(page, "li").stream()
                        .map(place -> place.getTextContent().strip()))
                .containsExactly(
                        "The bucket holds other bytes than the manifest says: audit this run.changed 7 B",
                        "The store does not give out this object.frozen 7 B",
                        "The bucket has no such object any more.gone 7 B",
                        "The bucket holds other bytes than the manifest says: audit this run.longer 7 B");
    }

    @Test
    void aStoreThatDoesNotAnswerStopsThePublicationWhichGoesOnLater() throws Exception {
        RunFiles files = new RunFiles(home, SmallRun.facts(), () -> SmallRun.rows().stream(), Stream::empty, key -> {
            throw new ConnectException("the connection was refused");
        });

        assertThatThrownBy(() -> files.write(RunFile.REPORT_HTML))
                .isInstanceOf(StopException.class)
                .hasMessage("The preview archive/media/a-b/preview.webp could not be read for report.html: "
                        + "the connection was refused. Run again to go on.");
        assertThat(home.resolve("report.html")).doesNotExist();
        assertThat(home.resolve("report.html.part")).doesNotExist();

        assertThat(report(SmallRun.files(home))).exists();
    }

    @Test
    void hostileTextsStayTexts() throws Exception {
        Element page = parsed(report(new BusyRun().files(home)));

        assertThat(Stream.of("script", "iframe", "object", "embed", "link", "base", "form")
                        .flatMap(name -> elements(page, name).stream()))
                .isEmpty();
        NodeList all = page.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element element = (Element) all.item(i);
            for (int j = 0; j < element.getAttributes().getLength(); j++) {
                String name = element.getAttributes().item(j).getNodeName();
                String value = element.getAttributes().item(j).getNodeValue();
                assertThat(name).doesNotStartWith("on").isNotEqualTo("style");
                if (name.equals("src")) {
                    assertThat(value).startsWith("data:image/png;base64,");
                }
                if (name.equals("href")) {
                    assertThat(Stream.of(RunFile.values()).map(RunFile::fileName))
                            .contains(value);
                }
            }
        }
        assertThat(page.getTextContent())
                .contains("begins with <img src=x onerror=alert(1)>")
                .contains("[U+202E]gnp.exe[U+0000]");
    }

    @Test
    void everyTableSaysWhatItIsAndEveryPictureHasAText() throws Exception {
        Element page = parsed(report(new BusyRun().files(home)));

        assertThat(page.getAttribute("lang")).isEqualTo("en");
        assertThat(elements(page, "h1")).hasSize(1);
        assertThat(elements(page, "table"))
                .isNotEmpty()
                .allSatisfy(table -> assertThat(elements(table, "caption")).hasSize(1));
        assertThat(elements(page, "th"))
                .allSatisfy(th -> assertThat(th.getAttribute("scope")).isNotEmpty());
        assertThat(elements(page, "img"))
                .allSatisfy(img -> assertThat(img.getAttribute("alt")).isNotEmpty());
        assertThat(elements(page, "svg"))
                .allSatisfy(svg -> assertThat(svg.getAttribute("aria-hidden") + svg.getAttribute("aria-label"))
                        .isNotEmpty());
    }

    private static List<ManifestRow> archived(String task) {
        return SmallRun.rows(
                2L,
                1,
                task,
                "200",
                new NotStored(Role.PREVIEW, Reason.NO_OUTPUT, null, null),
                SmallRun.stored(task, Role.RESULT),
                SmallRun.stored(task, Role.VIDEO));
    }

    private static ManifestRow preview(String task, byte[] bytes, String contentType, @Nullable Reason reason) {
        Stored like = SmallRun.stored(task, Role.PREVIEW, reason);
        StoredObject object = like.object();
        return SmallRun.rows(
                        2L,
                        1,
                        task,
                        "200",
                        new Stored(
                                Role.PREVIEW,
                                reason,
                                new StoredObject(
                                        object.bucket(),
                                        object.key(),
                                        null,
                                        new StoredObject.Content(bytes.length, Sha256.of(bytes), contentType),
                                        null,
                                        null,
                                        object.storedAt(),
                                        object.verifiedBy()),
                                null,
                                null),
                        new NotStored(Role.RESULT, Reason.GONE, null, null),
                        new NotStored(Role.VIDEO, Reason.GONE, null, null))
                .getFirst();
    }

    private RunFiles files(List<ManifestRow> rows, RunFiles.Bucket bucket) {
        return new RunFiles(home, SmallRun.facts(), rows::stream, Stream::empty, bucket);
    }

    private static Path report(RunFiles files) {
        return files.write(RunFile.REPORT_HTML).orElseThrow().path();
    }

    private String headline(List<ManifestRow> rows) throws Exception {
        Path dir = Files.createTempDirectory(home, "run");
        return elements(parsed(report(SmallRun.files(dir, rows))), "h1")
                .getFirst()
                .getTextContent();
    }

    private String headlineWithoutRejects(List<ManifestRow> rows) throws Exception {
        Path dir = Files.createTempDirectory(home, "run");
        RunFiles files = new RunFiles(dir, SmallRun.factsWithoutInput(), rows::stream, Stream::empty, SmallRun::open);
        return elements(parsed(report(files)), "h1").getFirst().getTextContent();
    }

    /** The page is well-formed, so a strict parser says what a browser sees. */
    private static Element parsed(Path report) throws ParserConfigurationException, IOException, SAXException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        Document document = factory.newDocumentBuilder().parse(report.toFile());
        return document.getDocumentElement();
    }

    private static List<Element> elements(Element root, String name) {
        NodeList list = root.getElementsByTagName(name);
        return IntStream.range(0, list.getLength())
                .mapToObj(i -> (Element) list.item(i))
                .toList();
    }

    /** Returns the body rows of the table with this caption, cells parted by bars. */
    private static List<String> rows(Element page, String caption) {
        Element table = elements(page, "table").stream()
                .filter(each ->
                        elements(each, "caption").getFirst().getTextContent().equals(caption))
                .min(Comparator.comparing(Element::getTagName))
                .orElseThrow();
        return elements(table, "tbody").stream()
                .flatMap(body -> elements(body, "tr").stream())
                .map(RunReportTest::cells)
                .toList();
    }

    private static String cells(Element row) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < row.getChildNodes().getLength(); i++) {
            if (row.getChildNodes().item(i) instanceof Element cell) {
                cells.add(cell.getTextContent().strip());
            }
        }
        return String.join("|", cells);
    }
}
