package org.mediaarchiver.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.mediaarchiver.storage.ScriptedS3.content;
import static org.mediaarchiver.storage.ScriptedS3.error;
import static org.mediaarchiver.storage.ScriptedS3.head;
import static org.mediaarchiver.storage.ScriptedS3.status;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;

/** A store with versions that does everything right, but for the flaws it is given. */
final class ProbedS3 implements AutoCloseable {
    /** What a store, or the policy of its bucket, can do otherwise. */
    enum Flaw {
        FORBIDS_DELETION,
        FORBIDS_TO_TELL_THE_LOCK,
        LOCKS_WHAT_IS_CREATED,
        KNOWS_NO_VERSIONS,
        IGNORES_SHA256,
        REFUSES_SHA256,
        IGNORES_MD5,
        IGNORES_CONDITIONS,
        REFUSES_CONDITIONS,
        HAS_NO_UPLOADS_IN_PARTS,
        IGNORES_CRC,
        REFUSES_CRC,
        TELLS_NO_CRC,
        FORGETS_UPLOADS_IT_REFUSED,
        FAILS_AFTER_THE_FIRST_PUT,
        DROPS_WHAT_IS_CONFIGURED,
        LISTS_BACKWARDS
    }

    private static final String CRC = "x-amz-checksum-crc32c";

    /** What a HEAD tells of an object as it was asked for by the put. */
    private static final List<String> PLACEMENT = List.of("x-amz-server-side-encryption", "x-amz-storage-class");

    private record Version(
            String id, byte[] bytes, @Nullable String sha256, Map<String, String> placement) {}

    private final ScriptedS3 server;
    private final Set<Flaw> flaws = EnumSet.noneOf(Flaw.class);
    private final Map<String, List<Version>> objects = new TreeMap<>();
    private final Map<String, String> uploads = new LinkedHashMap<>();
    private byte[] part = new byte[0];
    private final List<Forbidden> forbidden = new ArrayList<>();
    private int versions;

    private record Forbidden(Pattern requests, String header, ScriptedS3.Answer answer) {}

    ProbedS3(Flaw... flaws) throws IOException {
        this.flaws.addAll(List.of(flaws));
        server = new ScriptedS3()
                .on("GET", admitted(this::get))
                .on("HEAD", admitted(this::look))
                .on("PUT", admitted(this::put))
                .on("POST", admitted(this::post))
                .on("DELETE", admitted(this::delete));
    }

    /** Answers requests otherwise from now on: those whose {@code METHOD target} matches and that have a header of this name. */
    synchronized ProbedS3 answering(String requests, String header, ScriptedS3.Answer answer) {
        forbidden.add(new Forbidden(Pattern.compile(requests), header, answer));
        return this;
    }

    /** Forbids requests whose {@code METHOD target} matches. */
    ProbedS3 forbidding(String requests) {
        return answering(requests, "Host", error(403, "AccessDenied"));
    }

    private ScriptedS3.Answer admitted(ScriptedS3.Answer otherwise) {
        return (exchange, body) -> next(exchange, otherwise).to(exchange, body);
    }

    private synchronized ScriptedS3.Answer next(HttpExchange exchange, ScriptedS3.Answer otherwise) {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        return forbidden.stream()
                .filter(rule -> rule.requests().matcher(request).matches()
                        && exchange.getRequestHeaders().containsKey(rule.header()))
                .map(Forbidden::answer)
                .findFirst()
                .orElse(otherwise);
    }

    ScriptedS3 server() {
        return server;
    }

    /** Returns the keys under which there is anything, and the uploads that were not ended. */
    synchronized List<String> left() {
        List<String> left = new ArrayList<>(objects.keySet());
        left.addAll(uploads.values());
        return left;
    }

    /** Leaves behind what a killed probe might have. */
    synchronized void plant(String key, int versionsOfIt) {
        for (int i = 0; i < versionsOfIt; i++) {
            store(key, key.getBytes(UTF_8), null, Map.of());
        }
    }

    synchronized void plantUpload(String key) {
        uploads.put("planted", key);
    }

    private boolean has(Flaw flaw) {
        return flaws.contains(flaw);
    }

    private Version store(String key, byte[] bytes, @Nullable String sha256, Map<String, String> placement) {
        Version version = new Version("v" + versions++, bytes, sha256, placement);
        if (has(Flaw.KNOWS_NO_VERSIONS)) {
            objects.remove(key);
        }
        objects.computeIfAbsent(key, k -> new ArrayList<>()).add(version);
        return version;
    }

