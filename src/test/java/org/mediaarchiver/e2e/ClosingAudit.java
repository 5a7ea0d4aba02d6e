package org.mediaarchiver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mediaarchiver.batch.ArchiverContext;
import org.mediaarchiver.batch.AuditRequest;
import org.mediaarchiver.batch.Audits;
import org.mediaarchiver.batch.ProgressStyle;
import org.mediaarchiver.domain.AuditExtent;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.services.s3.model.S3Object;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The audit that every test of a site ends with: {@code audit --all --mode read}, by a machine that has nothing but the bucket.
 *
 * @param home a folder that is not there yet
 */
record ClosingAudit(S3Server store, String prefix, Path home) {
    /** Holds what the audit finds against what the test has done to the archive. */
    void assertFinds(Set<String> damage, Site.Left left) throws IOException, InterruptedException {
        List<String> keys =
                store
                        .client()
                        .listObjectsV2Paginator(r -> r.bucket(store.bucket()).prefix(prefix))
                        .contents()
                        .stream()
                        .map(S3Object::key)
                        .toList();
        Set<String> published = keys.stream()
                .filter(key -> key.endsWith("/run.json.sha256"))
                .map(key -> key.substring(0, key.lastIndexOf('/')))
                .map(folder -> folder.substring(folder.lastIndexOf('/') + 1))
                .collect(Collectors.toSet());
        List<String> found = published.isEmpty()
                ? keys.stream()
                        .filter(key -> key.matches("(.*/)?media/.+"))
                        .map(key -> "EXTRA " + key)
                        .toList()
                : findings();
        assertThat(found)
                .filteredOn(finding -> left == Site.Left.NOTHING || !isOfARunNotIn(published, finding))
                .as("what `audit --all --mode read` finds at the end")
                .containsExactlyInAnyOrderElementsOf(damage);
    }

    private List<String> findings() throws IOException, InterruptedException {
        // What has just come may be of a run that is still going on, and is no finding.
        store.age();
        System.setProperty("aws.accessKeyId", store.accessKey());
        System.setProperty("aws.secretAccessKey", store.secretKey());
        List<String> configuration = List.of(
                "--archiver.home=" + home,
                "--archiver.storage.endpoint=" + store.endpoint(),
                "--archiver.storage.bucket=" + store.bucket(),
                "--archiver.storage.prefix=" + prefix);
        AuditRequest request = AuditRequest.ofAllRuns(AuditExtent.allObjects(AuditMode.READ));
        try (ArchiverContext context = ArchiverContext.forAudit(configuration, request)) {
            context.bean(Audits.class).audit(ProgressStyle.NONE);
        }
        try (Stream<Path> audits = Files.list(home.resolve("audits"))) {
            return Files.readAllLines(audits.findFirst().orElseThrow().resolve("audit.jsonl")).stream()
                    .map(new JsonMapper()::readTree)
                    .map(ClosingAudit::finding)
                    .distinct()
                    .toList();
        }
    }

    private static String finding(JsonNode line) {
        return line.get("code").asString() + " " + line.get("key").asString();
    }

    private boolean isOfARunNotIn(Set<String> published, String finding) {
        String key = finding.substring(finding.indexOf(' ') + 1);
        if (!finding.startsWith("EXTRA ")) {
            return false;
        }
        Map<String, String> metadata = store.client()
                .headObject(r -> r.bucket(store.bucket()).key(key))
                .metadata();
        return metadata.containsKey("run-id") && !published.contains(metadata.get("run-id"));
    }
}
