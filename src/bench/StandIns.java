import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A task service with its media host, and an S3 store, as cheap as they can be made: what is measured is to be the client.
 *
 * <p>Every task id is known and finished. The store keeps small objects and the files of runs; of videos and previews it keeps key,
 * size and checksum, and reads them back from the file that the media host sends. It refuses a small object whose SHA-256 is wrong
 * and creates none twice where asked so, as Amazon's does; of a large one it believes the checksum.
 */
final class StandIns implements AutoCloseable {
    static final String BUCKET = "bench";
    private static final long SMALL = 64 * 1024;

    /**
     * What the task service and the media host do.
     *
     * @param held one task in so many is held for {@code hold} at its video; 0 for none
     */
    record Behaviour(long videoBytes, long previewBytes, Duration api, Duration media, int held, Duration hold) {
        static Behaviour immediate(long videoBytes, long previewBytes) {
            return new Behaviour(videoBytes, previewBytes, Duration.ZERO, Duration.ZERO, 0, Duration.ZERO);
        }

        /** Returns how long a video takes until its first byte. */
        Duration video(long task) {
            return held > 0 && task % held == 0 ? media.plus(hold) : media;
        }
    }

    private record Stored(long size, String sha256, String etag, byte[] bytes, FileChannel file) {}

    private record Upload(String key, NavigableMap<Integer, Stored> parts) {}

    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private final Media media;
    private final Path kept;
    private final Http source;
    private final Http store;
    private final NavigableMap<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
    private final AtomicLong names = new AtomicLong();
    private final Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    final AtomicLong questions = new AtomicLong();
    final AtomicLong storeRequests = new AtomicLong();
    final AtomicLong firstRequest = new AtomicLong();
    final AtomicLong lastMedia = new AtomicLong();
    final Map<Long, Long> questionTimes = new ConcurrentHashMap<>();
    private final AtomicReference<Behaviour> behaviour = new AtomicReference<>();

    StandIns(Path directory) throws IOException {
        this.media = new Media(directory);
        this.kept = Files.createDirectories(directory.resolve("kept"));
        this.source = new Http(this::answerOfSource);
        this.store = new Http(this::answerOfStore);
    }

    URI sourceUrl() throws IOException {
        return source.url();
    }

    URI storeUrl() throws IOException {
        return store.url();
    }

    int objects() {
        return objects.size();
    }

    /** Begins anew, with this behaviour and no request counted. */
    void begin(Behaviour next) {
        behaviour.set(next);
        questions.set(0);
        storeRequests.set(0);
        firstRequest.set(0);
        lastMedia.set(0);
        questionTimes.clear();
    }

    void emptyBucket() throws IOException {
        for (Stored stored : objects.values()) {
            if (stored.file != null) {
                stored.file.close();
            }
        }
        objects.clear();
        uploads.clear();
    }

    @Override
    public void close() throws IOException {
        source.close();
        store.close();
        emptyBucket();
    }

    // The task service and the media host.

    private Http.Answer answerOfSource(Http.Request request) throws IOException, InterruptedException {
        firstRequest.compareAndSet(0, System.nanoTime());
        Behaviour now = behaviour.get();
        String path = request.path();
        if (path.startsWith("/avatar/task/")) {
            long asked = questions.incrementAndGet();
            if (asked % 10_000 == 0) {
                questionTimes.put(asked, System.nanoTime());
            }
            Thread.sleep(now.api);
            String id = path.substring("/avatar/task/".length());
            String host = source.url().toString();
            return Http.Answer.of(200, """
                    {"id":"%1$s","web_work_status":200,"no_wm_work_video_path":"%2$s/video/%1$s.mp4","work_webp_path":"%2$s/preview/%1$s.webp"}\
                    """.formatted(id, host)).with("Content-Type", "application/json");
        }
        boolean video = path.startsWith("/video/");
        String name = path.substring(path.lastIndexOf('/') + 1, path.lastIndexOf('.'));
        long task = Long.parseLong(name.substring(name.lastIndexOf('-') + 1));
        Thread.sleep(video ? now.video(task) : now.media);
        lastMedia.set(System.nanoTime());
        FileChannel file = video ? media.video(now.videoBytes) : media.preview(now.previewBytes);
        return part(request, file, file.size())
                .with("Content-Type", video ? "video/mp4" : "image/webp")
                .with("Last-Modified", HTTP_DATE.format(began));
    }

