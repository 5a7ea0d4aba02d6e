package org.mediaarchiver.manifest;

import java.util.List;
import org.mediaarchiver.domain.RunFacts;
import org.mediaarchiver.domain.RunFacts.Options.Flag;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Composes {@code run.json}: what was asked, what became of it, and the digest of every other file of the run. */
final class RunJson {
    static final String FORMAT = "media-archive-run/1";

    private RunJson() {}

    static byte[] bytes(RunFacts facts, RunCounts counts, List<LocalRunFile> files) {
        ObjectNode run = Json.object();
        run.put("format", FORMAT);
        run.put("run_id", facts.runId().value());
        run.put("job", facts.job());
        previous(run, facts);
        input(run, facts);
        counts(run.putObject("counts"), facts.counts(), counts);
        files(run.putArray("files"), files);
        run.put("started_at", Column.time(facts.startedAt()));
        run.put("finished_at", Column.time(facts.finishedAt()));
        run.putObject("tool").put("name", "media-archiver").put("version", facts.toolVersion());
        run.putObject("archive")
                .put("endpoint", facts.archive().endpoint())
                .put("bucket", facts.archive().bucket())
                .put("prefix", facts.archive().prefix());
        run.putObject("options")
                .put("limit", facts.options().limit())
                .put("retry_failed", facts.options().flags().contains(Flag.RETRY_FAILED))
                .put("full_manifest", facts.options().flags().contains(Flag.FULL_MANIFEST));
        ObjectNode store = run.putObject("store");
        facts.store().forEach(store::put);
        return Json.document(run);
    }

    private static void previous(ObjectNode run, RunFacts facts) {
        RunFacts.Previous previous = facts.previous();
        if (previous == null) {
            run.putNull("previous");
            return;
        }
        run.putObject("previous")
                .put("run_id", previous.runId().value())
                .put("run_json_sha256", previous.runJsonSha256().hex());
    }

    private static void input(ObjectNode run, RunFacts facts) {
        RunFacts.Input input = facts.input();
        if (input == null) {
            run.putNull("input");
            return;
        }
        run.putObject("input")
                .put("name", input.name())
                .put("bytes", input.bytes())
                .put("sha256", input.sha256().hex())
                .put("lines", input.lines())
                .put("tasks", input.tasks())
                .put("duplicates", input.duplicates())
                .put("rejected", input.rejected());
    }

    private static void counts(ObjectNode node, RunFacts.Counts beside, RunCounts rows) {
        node.put("tasks", rows.tasks());
        node.put("rows", rows.rows());
        node.put("already_archived", beside.alreadyArchived());
        node.put("carried_over", beside.carriedOver());
        node.put("not_taken", beside.notTaken());
        ObjectNode status = node.putObject("status");
        rows.status().forEach((each, count) -> status.put(each.word(), count));
        ObjectNode reason = node.putObject("reason");
        rows.reason().forEach((each, count) -> reason.put(each.name(), count));
        node.put("stored_bytes", rows.storedBytes());
        node.put("new_bytes", rows.newBytes());
    }

    private static void files(ArrayNode node, List<LocalRunFile> files) {
        for (LocalRunFile file : files) {
            node.addObject()
                    .put("name", file.file().fileName())
                    .put("bytes", file.content().size())
                    .put("sha256", file.content().sha256().hex());
        }
    }
}