    private static String key(HttpExchange exchange) {
        return exchange.getRequestURI().getPath().substring("/bucket/".length());
    }

    private static boolean asks(HttpExchange exchange, String parameter) {
        String query = exchange.getRequestURI().getQuery();
        return query != null && query.contains(parameter);
    }

    private synchronized void get(HttpExchange exchange, byte[] body) throws IOException {
        if (asks(exchange, "object-lock")) {
            lock().to(exchange, body);
        } else if (asks(exchange, "uploads")) {
            String listed = uploads.entrySet().stream()
                    .map(e -> "<Upload><Key>" + e.getValue() + "</Key><UploadId>" + e.getKey() + "</UploadId></Upload>")
                    .collect(Collectors.joining());
            content(200, "<ListMultipartUploadsResult>" + listed + "</ListMultipartUploadsResult>")
                    .to(exchange, body);
        } else if (asks(exchange, "list-type")) {
            String prefix = exchange.getRequestURI().getQuery().replaceFirst("(?:.*&|^)prefix=([^&]*).*", "$1");
            List<String> keys = objects.keySet().stream()
                    .filter(key -> key.startsWith(prefix))
                    .toList();
            String listed = (has(Flaw.LISTS_BACKWARDS) ? keys.reversed() : keys)
                    .stream()
                            .map(key -> "<Contents><Key>" + key + "</Key><Size>20</Size></Contents>")
                            .collect(Collectors.joining());
            content(200, "<ListBucketResult>" + listed + "</ListBucketResult>").to(exchange, body);
        } else {
            List<Version> there = objects.get(key(exchange));
            ScriptedS3.Answer answer = there == null
                    ? error(404, "NoSuchKey")
                    : content(200, new String(there.getLast().bytes(), ISO_8859_1), "ETag", "\"e\"");
            answer.to(exchange, body);
        }
    }

    private ScriptedS3.Answer lock() {
        if (has(Flaw.FORBIDS_TO_TELL_THE_LOCK)) {
            return error(403, "AccessDenied");
        }
        return has(Flaw.LOCKS_WHAT_IS_CREATED)
                ? content(
                        200,
                        "<ObjectLockConfiguration><Rule><DefaultRetention><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>")
                : error(404, "ObjectLockConfigurationNotFoundError");
    }

    private synchronized void look(HttpExchange exchange, byte[] body) throws IOException {
        List<Version> there = objects.get(key(exchange));
        if (there == null) {
            status(404).to(exchange, body);
            return;
        }
        Version version = there.getLast();
        if (version.sha256() != null) {
            exchange.getResponseHeaders().add("x-amz-checksum-sha256", version.sha256());
        }
        version.placement().forEach(exchange.getResponseHeaders()::add);
        if (!has(Flaw.KNOWS_NO_VERSIONS)) {
            exchange.getResponseHeaders().add("x-amz-version-id", version.id());
        }
        head(version.bytes().length, "ETag", "\"e\"").to(exchange, body);
    }

    private synchronized void put(HttpExchange exchange, byte[] body) throws IOException {
        String sha256 = exchange.getRequestHeaders().getFirst("x-amz-checksum-sha256");
        String md5 = exchange.getRequestHeaders().getFirst("Content-MD5");
        String match = exchange.getRequestHeaders().getFirst("If-Match");
        boolean conditional = match != null || exchange.getRequestHeaders().containsKey("If-None-Match");
        boolean holds = match == null ? !objects.containsKey(key(exchange)) : match.equals("\"e\"");
        if (has(Flaw.FAILS_AFTER_THE_FIRST_PUT) && versions > 0) {
            error(503, "SlowDown").to(exchange, body);
        } else if (asks(exchange, "partNumber")) {
            part = body;
            status(200, "ETag", "\"p\"").to(exchange, body);
        } else if (sha256 != null && has(Flaw.REFUSES_SHA256)) {
            error(400, "InvalidRequest").to(exchange, body);
        } else if (conditional && has(Flaw.REFUSES_CONDITIONS)) {
            error(501, "NotImplemented").to(exchange, body);
        } else if (sha256 != null
                && !has(Flaw.IGNORES_SHA256)
                && !sha256.equals(Sha256.of(body).base64())) {
            error(400, "XAmzContentChecksumMismatch").to(exchange, body);
        } else if (md5 != null && !has(Flaw.IGNORES_MD5) && !md5.equals(md5(body))) {
            error(400, "BadDigest").to(exchange, body);
        } else if (conditional && !has(Flaw.IGNORES_CONDITIONS) && !holds) {
            error(412, "PreconditionFailed").to(exchange, body);
        } else {
            Version version = store(key(exchange), body, has(Flaw.IGNORES_SHA256) ? null : sha256, placement(exchange));
            answer(version).to(exchange, body);
        }
    }

