package org.mediaarchiver.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.ManifestRow;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunFacts.Options.Flag;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.Status;
import org.mediaarchiver.domain.StopException;

/** Writes {@code report.html}: what became of a run, on one page, the result first. */
final class RunReport {
    /** The most rejected lines that are told one by one. */
    static final int LINES_TOLD = 50;

    private static final int CHART_TOP = 18;
    private static final int CHART_BOTTOM = 118;

    private final RunFacts facts;
    private final RunOverview rows;
    private final RunFiles.Bucket bucket;
    private final HtmlPage page;

    RunReport(RunFacts facts, RunOverview rows, RunFiles.Bucket bucket, OutputStream out) throws IOException {
        this.facts = facts;
        this.rows = rows;
        this.bucket = bucket;
        this.page = new HtmlPage(out, verdict(facts, rows) + " - run " + facts.runId());
    }

    /**
     * Writes the whole page.
     *
     * @param rejected the first of the rejected lines, at least as many as are told
     * @throws StopException if the store cannot be read
     */
    void write(Iterator<RejectedLine> rejected) throws IOException {
        result();
        page.add("<main>\n");
        objects();
        open(Status.FAILED, "Failed", "Objects that are not archived, by reason.");
        open(Status.PENDING, "Pending", "Objects that later runs of the job try again.");
        rejectedLines(rejected);
        times();
        previews();
        run();
        page.add("</main>\n");
        page.end();
    }

    private static String verdict(RunFacts facts, RunOverview rows) {
        RunFacts.Input input = facts.input();
        long rejected = input == null ? 0 : input.rejected();
        if (rows.failedTasks() > 0) {
            return of(rows.failedTasks(), rows.tasks()) + " failed";
        }
        if (rejected > 0) {
            return rejected == 1 ? "1 line names no task" : number(rejected) + " lines name no task";
        }
        if (rows.pendingTasks() > 0) {
            return of(rows.pendingTasks(), rows.tasks()) + " not archived yet";
        }
        if (rows.tasks() == 0) {
            return "Nothing was left to do";
        }
        return rows.tasks() == 1
                ? "The one task is archived"
                : "All %s tasks are archived".formatted(number(rows.tasks()));
    }

    private static String of(long some, long all) {
        return "%s of %s".formatted(number(some), tasks(all));
    }

    private static String tasks(long count) {
        return count == 1 ? "1 task" : number(count) + " tasks";
    }

