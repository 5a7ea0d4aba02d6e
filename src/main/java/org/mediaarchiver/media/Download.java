package org.mediaarchiver.media;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.utils.DateUtils;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Detail;
import org.mediaarchiver.domain.OpenFiles;
import org.mediaarchiver.domain.Reason;
import org.mediaarchiver.domain.Role;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.SourceUrl;
import org.mediaarchiver.http.BlockedHostException;

/**
 * One file on its way from a source into a spool, over as many tries as it takes.
 *
 * <p>Bytes are hashed and checked as they come. A try that breaks off leaves them where they are: where the source named a strong
 * entity tag the next try asks for the rest alone, otherwise it begins anew. The same holds where it was the whole process that
 * broke off: see {@link Checkpoint}.
 */
final class Download {
    private static final int BUFFER = 64 * 1024;

    /** A try that brings the file this much farther than any before shows that the source works. */
    private static final long PROGRESS = 64 * 1024;

    private final DownloadSettings settings;
    private final InstantSource clock;
    private final SourceClient client;
    private final Bandwidth bandwidth;
    private final Watchdog.Watch watch;
    private final SpoolWriter spool;
    private final SourceUrl source;
    private final URI uri;
    private final Role role;
    private final MessageDigest digest = Sha256.newDigest();
    private final byte[] buffer = new byte[BUFFER];

    private MediaCheck check;
    private long received;
    private long noted;
    private long total = -1;
    private @Nullable String etag;
    private boolean spliced;
    private boolean inBody;

    Download(
            DownloadSettings settings,
            InstantSource clock,
            SourceClient client,
            Bandwidth bandwidth,
            Watchdog.Watch watch,
            SpoolWriter spool,
            SourceUrl source,
            URI uri,
            Role role) {
        this.settings = settings;
        this.clock = clock;
        this.client = client;
        this.bandwidth = bandwidth;
        this.watch = watch;
        this.spool = spool;
        this.source = source;
        this.uri = uri;
        this.role = role;
        this.check = new MediaCheck(role);
    }

    /** What a try came to. */
    private sealed interface Try {
        /** No further try would change it. */
        record Ended(Fetch fetch) implements Try {}

        /**
         * Another try may do better.
         *
         * @param reason what it is if none does
         * @param retryAfter the pause that the source asks for, or null
         */
        record Failed(
                Reason reason, Detail detail, @Nullable Duration retryAfter) implements Try {}
    }

    Fetch run() throws InterruptedException {
        takeUpWhatAKillLeft();
        int failures = 0;
        long farthest = received;
        while (true) {
            switch (tryOnce()) {
                case Try.Ended ended -> {
                    return ended.fetch();
                }
                case Try.Failed failed -> {
                    failures = received >= farthest + PROGRESS ? 1 : failures + 1;
                    farthest = Math.max(farthest, received);
                    Duration pause = pauseAfter(failures, failed.retryAfter());
                    if (failures >= settings.attempts()
                            || pause.compareTo(settings.longestDelay()) > 0
                            || pause.compareTo(watch.left()) >= 0) {
                        return new Fetch.Refused(source, failed.reason(), failed.detail());
                    }
                    Thread.sleep(pause);
                }
            }
        }
    }

    /** Goes on where a killed process was, if its bytes are sure to be the beginning of the file that is wanted now. */
    private void takeUpWhatAKillLeft() {
        Checkpoint left = spool.lastCheckpoint().orElse(null);
        if (left == null || !left.url().equals(Checkpoint.urlOf(source))) {
            return;
        }
        // A fault in what is there shows again when the file is whole, and then it is fetched in one piece.
        boolean complete = spool.takeUp(left.length(), buffer, (bytes, offset, length) -> {
            digest.update(bytes, offset, length);
            check.accept(bytes, offset, length);
        });
        if (complete && digestSoFar().equals(left.sha256())) {
            received = left.length();
            noted = received;
            total = left.total();
            etag = left.etag();
        }
    }