    private static Http.Answer part(Http.Request request, FileChannel file, long size) {
        String range = request.headers().get("range");
        if (range == null) {
            return Http.Answer.of(200, file, 0, size).with("Accept-Ranges", "bytes");
        }
        String[] ends = range.substring("bytes=".length()).split("-", 2);
        long from = Long.parseLong(ends[0]);
        long to = ends[1].isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(ends[1]));
        return Http.Answer.of(206, file, from, to - from + 1)
                .with("Content-Range", "bytes " + from + "-" + to + "/" + size);
    }

    // The store.

    private Http.Answer answerOfStore(Http.Request request) throws IOException {
        storeRequests.incrementAndGet();
        String prefix = "/" + BUCKET + "/";
        String key = request.path().startsWith(prefix) ? request.path().substring(prefix.length()) : "";
        Map<String, String> query = request.query();
        return switch (request.method()) {
            case "PUT" ->
                query.containsKey("partNumber")
                        ? putPart(request)
                        : key.isEmpty() ? Http.Answer.of(200, "") : put(key, request);
            case "POST" ->
                query.containsKey("uploads")
                        ? createUpload(key)
                        : query.containsKey("uploadId") ? complete(key, request) : delete(request);
            case "GET", "HEAD" -> key.isEmpty() ? ofBucket(request) : get(key, request);
            case "DELETE" -> {
                if (query.containsKey("uploadId")) {
                    uploads.remove(query.get("uploadId"));
                } else {
                    objects.remove(key);
                }
                yield Http.Answer.of(204, "");
            }
            default -> Http.Answer.of(405, "");
        };
    }

    private static Http.Answer error(int status, String code) {
        return Http.Answer.of(
                        status,
                        "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>" + code
                                + "</Message></Error>")
                .with("Content-Type", "application/xml");
    }

    private static Http.Answer xml(String body) {
        return Http.Answer.of(200, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + body)
                .with("Content-Type", "application/xml");
    }

    private Http.Answer put(String key, Http.Request request) throws IOException {
        boolean create = "*".equals(request.headers().get("if-none-match"));
        if (create && objects.containsKey(key)) {
            return error(412, "PreconditionFailed");
        }
        String match = request.headers().get("if-match");
        if (match != null && (objects.get(key) == null || !objects.get(key).etag.equals(match))) {
            return error(412, "PreconditionFailed");
        }
        Stored stored = read(key, request);
        if (stored == null) {
            return error(400, "BadDigest");
        }
        if (create) {
            if (objects.putIfAbsent(key, stored) != null) {
                return error(412, "PreconditionFailed");
            }
        } else {
            objects.put(key, stored);
        }
        return checked(Http.Answer.of(200, "").with("ETag", stored.etag), stored);
    }

    /** Returns what came, or null where its digest is not the one that was said. */
    private Stored read(String key, Http.Request request) throws IOException {
        Map<String, String> headers = request.headers();
        long told = Long.parseLong(
                headers.getOrDefault("x-amz-decoded-content-length", headers.getOrDefault("content-length", "-1")));
        String sha256 = headers.get("x-amz-checksum-sha256");
        String etag = "\"" + names.incrementAndGet() + "-1\"";
        if (told >= 0 && told <= SMALL && !key.contains("/video.") && !key.contains("/preview.")) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            request.body(Channels.newChannel(bytes));
            byte[] body = bytes.toByteArray();
            boolean right = (sha256 == null || sha256.equals(digest("SHA-256", body)))
                    && (!headers.containsKey("content-md5")
                            || headers.get("content-md5").equals(digest("MD5", body)));
            return right ? new Stored(body.length, sha256, etag, body, null) : null;
        }
        if (key.startsWith("runs/") || key.startsWith("audits/")) {
            FileChannel file = FileChannel.open(
                    kept.resolve(String.valueOf(names.incrementAndGet())),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            return new Stored(request.body(file), sha256, etag, null, file);
        }
        return new Stored(request.body(null), sha256, etag, null, null);
    }

    private static String digest(String algorithm, byte[] bytes) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Http.Answer checked(Http.Answer answer, Stored stored) {
        return stored.sha256 == null
                ? answer
                : answer.with("x-amz-checksum-sha256", stored.sha256)
                        .with("x-amz-checksum-type", stored.sha256.contains("-") ? "COMPOSITE" : "FULL_OBJECT");
    }

    private Http.Answer get(String key, Http.Request request) throws IOException {
        Stored stored = objects.get(key);
        if (stored == null) {
            return error(404, "NoSuchKey");
        }
        Http.Answer answer = stored.bytes != null
                ? Http.Answer.of(200, stored.bytes)
                : part(request, channel(key, stored), stored.size);
        return checked(answer.with("ETag", stored.etag).with("Last-Modified", HTTP_DATE.format(began)), stored);
    }

    private FileChannel channel(String key, Stored stored) {
        if (stored.file != null) {
            return stored.file;
        }
        return key.contains("preview") ? media.preview(stored.size) : media.video(stored.size);
    }

    private Http.Answer ofBucket(Http.Request request) {
        Map<String, String> query = request.query();
        if (query.containsKey("object-lock")) {
            return error(404, "ObjectLockConfigurationNotFoundError");
        }
        if (query.containsKey("versioning")) {
            return xml("<VersioningConfiguration/>");
        }
        if (query.containsKey("uploads")) {
            return xml("<ListMultipartUploadsResult><Bucket>" + BUCKET
                    + "</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
        }
        if (query.containsKey("location")) {
            return xml("<LocationConstraint/>");
        }
        String prefix = query.getOrDefault("prefix", "");
        String delimiter = query.getOrDefault("delimiter", "");
        int limit = Integer.parseInt(query.getOrDefault("max-keys", "1000"));
        String after = query.getOrDefault(
                "continuation-token", query.getOrDefault("start-after", query.getOrDefault("marker", "")));
        StringBuilder rows = new StringBuilder(200 * limit);
        String from = after.compareTo(prefix) > 0 ? after : prefix;
        String at = from.equals(after) ? objects.higherKey(from) : objects.ceilingKey(from);
        String last = "";
        int rowsSoFar = 0;
        for (; at != null && at.startsWith(prefix) && rowsSoFar < limit; rowsSoFar++) {
            int cut = delimiter.isEmpty() ? -1 : at.indexOf(delimiter, prefix.length());
            if (cut >= 0) {
                String common = at.substring(0, cut + delimiter.length());
                rows.append("<CommonPrefixes><Prefix>").append(common).append("</Prefix></CommonPrefixes>");
                last = common + Character.MAX_VALUE;
                at = objects.higherKey(last);
                continue;
            }
            Stored stored = objects.get(at);
            rows.append("<Contents><Key>")
                    .append(at)
                    .append("</Key><LastModified>")
                    .append(began)
                    .append("</LastModified><ETag>&quot;")
                    .append(stored.etag, 1, stored.etag.length() - 1)
                    .append("&quot;</ETag><Size>")
                    .append(stored.size)
                    .append("</Size><StorageClass>STANDARD</StorageClass></Contents>");
            last = at;
            at = objects.higherKey(at);
        }
        boolean more = at != null && at.startsWith(prefix);
        return xml("<ListBucketResult><Name>" + BUCKET + "</Name><Prefix>" + prefix + "</Prefix><KeyCount>" + rowsSoFar
                + "</KeyCount><MaxKeys>"
                + limit + "</MaxKeys><IsTruncated>" + more + "</IsTruncated>"
                + (more
                        ? "<NextContinuationToken>" + last + "</NextContinuationToken><NextMarker>" + last
                                + "</NextMarker>"
                        : "")
                + rows
                + "</ListBucketResult>");
    }

    private Http.Answer createUpload(String key) {
        String id = "upload-" + names.incrementAndGet();
        uploads.put(id, new Upload(key, new TreeMap<>()));
        return xml("<InitiateMultipartUploadResult><Bucket>" + BUCKET + "</Bucket><Key>" + key + "</Key><UploadId>" + id
                + "</UploadId></InitiateMultipartUploadResult>");
    }

    private Http.Answer putPart(Http.Request request) throws IOException {
        Upload upload = uploads.get(request.query().get("uploadId"));
        if (upload == null) {
            return error(404, "NoSuchUpload");
        }
        Stored part = read(upload.key, request);
        if (part == null) {
            return error(400, "BadDigest");
        }
        synchronized (upload) {
            upload.parts.put(Integer.parseInt(request.query().get("partNumber")), part);
        }
        return checked(Http.Answer.of(200, "").with("ETag", part.etag), part);
    }

    private Http.Answer complete(String key, Http.Request request) throws IOException {
        request.body(null);
        if ("*".equals(request.headers().get("if-none-match")) && objects.containsKey(key)) {
            return error(412, "PreconditionFailed");
        }
        Upload upload = uploads.remove(request.query().get("uploadId"));
        if (upload == null) {
            return error(404, "NoSuchUpload");
        }
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        long size = 0;
        boolean told = true;
        byte[] small = null;
        for (Stored part : upload.parts.values()) {
            size += part.size;
            small = part.bytes;
            told &= part.sha256 != null;
            if (told) {
                digests.write(Base64.getDecoder().decode(part.sha256));
            }
        }
        int count = upload.parts.size();
        String etag = "\"" + names.incrementAndGet() + "-" + count + "\"";
        String sha256 = told ? digest("SHA-256", digests.toByteArray()) + "-" + count : null;
        objects.put(key, new Stored(size, sha256, etag, count == 1 ? small : null, null));
        return xml("<CompleteMultipartUploadResult><Bucket>" + BUCKET + "</Bucket><Key>" + key + "</Key><ETag>"
                + etag.replace("\"", "&quot;") + "</ETag>"
                + (told ? "<ChecksumSHA256>" + sha256 + "</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType>" : "")
                + "</CompleteMultipartUploadResult>");
    }

    private Http.Answer delete(Http.Request request) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        request.body(Channels.newChannel(body));
        Matcher keys = Pattern.compile("<Key>([^<]*)</Key>").matcher(body.toString(StandardCharsets.UTF_8));
        while (keys.find()) {
            objects.remove(keys.group(1));
        }
        return xml("<DeleteResult/>");
    }
}
