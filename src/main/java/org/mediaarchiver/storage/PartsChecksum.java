package org.mediaarchiver.storage;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.storage.StoreCapabilities.Feature;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** The one checksum that an upload in parts has: computed as the parts are read in their order, and put on each request. */
abstract sealed class PartsChecksum {
    /**
     * Returns the checksum of an upload of which nothing was read yet.
     *
     * @param named the algorithm, where a part must name it beside its digest, else null
     */
    static PartsChecksum of(StoreCapabilities known, @Nullable ChecksumAlgorithm named) {
        if (known.has(Feature.FULL_CRC_VERIFIED)) {
            return new OfTheWhole();
        }
        return new OfTheParts(!known.lacks(Feature.SHA256_TAKEN), named);
    }

    /** Goes on with the part that was begun. */
    abstract void update(byte[] bytes, int length);

    /** Ends the part, and returns its checksum as requests carry it. */
    abstract String ofPart();

    /** Returns what a HEAD would tell of an object in the parts that were ended; to be asked once, after the last. */
    abstract StoreChecksum ofObject();

    abstract void begin(CreateMultipartUploadRequest.Builder upload);

    abstract void put(UploadPartRequest.Builder part, String checksum);

    /** Returns the checksum that a store tells of a part, null where it tells none. */
    abstract @Nullable String told(UploadPartResponse answer);

    /** @param told by the store: one that does not know checksums refuses a completion that names them */
    abstract void list(CompletedPart.Builder part, @Nullable String told);

    /** To be called after the last part was ended. */
    abstract void complete(CompleteMultipartUploadRequest.Builder upload);

    /** A SHA-256 of each part, over which the store computes another. */
    static final class OfTheParts extends PartsChecksum {
        private final boolean sent;
        private final @Nullable ChecksumAlgorithm named;
        private final MessageDigest part = Sha256.newDigest();
        private final MessageDigest ofDigests = Sha256.newDigest();
        private int parts;

        private OfTheParts(boolean sent, @Nullable ChecksumAlgorithm named) {
            this.sent = sent;
            this.named = named;
        }

        @Override
        void update(byte[] bytes, int length) {
            part.update(bytes, 0, length);
        }

        @Override
        String ofPart() {
            byte[] digest = part.digest();
            ofDigests.update(digest);
            parts++;
            return Base64.getEncoder().encodeToString(digest);
        }

        @Override
        StoreChecksum ofObject() {
            String value = Base64.getEncoder().encodeToString(ofDigests.digest());
            return new StoreChecksum(StoreChecksum.SHA256, StoreChecksum.COMPOSITE, value + "-" + parts);
        }

        @Override
        void begin(CreateMultipartUploadRequest.Builder upload) {
            upload.checksumAlgorithm(sent ? ChecksumAlgorithm.SHA256 : null);
        }

        @Override
        void put(UploadPartRequest.Builder request, String checksum) {
            if (sent) {
                request.checksumSHA256(checksum).checksumAlgorithm(named);
            }
        }

        @Override
        @Nullable
        String told(UploadPartResponse answer) {
            return answer.checksumSHA256();
        }

        @Override
        void list(CompletedPart.Builder completed, @Nullable String told) {
            completed.checksumSHA256(told);
        }

        @Override
        void complete(CompleteMultipartUploadRequest.Builder upload) {
            // The store makes it of the parts that are listed.
        }
    }

    /** A CRC32C of each part, and one of the whole with the completion; {@link BodySigning} adds the SHA-256 of each part. */
    static final class OfTheWhole extends PartsChecksum {
        private final CRC32C part = new CRC32C();
        private final CRC32C whole = new CRC32C();

        @Override
        void update(byte[] bytes, int length) {
            part.update(bytes, 0, length);
            whole.update(bytes, 0, length);
        }

        @Override
        String ofPart() {
            String checksum = base64(part);
            part.reset();
            return checksum;
        }

        @Override
        StoreChecksum ofObject() {
            return new StoreChecksum("CRC32C", StoreChecksum.FULL_OBJECT, base64(whole));
        }

        private static String base64(CRC32C crc) {
            byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                    .putInt((int) crc.getValue())
                    .array();
            return Base64.getEncoder().encodeToString(bytes);
        }

        @Override
        void begin(CreateMultipartUploadRequest.Builder upload) {
            upload.checksumAlgorithm(ChecksumAlgorithm.CRC32_C).checksumType(ChecksumType.FULL_OBJECT);
        }

        @Override
        void put(UploadPartRequest.Builder request, String checksum) {
            request.checksumCRC32C(checksum);
        }

        @Override
        @Nullable
        String told(UploadPartResponse answer) {
            return answer.checksumCRC32C();
        }

        @Override
        void list(CompletedPart.Builder completed, @Nullable String told) {
            completed.checksumCRC32C(told);
        }

        @Override
        void complete(CompleteMultipartUploadRequest.Builder upload) {
            upload.checksumType(ChecksumType.FULL_OBJECT).checksumCRC32C(base64(whole));
        }
    }
}