    private Sha256 digestSoFar() {
        try {
            return Sha256.ofDigest(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256 can be cloned on every Java platform that ships one", e);
        }
    }

    private Duration pauseAfter(int failures, @Nullable Duration retryAfter) {
        long first = settings.firstDelay().toNanos();
        long longest = settings.longestDelay().toNanos();
        long doubled = first > longest >> Math.min(failures - 1, 40) ? longest : first << (failures - 1);
        // Shortened by up to a half, so that tries which failed together do not come back together.
        Duration pause = Duration.ofNanos(ThreadLocalRandom.current().nextLong(doubled / 2, doubled + 1));
        return retryAfter != null && retryAfter.compareTo(pause) > 0 ? retryAfter : pause;
    }

    private Try tryOnce() throws InterruptedException {
        SourceClient.Rest rest = received > 0 && etag != null ? new SourceClient.Rest(received, etag) : null;
        if (rest == null) {
            restart();
        }
        inBody = false;
        try {
            return switch (client.open(uri, rest, watch)) {
                case SourceClient.Answer.Blocked blocked -> refused(Reason.BLOCKED_URL, blocked.detail());
                case SourceClient.Answer.Opened opened -> receive(opened, rest);
            };
        } catch (BlockedHostException e) {
            return refused(Reason.BLOCKED_URL, new Detail("the host has an address that is not public"));
        } catch (IOException e) {
            return brokenOff(e);
        } finally {
            watch.end();
        }
    }

    private void restart() {
        spool.restart();
        digest.reset();
        check = new MediaCheck(role);
        received = 0;
        noted = 0;
        total = -1;
        etag = null;
        spliced = false;
    }

    private Try receive(SourceClient.Answer.Opened opened, SourceClient.@Nullable Rest rest)
            throws IOException, InterruptedException {
        try {
            int status = opened.response().getCode();
            return switch (status) {
                case 200 -> receiveFile(opened);
                case 206 ->
                    rest == null
                            ? refused(
                                    Reason.SOURCE_UNAVAILABLE,
                                    new Detail("the source sent a part where the whole file was asked for"))
                            : receiveRest(opened);
                case 403, 404, 410 ->
                    new Try.Ended(new Fetch.Expired(source, new Detail("the source answered " + status)));
                case 416 ->
                    rest == null
                            ? refused(Reason.SOURCE_UNAVAILABLE, new Detail("the source answered 416"))
                            : changed();
                case 408, 425, 429 -> busy(opened, status);
                default ->
                    status >= 500
                            ? busy(opened, status)
                            : refused(Reason.SOURCE_UNAVAILABLE, new Detail("the source answered " + status));
            };
        } finally {
            opened.request().cancel();
        }
    }

    private Try busy(SourceClient.Answer.Opened opened, int status) {
        return new Try.Failed(
                Reason.SOURCE_UNAVAILABLE,
                new Detail("the source answered " + status),
                retryAfter(opened.header(HttpHeaders.RETRY_AFTER)));
    }

    private @Nullable Duration retryAfter(@Nullable String header) {
        if (header == null) {
            return null;
        }
        String text = header.strip();
        if (text.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        Instant until = DateUtils.parseStandardDate(text);
        return until == null ? null : Duration.between(clock.instant(), until);
    }

    /** A whole file comes; where only its rest was asked for, the source cannot do that, or the file is another by now. */
    private Try receiveFile(SourceClient.Answer.Opened opened) throws IOException, InterruptedException {
        restart();
        String coding = opened.header(HttpHeaders.CONTENT_ENCODING);
        if (coding != null && !coding.isBlank() && !coding.strip().equalsIgnoreCase("identity")) {
            return refused(
                    Reason.NOT_MEDIA,
                    new Detail("the source sent the file in a content coding that was not asked for"));
        }
        HttpEntity entity = opened.response().getEntity();
        if (entity == null) {
            return ended(check.end());
        }
        total = entity.getContentLength();
        etag = strong(opened.header(HttpHeaders.ETAG));
        return receiveBody(entity);
    }

    private Try receiveRest(SourceClient.Answer.Opened opened) throws IOException, InterruptedException {
        ContentRange range =
                ContentRange.parse(opened.header(HttpHeaders.CONTENT_RANGE)).orElse(null);
        String tag = opened.header(HttpHeaders.ETAG);
        HttpEntity entity = opened.response().getEntity();
        if (range == null || entity == null || (tag != null && !tag.equals(etag))) {
            return changed();
        }
        boolean fits = range.first() == received
                && (total < 0 || range.total() < 0 || range.total() == total)
                && (entity.getContentLength() < 0 || entity.getContentLength() == range.length());
        if (!fits) {
            return changed();
        }
        if (total < 0) {
            total = range.total();
        }
        spliced = true;
        return receiveBody(entity);
    }

    private Try receiveBody(HttpEntity entity) throws IOException, InterruptedException {
        if (total > settings.maxBytes()) {
            return tooLarge("the source announces " + total + " bytes");
        }
        inBody = true;
        spool.expect(total);
        InputStream body = entity.getContent();
        while (true) {
            watch.waiting();
            int count = body.read(buffer);
            watch.received(Math.max(count, 0));
            if (count < 0) {
                break;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (count > settings.maxBytes() - received) {
                return tooLarge("the source sent more than " + received + " bytes");
            }
            received += count;
            MediaCheck.Finding.Fault fault = check.accept(buffer, 0, count);
            if (fault != null) {
                return ended(fault);
            }
            digest.update(buffer, 0, count);
            spool.write(buffer, 0, count);
            if (etag != null && total >= 0 && received - noted >= Checkpoint.EVERY) {
                spool.note(new Checkpoint(received, digestSoFar(), total, Checkpoint.urlOf(source), etag));
                noted = received;
            }
            bandwidth.take(count);
        }
        if (total >= 0 && received > total) {
            return changed();
        }
        if (received < total) {
            return endedEarly();
        }
        MediaCheck.Finding finding = check.end();
        boolean endIsCertain = total >= 0 || entity.isChunked();
        return !endIsCertain && finding instanceof MediaCheck.Finding.Fault fault && fault.reason() == Reason.TRUNCATED
                ? fromTheStart(Reason.TRUNCATED, fault.detail())
                : ended(finding);
    }

    private Try ended(MediaCheck.Finding finding) {
        return switch (finding) {
            case MediaCheck.Finding.Whole whole -> {
                Spool finished = spool.finish(received, Sha256.ofDigest(digest.digest()));
                yield new Try.Ended(new Fetch.Fetched(source, finished, whole.type(), clock.instant()));
            }
            // Parts under one entity tag should be of one file; where they make none, the source is asked for it in one
            // piece.
            case MediaCheck.Finding.Fault fault when spliced -> fromTheStart(fault.reason(), fault.detail());
            case MediaCheck.Finding.Fault fault -> refused(fault.reason(), fault.detail());
        };
    }

    private Try changed() {
        return fromTheStart(Reason.SOURCE_UNAVAILABLE, new Detail("the file changed between two tries"));
    }

    /** Without its tag nothing of what came is used by the next try. */
    private Try fromTheStart(Reason reason, Detail detail) {
        etag = null;
        return new Try.Failed(reason, detail, null);
    }

    private Try tooLarge(String what) {
        return refused(Reason.TOO_LARGE, new Detail(what + "; archiver.media.max-size allows " + settings.maxBytes()));
    }

    private Try endedEarly() {
        String announced = total < 0 ? "; before its announced end" : " of " + total;
        return new Try.Failed(
                Reason.TRUNCATED,
                new Detail("the source ended the file after " + received + " bytes" + announced),
                null);
    }

    private Try refused(Reason reason, Detail detail) {
        return new Try.Ended(new Fetch.Refused(source, reason, detail));
    }

    private Try brokenOff(IOException e) throws InterruptedException {
        // A virtual thread that is interrupted finds its socket closed.
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Watchdog.Bark bark = watch.bark();
        if (bark == Watchdog.Bark.DEADLINE) {
            return refused(
                    Reason.SOURCE_UNAVAILABLE,
                    new Detail(
                            "the file was not there within " + settings.deadline() + "; " + received + " bytes came"));
        }
        if (bark == Watchdog.Bark.TOO_SLOW) {
            return unavailable("the source sent less than " + settings.leastBytesPerSecond() + " bytes a second");
        }
        OpenFiles.requireNotExhausted(e);
        boolean endOfStream = e instanceof ConnectionClosedException || e instanceof MalformedChunkCodingException;
        if (inBody && endOfStream) {
            return endedEarly();
        }
        return unavailable(
                switch (e) {
                    case UnknownHostException ignored ->
                        "the host " + uri.getHost() + " or one it redirects to is unknown";
                    case ConnectTimeoutException ignored -> "no connection within " + settings.connectTimeout();
                    case SocketTimeoutException ignored -> "the source sent nothing for " + settings.idleTimeout();
                    case ConnectException ignored -> "the source refused the connection";
                    case SSLException ignored when !inBody -> "no trustworthy TLS connection to the source";
                    default -> "the connection broke after " + received + " bytes";
                });
    }

    private static Try unavailable(String detail) {
        return new Try.Failed(Reason.SOURCE_UNAVAILABLE, new Detail(detail), null);
    }

    /** A weak tag is shared by files that differ in bytes (RFC 9110, 8.8.1), and must not stand in an {@code If-Range}. */
    private static @Nullable String strong(@Nullable String etag) {
        return etag != null && etag.length() > 2 && etag.startsWith("\"") && etag.endsWith("\"") ? etag : null;
    }
}
