package org.mediaarchiver.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.models.V1CronJob;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The Kubernetes objects, held against the schema from which the client for Kubernetes is generated. */
class KubernetesCronJobTest {
    private static Map<String, JsonObject> objects() throws IOException {
        LoaderOptions strict = new LoaderOptions();
        strict.setAllowDuplicateKeys(false);
        Map<String, JsonObject> objects = new HashMap<>();
        try (Reader yaml = Files.newBufferedReader(Script.JOBS.resolve("cronjob.yaml"))) {
            for (Object document : new Yaml(new SafeConstructor(strict)).loadAll(yaml)) {
                JsonObject object = new Gson().toJsonTree(document).getAsJsonObject();
                objects.put(
                        object.get("apiVersion").getAsString() + " "
                                + object.get("kind").getAsString(),
                        object);
            }
        }
        return objects;
    }

    private static JsonObject object(String kind) throws IOException {
        return Objects.requireNonNull(objects().get(kind), kind);
    }

    private static JsonElement cronJob() throws IOException {
        return object("batch/v1 CronJob");
    }

    @Test
    void everyObjectIsAsItsSchemaSays() throws IOException {
        assertThat(objects()).containsOnlyKeys("batch/v1 CronJob", "v1 PersistentVolumeClaim");

        V1CronJob.validateJsonElement(cronJob());
        V1PersistentVolumeClaim.validateJsonElement(object("v1 PersistentVolumeClaim"));
    }

    @Test
    void aFieldThatIsMisspeltDeepInsideIsCaught() throws IOException {
        JsonElement misspelt = new Gson()
                .fromJson(
                        cronJob().toString().replace("terminationGracePeriod", "terminationGrace"), JsonElement.class);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> V1CronJob.validateJsonElement(misspelt))
                .withMessageContaining("terminationGraceSeconds");
    }

    @Test
    void theClaimIsTheOneThatTheJobMounts() throws IOException {
        String claim = object("v1 PersistentVolumeClaim")
                .getAsJsonObject("metadata")
                .get("name")
                .getAsString();

        assertThat(cronJob().toString()).contains("\"claimName\":\"" + claim + "\"");
    }
}
