package org.mediaarchiver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mediaarchiver.domain.AuditMode;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.storage.S3ObjectStore;
import org.mediaarchiver.storage.S3Settings;
import org.mediaarchiver.testing.S3Server;
import software.amazon.awssdk.core.sync.RequestBody;

/** What a real server says over HTTP is held against rows that were made from what it said then. */
class AuditOverS3Test {
    private static final AuditScope ALL = new AuditScope.AllRuns();
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T02:00:00Z"));

    private static S3Server server;
    private static S3ObjectStore store;

    @BeforeAll
    static void start() {
        server = S3Server.start("audited");
        System.setProperty("aws.accessKeyId", server.accessKey());
        System.setProperty("aws.secretAccessKey", server.secretKey());
        store = new S3ObjectStore(
                new S3Settings(
                        server.bucket(),
                        server.endpoint(),
                        server.region(),
                        S3Settings.Addressing.PATH,
                        S3Settings.Placement.AS_THE_BUCKET_SAYS,
                        S3Settings.Transfer.forTasksInFlight(3)),
                CLOCK);
    }

    @AfterAll
    static void stop() {
        store.close();
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @Test
    void eachModeFindsItsDamage(@TempDir Path home) throws Exception {
        new SmallArchive(store, home).withThreeRuns();
        Path runs = home.resolve("runs");
        for (AuditMode mode : AuditMode.values()) {
            assertThat(SmallArchive.audit(store, runs, ALL, mode).findings())
                    .as("%s", mode)
                    .isEmpty();
        }

        remove(SmallArchive.key("a", Role.PREVIEW));
        put(SmallArchive.key("b", Role.RESULT), "another size");
        put(SmallArchive.key("m1", Role.VIDEO), "bytes of m1/VIDEO");
        put("archive/media/x/video.mp4", "extra");

        assertThat(SmallArchive.audit(store, runs, ALL, AuditMode.MANIFEST).findings())
                .isEmpty();
        for (AuditMode mode : List.of(AuditMode.LIST, AuditMode.HEAD, AuditMode.READ)) {
            assertThat(SmallArchive.withoutHome(store, ALL, mode).lines())
                    .as("%s", mode)
                    .containsExactly(
                            "MISSING archive/media/a/preview.webp",
                            "CHANGED archive/media/b/result.json",
                            "CHANGED archive/media/m1/video.mp4",
                            "EXTRA archive/media/x/video.mp4");
        }
    }

    private static void put(String key, String text) {
        server.client().putObject(r -> r.bucket(server.bucket()).key(key), RequestBody.fromString(text));
    }

    private static void remove(String key) {
        server.client().deleteObject(r -> r.bucket(server.bucket()).key(key));
    }
}