    private Map<String, String> placement(HttpExchange exchange) {
        Map<String, String> placement = new TreeMap<>();
        if (!has(Flaw.DROPS_WHAT_IS_CONFIGURED)) {
            for (String name : PLACEMENT) {
                String value = exchange.getRequestHeaders().getFirst(name);
                if (value != null) {
                    placement.put(name, value);
                }
            }
        }
        return placement;
    }

    private ScriptedS3.Answer answer(Version version) {
        return has(Flaw.KNOWS_NO_VERSIONS)
                ? status(200, "ETag", "\"e\"")
                : status(200, "ETag", "\"e\"", "x-amz-version-id", version.id());
    }

    private static String md5(byte[] bytes) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the CRC32C of these bytes as a header carries it. */
    static String crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return Base64.getEncoder()
                .encodeToString(
                        ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private synchronized void post(HttpExchange exchange, byte[] body) throws IOException {
        boolean conditional = exchange.getRequestHeaders().containsKey("If-None-Match");
        String crc = exchange.getRequestHeaders().getFirst(CRC);
        if (has(Flaw.HAS_NO_UPLOADS_IN_PARTS)) {
            error(501, "NotImplemented").to(exchange, body);
        } else if (has(Flaw.REFUSES_CRC) && exchange.getRequestHeaders().containsKey("x-amz-checksum-type")) {
            error(501, "NotImplemented").to(exchange, body);
        } else if (!asks(exchange, "uploadId")) {
            uploads.put("u" + versions, key(exchange));
            content(
                            200,
                            "<InitiateMultipartUploadResult><UploadId>u" + versions
                                    + "</UploadId></InitiateMultipartUploadResult>")
                    .to(exchange, body);
        } else if (conditional && has(Flaw.REFUSES_CONDITIONS)) {
            error(501, "NotImplemented").to(exchange, body);
        } else if (conditional && !has(Flaw.IGNORES_CONDITIONS) && objects.containsKey(key(exchange))) {
            error(412, "PreconditionFailed").to(exchange, body);
        } else if (uploads.isEmpty()) {
            error(404, "NoSuchUpload").to(exchange, body);
        } else if (crc != null && !has(Flaw.IGNORES_CRC) && !crc.equals(crc32c(part))) {
            if (has(Flaw.FORGETS_UPLOADS_IT_REFUSED)) {
                uploads.clear();
            }
            error(400, "BadDigest").to(exchange, body);
        } else {
            uploads.clear();
            Map<String, String> told = crc == null || has(Flaw.TELLS_NO_CRC)
                    ? Map.of()
                    : Map.of(CRC, crc, "x-amz-checksum-type", "FULL_OBJECT");
            store(key(exchange), part, null, told);
            content(200, "<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag></CompleteMultipartUploadResult>")
                    .to(exchange, body);
        }
    }

    private synchronized void delete(HttpExchange exchange, byte[] body) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        if (has(Flaw.FORBIDS_DELETION)) {
            error(403, "AccessDenied").to(exchange, body);
            return;
        }
        if (asks(exchange, "uploadId")) {
            uploads.remove(query.substring(query.indexOf("uploadId=") + "uploadId=".length()));
        } else if (has(Flaw.KNOWS_NO_VERSIONS)) {
            if (query != null) {
                error(501, "NotImplemented").to(exchange, body);
                return;
            }
            objects.remove(key(exchange));
        } else if (query == null) {
            store(key(exchange), new byte[0], null, Map.of());
        } else {
            List<Version> there = objects.getOrDefault(key(exchange), new ArrayList<>());
            there.removeIf(version -> query.contains("versionId=" + version.id()));
            objects.values().removeIf(List::isEmpty);
        }
        status(204).to(exchange, body);
    }

    @Override
    public void close() {
        server.close();
    }
}
