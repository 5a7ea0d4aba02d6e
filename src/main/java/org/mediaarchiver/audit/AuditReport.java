package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mediaarchiver.audit.FindingCode.Kind;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.manifest.HtmlPage;

/** Writes {@code report.html} of an audit: what it came to, on one page in the style of a run's, the verdict first. */
final class AuditReport {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** The most runs that are told one by one. */
    private static final int RUNS_TOLD = 50;

    private final AuditResult result;
    private final HtmlPage page;

    AuditReport(AuditResult result, OutputStream out) throws IOException {
        this.result = result;
        this.page = new HtmlPage(out, headline(result) + " - audit " + result.id());
    }

    /** Writes the whole page. */
    void write() throws IOException {
        page.add(
                """
                <header>
                <p class="what">media-archiver, audit <code>{}</code> of <code>{}</code></p>
                <h1 class="{}">{}</h1>
                <p>{}</p>
                <p>{} to {} UTC, {}. Mode {}: {}.</p>
                """,
                result.id(),
                result.location(),
                weight(),
                headline(result),
                result.verdictText(),
                TIME.format(result.startedAt()),
                TIME.format(result.finishedAt()),
                Sizes.text(Duration.between(result.startedAt(), result.finishedAt())),
                result.extent().mode().word(),
                result.extent().mode().meaning());
        if (result.claimText().isPresent()) {
            page.add("<p>{}</p>\n", result.claimText().get());
        }
        page.add("</header>\n<main>\n");
        table();
        findings(Kind.EVIDENCE, "Run files", "Findings that tell of run files, their digests and the chain of runs.");
        findings(Kind.DIFFERENCE, "Objects", "Findings that tell of objects in the bucket.");
        looked();
        page.add("</main>\n");
        page.end();
    }

    private static String headline(AuditResult result) {
        return switch (result.verdict()) {
            case SOUND -> result.extent().mode().includes(AuditMode.LIST) ? "Nothing was found" : "The run files hold";
            case DIFFERENCES ->
                result.unchecked() == result.findings().count(Kind.DIFFERENCE)
                        ? "Not everything could be checked"
                        : "Objects differ from their manifests";
            case EVIDENCE -> "The evidence does not hold";
        };
    }

    /** As a run's page colours its statuses. */
    private String weight() {
        return switch (result.verdict()) {
            case SOUND -> "stored";
            case DIFFERENCES -> result.unchecked() == result.findings().count(Kind.DIFFERENCE) ? "pending" : "failed";
            case EVIDENCE -> "failed";
        };
    }

    private static boolean isUnchecked(FindingCode code) {
        return code == FindingCode.UNREADABLE || code == FindingCode.UNVERIFIABLE;
    }

    private void table() throws IOException {
        if (result.findings().counts().isEmpty()) {
            return;
        }
        page.add("""
                <section>
                <h2>Findings</h2>
                <table class="ends">
                <caption>What was found, by code</caption>
                <thead><tr><th scope="col">code</th><th scope="col" class="n">findings</th></tr></thead>
                <tbody>
                """);
        for (Map.Entry<FindingCode, Long> found : result.findings().counts().entrySet()) {
            page.add(
                    "<tr class=\"{}\"><th scope=\"row\"><code>{}</code> <span>{}</span></th><td class=\"n\">{}</td></tr>\n",
                    isUnchecked(found.getKey()) ? "pending" : "failed",
                    found.getKey().code(),
                    found.getKey().sentence(),
                    found.getValue());
        }
        page.add("</tbody>\n</table>\n</section>\n");
    }

    private void findings(Kind kind, String heading, String introduction) throws IOException {
        if (result.findings().count(kind) == 0) {
            return;
        }
        page.add("""
                <section>
                <h2>{}</h2>
                <p>{} <a href="audit.csv">audit.csv</a> has all of them.</p>
                """, heading, introduction);
        for (FindingCode code : result.findings().counts().keySet()) {
            if (code.kind() == kind) {
                findings(code);
            }
        }
        page.add("</section>\n");
    }

    private void findings(FindingCode code) throws IOException {
        List<Finding> shown = result.findings().shown(code);
        long count = result.findings().count(code);
        page.add(
                """
                <h3><code>{}</code> {}</h3>
                <dl class="cure">
                <div><dt>how many</dt><dd>{}</dd></div>
                <div><dt>what to do</dt><dd>{}</dd></div>
                </dl>
                <details>
                <summary>{}</summary>
                <table class="told">
                <caption>{}: in the order in which they were found</caption>
                <thead><tr><th scope="col">where</th><th scope="col">run</th><th scope="col">what</th></tr></thead>
                <tbody>
                """,
                code.code(),
                code.sentence(),
                count,
                code.cure(),
                shown.size() == count
                        ? (count == 1 ? "The finding" : "All of them")
                        : "The first %d".formatted(shown.size()),
                code.code());
        for (Finding finding : shown) {
            RunId run = finding.run();
            page.add(
                    "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td></tr>\n",
                    finding.key(),
                    run == null ? "" : run,
                    finding.what());
        }
        page.add("</tbody>\n</table>\n</details>\n");
    }

    private void looked() throws IOException {
        page.add("<section>\n<h2>What was looked at</h2>\n");
        for (String line : result.lookedAt()) {
            page.add("<p>{}.</p>\n", line.substring(0, 1).toUpperCase(Locale.ROOT) + line.substring(1));
        }
        if (!result.looked().heads().isEmpty()) {
            page.add("""
                    <table class="told">
                    <caption>The ends of the chain of runs, to be held against what is kept elsewhere</caption>
                    <thead><tr><th scope="col">run</th><th scope="col">SHA-256 of its run.json</th></tr></thead>
                    <tbody>
                    """);
            for (EvidenceAudit.Head head : first(result.looked().heads())) {
                page.add(
                        "<tr><th scope=\"row\"><code>{}</code></th><td><code>{}</code></td></tr>\n",
                        head.run(),
                        head.runJson());
            }
            page.add("</tbody>\n</table>\n");
        }
        page.add("</section>\n");
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(RUNS_TOLD, all.size()));
    }
}