    private static String objects(long count) {
        return count == 1 ? "1 object" : number(count) + " objects";
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private Status worst() {
        RunFacts.Input input = facts.input();
        if (rows.failedTasks() > 0 || (input != null && input.rejected() > 0)) {
            return Status.FAILED;
        }
        return rows.pendingTasks() > 0 ? Status.PENDING : Status.STORED;
    }

    private void result() throws IOException {
        page.add(
                """
                <header>
                <p class="what">media-archiver, run <code>{}</code> of job {}</p>
                <h1 class="{}">{}</h1>
                <p>{} to {} UTC, {}: {}.</p>
                """,
                facts.runId(),
                facts.job(),
                worst().word(),
                verdict(facts, rows),
                time(facts.startedAt()),
                time(facts.finishedAt()),
                Sizes.text(Duration.between(facts.startedAt(), facts.finishedAt())),
                counts());
        shares();
        page.add("</header>\n");
    }

    private String counts() {
        List<String> counts = new ArrayList<>();
        counts.add(tasks(rows.archivedTasks()) + " archived");
        counts.add(number(rows.pendingTasks()) + " pending");
        counts.add(number(rows.failedTasks()) + " failed");
        RunFacts.Input input = facts.input();
        if (input != null && input.rejected() > 0) {
            counts.add(input.rejected() == 1 ? "1 line rejected" : number(input.rejected()) + " lines rejected");
        }
        if (facts.counts().alreadyArchived() > 0) {
            counts.add(number(facts.counts().alreadyArchived()) + " archived by earlier runs");
        }
        if (facts.counts().notTaken() > 0) {
            counts.add(number(facts.counts().notTaken()) + " left by --limit");
        }
        counts.add(Sizes.text(rows.created().bytes()) + " stored");
        return String.join(", ", counts);
    }

    /** The objects by status, as one bar and in numbers. */
    private void shares() throws IOException {
        long all = 0;
        for (Status status : Status.values()) {
            all += rows.objects(status);
        }
        if (all == 0) {
            return;
        }
        page.add("<svg class=\"shares\" width=\"100%\" height=\"14\" aria-hidden=\"true\">");
        double left = 0;
        for (Status status : Status.values()) {
            double share = 100.0 * rows.objects(status) / all;
            page.add(
                    "<rect class=\"{}\" x=\"{}%\" width=\"{}%\" height=\"14\"/>",
                    status.word(), percent(left), percent(share));
            left += share;
        }
        page.add("</svg>\n<dl class=\"shares\">\n");
        for (Status status : Status.values()) {
            page.add(
                    "<div class=\"{}\"><dt>{}</dt><dd>{}</dd></div>\n",
                    status.word(),
                    status.word(),
                    rows.objects(status));
        }
        page.add("</dl>\n");
    }

    private void objects() throws IOException {
        page.add("""
                <section>
                <h2>Objects</h2>
                <table class="ends">
                <caption>What became of each video, preview and result, by status and reason</caption>
                <thead><tr><th scope="col">reason</th><th scope="col" class="n wide">videos</th>\
                <th scope="col" class="n wide">previews</th><th scope="col" class="n wide">results</th>\
                <th scope="col" class="n">objects</th><th scope="col" class="n">bytes</th></tr></thead>
                """);
        for (Status status : Status.values()) {
            boolean created = status == Status.STORED && rows.created().objects() > 0;
            List<Map.Entry<Reason, RunOverview.Tally>> reasons = rows.reasons(status);
            if (!created && reasons.isEmpty()) {
                continue;
            }
            page.add(
                    "<tbody>\n<tr class=\"{}\"><th scope=\"rowgroup\" colspan=\"6\">{}</th></tr>\n",
                    status.word(),
                    status.word());
            if (created) {
                tally("new", "this run stored it", rows.created(), status);
            }
            for (Map.Entry<Reason, RunOverview.Tally> reason : reasons) {
                tally(reason.getKey().name(), reason.getKey().meaning(), reason.getValue(), status);
            }
            page.add("</tbody>\n");
        }
        page.add("</table>\n</section>\n");
    }

    private void tally(String reason, String meaning, RunOverview.Tally tally, Status status) throws IOException {
        page.add(
                """
                <tr><th scope="row"><code>{}</code> <span class="wide">{}</span></th><td class="n wide">{}</td>\
                <td class="n wide">{}</td><td class="n wide">{}</td><td class="n">{}</td><td class="n">{}</td></tr>
                """,
                reason,
                meaning,
                tally.objects(Role.VIDEO),
                tally.objects(Role.PREVIEW),
                tally.objects(Role.RESULT),
                tally.objects(),
                status == Status.STORED ? Sizes.text(tally.bytes()) : "");
    }

    private void open(Status status, String heading, String introduction) throws IOException {
        List<Map.Entry<Reason, RunOverview.Tally>> reasons = rows.reasons(status);
        if (reasons.isEmpty()) {
            return;
        }
        page.add("<section>\n<h2>{}</h2>\n<p>{}", heading, introduction);
        if (status == Status.FAILED) {
            page.add(" Those that failed for good in an earlier run are here too if the input named them again."
                    + " <a href=\"rejects.csv\">rejects.csv</a> has all of them, and is itself an input.");
        }
        page.add("</p>\n");
        for (Map.Entry<Reason, RunOverview.Tally> reason : reasons) {
            reason(reason.getKey(), reason.getValue());
        }
        page.add("</section>\n");
    }

    private void reason(Reason reason, RunOverview.Tally tally) throws IOException {
        page.add(
                """
                <h3><code>{}</code> {}</h3>
                <dl class="cure">
                <div><dt>how many</dt><dd>{} of {}</dd></div>
                <div><dt>what to do</dt><dd>{}</dd></div>
                <div><dt>tried again</dt><dd>{}</dd></div>
                </dl>
                """,
                reason.name(),
                reason.meaning(),
                objects(tally.objects()),
                tasks(tally.tasks()),
                reason.remedy(),
                switch (reason.again()) {
                    case NO -> "no";
                    case BY_THE_NEXT_RUN -> "by the next run of the job";
                    case WHEN_ASKED -> "by a run with --retry-failed";
                });
        boolean whole = tally.tasks() <= RunOverview.TASKS_TOLD;
        page.add(
                """
                <details>
                <summary>{}</summary>
                <table class="told">
                <caption>{}: tasks in the order of the manifest</caption>
                <thead><tr><th scope="col">task</th><th scope="col">objects</th><th scope="col" class="n">line</th>\
                <th scope="col" class="n">runs</th><th scope="col">detail</th></tr></thead>
                <tbody>
                """,
                whole
                        ? tasks(tally.tasks())
                        : "The first %d of %s".formatted(RunOverview.TASKS_TOLD, tasks(tally.tasks())),
                reason.name());
        for (RunOverview.Told told : tally.told()) {
            page.add(
                    """
                    <tr><th scope="row"><code>{}</code></th><td>{}</td><td class="n" data-label="line ">{}</td>\
                    <td class="n" data-label="runs ">{}</td><td>{}</td></tr>
                    """,
                    told.task().value(),
                    told.roles().stream().map(Role::word).collect(Collectors.joining(", ")),
                    orNothing(told.inputLine()),
                    told.attempts(),
                    orNothing(told.detail()));
        }
        page.add("</tbody>\n</table>\n");
        if (!whole) {
            page.add(
                    "<p>{} more are in <a href=\"{}\">{}</a>.</p>\n",
                    tally.tasks() - RunOverview.TASKS_TOLD,
                    reason.status() == Status.FAILED ? "rejects.csv" : "manifest.csv",
                    reason.status() == Status.FAILED ? "rejects.csv" : "manifest.csv");
        }
        page.add("</details>\n");
    }

    private static String orNothing(@Nullable Object value) {
        return Objects.toString(value, "");
    }

    private void rejectedLines(Iterator<RejectedLine> lines) throws IOException {
        RunFacts.Input input = facts.input();
        if (input == null || input.rejected() == 0) {
            return;
        }
        page.add(
                """
                <section>
                <h2>Rejected lines</h2>
                <p>{} of the input {} no task. What to do: correct them in <a href="rejects.csv">rejects.csv</a>\
                 and archive that file.</p>
                <details>
                <summary>{}</summary>
                <table class="told">
                <caption>Lines that name no task, in the order of the input</caption>
                <thead><tr><th scope="col" class="n">line</th><th scope="col">text</th><th scope="col">reason</th>\
                <th scope="col">detail</th></tr></thead>
                <tbody>
                """,
                input.rejected() == 1 ? "1 line" : number(input.rejected()) + " lines",
                input.rejected() == 1 ? "names" : "name",
                input.rejected() > LINES_TOLD
                        ? "The first %d of %s lines".formatted(LINES_TOLD, number(input.rejected()))
                        : input.rejected() == 1 ? "The line" : "The lines");
        for (int told = 0; told < LINES_TOLD && lines.hasNext(); told++) {
            RejectedLine line = lines.next();
            page.add("""
                    <tr><th scope="row" class="n" data-label="line ">{}</th><td><code>{}</code></td><td><code>{}</code></td>\
                    <td>{}</td></tr>
                    """, Long.toString(line.line()), line.text(), line.reason(), line.detail());
        }
        page.add("</tbody>\n</table>\n</details>\n</section>\n");
    }

    private void times() throws IOException {
        if (rows.created().objects() == 0) {
            return;
        }
        page.add("<section>\n<h2>Times</h2>\n");
        timeline(rows.timeline().intervals());
        waits();
        page.add("</section>\n");
    }

    private void timeline(List<Timeline.Interval> intervals) throws IOException {
        Timeline.Interval busiest = intervals.stream()
                .max(Comparator.comparingLong(Timeline.Interval::objects))
                .orElseThrow();
        double width = 100.0 / intervals.size();
        page.add(
                """
                <figure>
                <figcaption>Objects stored, by the time at which the store confirmed them (UTC)</figcaption>
                <svg class="timeline" width="100%" height="140" role="img" aria-label="{} intervals from {} to {}; at most {}, from {} on">
                <text x="0" y="11">{}</text>
                <line x1="0" x2="100%" y1="{}" y2="{}"/>
                <line x1="0" x2="100%" y1="{}" y2="{}"/>
                """,
                intervals.size(),
                intervals.getFirst().begin(),
                intervals.getLast().end(),
                objects(busiest.objects()),
                busiest.begin(),
                busiest.objects(),
                CHART_TOP,
                CHART_TOP,
                CHART_BOTTOM,
                CHART_BOTTOM);
        for (int i = 0; i < intervals.size(); i++) {
            Timeline.Interval interval = intervals.get(i);
            if (interval.objects() > 0) {
                double height =
                        Math.max(1, (double) (CHART_BOTTOM - CHART_TOP) * interval.objects() / busiest.objects());
                page.add(
                        """
                        <rect x="{}%" y="{}" width="{}%" height="{}"><title>{} to {}: {}, {}</title></rect>
                        """,
                        percent((i + 0.1) * width),
                        percent(CHART_BOTTOM - height),
                        percent(0.8 * width),
                        percent(height),
                        interval.begin(),
                        interval.end(),
                        objects(interval.objects()),
                        Sizes.text(interval.bytes()));
            }
        }
        page.add("""
                <text x="0" y="134">{}</text>
                <text x="100%" y="134" class="end">{}</text>
                </svg>
                <details>
                <summary>The same as a table</summary>
                <table>
                <caption>Objects stored, by time; intervals without any are left out</caption>
                <thead><tr><th scope="col">from</th><th scope="col">to</th><th scope="col" class="n">objects</th>\
                <th scope="col" class="n">bytes</th></tr></thead>
                <tbody>
                """, intervals.getFirst().begin(), intervals.getLast().end());
        for (Timeline.Interval interval : intervals) {
            if (interval.objects() > 0) {
                page.add("""
                        <tr><th scope="row">{}</th><td>{}</td><td class="n">{}</td><td class="n">{}</td></tr>
                        """, interval.begin(), interval.end(), interval.objects(), Sizes.text(interval.bytes()));
            }
        }
        page.add("</tbody>\n</table>\n</details>\n</figure>\n");
    }

    private void waits() throws IOException {
        long[] waits = rows.waits();
        long most = 0;
        for (long wait : waits) {
            most = Math.max(most, wait);
        }
        if (most == 0) {
            return;
        }
        page.add("""
                <table class="bars">
                <caption>How long objects took from their last byte received to the store's confirmation</caption>
                <thead><tr><th scope="col">time</th><th scope="col" class="n">objects</th><td></td></tr></thead>
                <tbody>
                """);
        for (int i = 0; i < waits.length; i++) {
            page.add("""
                    <tr><th scope="row">{}</th><td class="n">{}</td>\
                    <td><svg width="100%" height="10" aria-hidden="true"><rect width="{}%" height="10"/></svg></td></tr>
                    """, wait(i), waits[i], percent(100.0 * waits[i] / most));
        }
        page.add("</tbody>\n</table>\n");
    }

    private static String wait(int bound) {
        List<Duration> bounds = RunOverview.WAITS;
        if (bound == 0) {
            return "under " + seconds(bounds.getFirst()) + " s";
        }
        return bound == bounds.size()
                ? seconds(bounds.getLast()) + " s or more"
                : seconds(bounds.get(bound - 1)) + " to " + seconds(bounds.get(bound)) + " s";
    }

    private static String seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    private static String percent(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private void previews() throws IOException {
        if (rows.previewsStored() == 0) {
            return;
        }
        page.add(
                """
                <section>
                <h2>Previews</h2>
                <p>{} of {} that this run stored or found in the bucket: the first, by task, of at most {} each and {}\
                 together, as their makers made them.</p>
                <ul class="sheet">
                """,
                rows.previews().size(),
                rows.previewsStored() == 1 ? "1 preview" : number(rows.previewsStored()) + " previews",
                Sizes.text(RunOverview.LARGEST_PREVIEW),
                Sizes.text(RunOverview.ALL_PREVIEWS));
        for (ManifestRow preview : rows.previews()) {
            page.add("<li><figure>");
            picture(preview);
            page.add(
                    "<figcaption><code>{}</code> {}</figcaption></figure></li>\n",
                    preview.taskId().value(),
                    Sizes.text(Objects.requireNonNull(preview.sizeBytes())));
        }
        page.add("</ul>\n</section>\n");
    }

    private void picture(ManifestRow preview) throws IOException {
        byte[] bytes;
        try {
            bytes = read(preview);
        } catch (NoSuchFileException e) {
            page.add("<p class=\"absent\">The bucket has no such object any more.</p>");
            return;
        } catch (AccessDeniedException e) {
            page.add("<p class=\"absent\">The store does not give out this object.</p>");
            return;
        } catch (IOException e) {
            throw new StopException(
                    "The preview " + preview.key() + " could not be read for " + RunFile.REPORT_HTML.fileName() + ": "
                            + e.getMessage() + ". Run again to go on.",
                    e);
        }
        if (!Sha256.of(bytes).equals(preview.sha256())) {
            page.add("<p class=\"absent\">The bucket holds other bytes than the manifest says: audit this run.</p>");
            return;
        }
        page.add(
                "<img alt=\"Preview of task {}\" src=\"data:{};base64,",
                preview.taskId().value(),
                Objects.requireNonNull(preview.contentType()));
        page.addBase64(bytes);
        page.add("\"/>");
    }

    /** Reads one byte more than there should be, which shows an object that is longer. */
    private byte[] read(ManifestRow preview) throws IOException {
        try (InputStream in = bucket.open(Objects.requireNonNull(preview.key()))) {
            return in.readNBytes((int) (Objects.requireNonNull(preview.sizeBytes()) + 1));
        }
    }

    private void run() throws IOException {
        page.add("<section>\n<h2>Run</h2>\n<dl class=\"facts\">\n");
        fact("job", facts.job());
        RunFacts.Input input = facts.input();
        fact("input", input == null ? "none: tasks carried over alone" : input.name());
        if (input != null) {
            fact(
                    "its lines",
                    "%s; %s, %s duplicate, %s rejected"
                            .formatted(
                                    number(input.lines()),
                                    tasks(input.tasks()),
                                    number(input.duplicates()),
                                    number(input.rejected())));
            fact("its SHA-256", input.sha256().hex());
        }
        RunFacts.Counts counts = facts.counts();
        fact("archived by earlier runs", tasks(counts.alreadyArchived()));
        fact("carried over", tasks(counts.carriedOver()));
        fact("left by --limit", tasks(counts.notTaken()));
        fact("options", options());
        RunFacts.Archive archive = facts.archive();
        String endpoint = archive.endpoint();
        fact(
                "stored in",
                "s3://" + archive.bucket() + "/" + archive.prefix() + (endpoint == null ? "" : " at " + endpoint));
        RunFacts.Previous previous = facts.previous();
        fact("run before", previous == null ? "none" : previous.runId().value());
        fact("program", "media-archiver " + facts.toolVersion());
        page.add("</dl>\n<p>Beside this page: ");
        String separator = "";
        for (RunFile file : RunFile.values()) {
            if (file == RunFile.REPORT_HTML || (file == RunFile.SHA256SUMS && rows.objects(Status.STORED) == 0)) {
                continue;
            }
            page.add(separator);
            page.add("<a href=\"{}\">{}</a>", file.fileName(), file.fileName());
            separator = ", ";
        }
        page.add(".</p>\n</section>\n");
    }

    private String options() {
        StringBuilder options = new StringBuilder();
        if (facts.options().limit() != null) {
            options.append("--limit ").append(facts.options().limit()).append(' ');
        }
        if (facts.options().flags().contains(Flag.RETRY_FAILED)) {
            options.append("--retry-failed ");
        }
        if (facts.options().flags().contains(Flag.FULL_MANIFEST)) {
            options.append("--full-manifest");
        }
        return options.isEmpty() ? "none" : options.toString().strip();
    }

    private void fact(String name, String value) throws IOException {
        page.add("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
    }

    private static String time(Instant instant) {
        return Objects.requireNonNull(Column.time(instant)).substring(0, 19).replace('T', ' ');
    }
}
