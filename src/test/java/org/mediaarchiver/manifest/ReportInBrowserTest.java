package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Opens the page in a headless Chromium, which must be on the {@code PATH}. */
@Tag("browser")
class ReportInBrowserTest {
    /** Where the pictures of the page are left, to be looked at. */
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private static final int PHONE = 390;
    private static final int NARROWEST_WINDOW = 500;
    private static final String LIGHT = "--blink-settings=preferredColorScheme=1";
    private static final String DARK = "--blink-settings=preferredColorScheme=0";

    @TempDir
    private Path home;

    private Path report = Path.of("");

    @BeforeEach
    void makeTheReport() throws IOException {
        report = new BusyRun()
                .files(home.resolve("run"))
                .write(RunFile.REPORT_HTML)
                .orElseThrow()
                .path();
        Files.createDirectories(SCREENSHOTS);
    }

    @Test
    void hostileTextsAreShownAndDoNothing() throws Exception {
        String dom = dom(report);

        assertThat(dom)
                .contains("<title>87 of 400 tasks failed - run ")
                .contains("&lt;script&gt;document.title")
                .doesNotContainIgnoringCase("<script")
                .doesNotContainPattern("<[a-z]+ [^>]*(src|href)=\"(?!data:|[a-zA-Z0-9.]+\")")
                .doesNotContainPattern("<[a-z]+ [^>]* on[a-z]+=");
    }

    @Test
    void nothingIsAskedForOverTheNetwork() throws Exception {
        assertThat(requested(report)).isEmpty();
    }

    /** Without this the test above would also hold where the browser's log told nothing. */
    @Test
    void aPageThatAsksForSomethingIsCaught() throws Exception {
        Path careless = home.resolve("careless.html");
        Files.writeString(
                careless,
                "<title>calm</title><img src='http://example.com/pixel'><script>document.title = 'owned'</script>");

        assertThat(requested(careless)).containsExactly("http://example.com/pixel");
        assertThat(dom(careless)).contains("<title>owned</title>");
    }

    @Test
    void itIsDrawnInLightAndDarkOnADeskAndOnAPhone() throws Exception {
        assertThat(brightness(screenshot("light", 1280, 3300, LIGHT))).isGreaterThan(230);
        assertThat(brightness(screenshot("dark", 1280, 3300, DARK))).isLessThan(40);
        assertThat(brightness(screenshot("phone", PHONE, 5000, LIGHT))).isGreaterThan(230);
        assertThat(brightness(screenshot("phone-dark", PHONE, 5000, DARK))).isLessThan(40);
    }

    @Test
    void nothingIsWiderThanAPhone() throws Exception {
        // The page itself may run no script, so it is measured from outside, in a frame as wide as a phone.
        Path frame = home.resolve("frame.html");
        Files.writeString(frame, """
                <iframe id="page" src="%s" style="width:%dpx;height:800px;border:0"></iframe>
                <script>
                onload = () => {
                  const page = document.getElementById('page').contentDocument.documentElement;
                  document.title = 'wide ' + page.scrollWidth + ' of ' + page.clientWidth;
                };
                </script>
                """.formatted(report.toUri(), PHONE));

        assertThat(chromium(List.of(
                        "--allow-file-access-from-files",
                        "--dump-dom",
                        frame.toUri().toString())))
                .containsPattern("<title>wide (\\d+) of \\1</title>");
    }

    /** Leaves a picture of the page's upper part; a frame keeps the width, since a window cannot be as narrow as a phone. */
    private BufferedImage screenshot(String name, int width, int height, String... options)
            throws IOException, InterruptedException {
        Path frame = home.resolve(name + ".html");
        Files.writeString(frame, """
                <body style="margin:0"><iframe src="%s" style="width:%dpx;height:%dpx;border:0"></iframe>
                """.formatted(report.toUri(), width, height));
        Path file = SCREENSHOTS.resolve(name + ".png");
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add("--screenshot=" + file.toAbsolutePath());
        arguments.add("--window-size=" + Math.max(width, NARROWEST_WINDOW) + "," + height);
        arguments.add("--hide-scrollbars");
        arguments.add(frame.toUri().toString());
        chromium(arguments);
        return ImageIO.read(file.toFile()).getSubimage(0, 0, width, height);
    }

    private static int brightness(BufferedImage image) {
        Color corner = new Color(image.getRGB(2, 2));
        return (corner.getRed() + corner.getGreen() + corner.getBlue()) / 3;
    }

    private String dom(Path page) throws IOException, InterruptedException {
        return chromium(List.of("--dump-dom", page.toUri().toString()));
    }

    /** Returns the addresses that the page asked for; what the browser asks on its own account names no page. */
    private List<String> requested(Path page) throws IOException, InterruptedException {
        Path log = home.resolve("net-log.json");
        chromium(List.of("--log-net-log=" + log, "--dump-dom", page.toUri().toString()));
        return JsonMapper.shared()
                .readTree(Files.readString(log))
                .path("events")
                .valueStream()
                .map(event -> event.path("params"))
                .filter(request -> request.has("initiator")
                        && !request.path("initiator").asString("").equals("not an origin"))
                .map(request -> request.path("url").asString(""))
                .toList();
    }

    /** Returns what the browser printed; no name leads it anywhere. */
    private String chromium(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-extensions",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--user-data-dir=" + home.resolve("profile")));
        command.addAll(arguments);
        Path said = home.resolve("said");
        Process browser = new ProcessBuilder(command)
                .redirectOutput(said.toFile())
                .redirectError(home.resolve("complaints").toFile())
                .start();
        try {
            assertThat(browser.waitFor(60, TimeUnit.SECONDS))
                    .as("Chromium ends")
                    .isTrue();
            assertThat(browser.exitValue()).isZero();
            return Files.readString(said);
        } finally {
            browser.descendants().forEach(ProcessHandle::destroyForcibly);
            browser.destroyForcibly();
        }
    }
}
