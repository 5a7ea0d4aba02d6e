package org.mediaarchiver.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.Rfc3339;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * One page of a listing.
 *
 * @param next the token with which the next page is asked for, null after the last
 */
record ListedPage(List<ObjectHead> objects, @Nullable String next) {
    private static final String ROOT = "ListBucketResult";

    /**
     * Reads the answers to requests that have {@link #INTO}, in place of the SDK, which makes a tree of each first and takes twice
     * as long: listings have millions of objects.
     *
     * <p>The SDK is left with an empty list. Whatever is no list, as an error is, it gets as it came.
     */
    static final class Reader implements ExecutionInterceptor {
        /** Takes the page. */
        static final ExecutionAttribute<AtomicReference<@Nullable ListedPage>> INTO =
                new ExecutionAttribute<>("ListedPage");

        private static final byte[] EMPTY = ("<" + ROOT + "/>").getBytes(StandardCharsets.US_ASCII);

        @Override
        public Optional<InputStream> modifyHttpResponseContent(
                Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
            AtomicReference<@Nullable ListedPage> into = attributes.getAttribute(INTO);
            if (into == null
                    || !context.httpResponse().isSuccessful()
                    || context.responseBody().isEmpty()) {
                return context.responseBody();
            }
            byte[] body;
            try (InputStream in = context.responseBody().get()) {
                body = in.readAllBytes();
            } catch (IOException e) {
                throw RetryableException.create("a listing broke off", e);
            }
            try {
                Optional<ListedPage> page = read(body);
                page.ifPresent(into::set);
                return Optional.of(new ByteArrayInputStream(page.isPresent() ? EMPTY : body));
            } catch (XMLStreamException | IllegalArgumentException | DateTimeException e) {
                throw SdkClientException.create("a listing could not be read", e);
            }
        }
    }

    /** Returns nothing where the document is another one. */
    private static Optional<ListedPage> read(byte[] body) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        XMLStreamReader xml = factory.createXMLStreamReader(new ByteArrayInputStream(body));
        xml.nextTag();
        if (!xml.getLocalName().equals(ROOT)) {
            return Optional.empty();
        }
        List<ObjectHead> objects = new ArrayList<>();
        boolean encoded = false;
        boolean truncated = false;
        String next = null;
        while (xml.hasNext()) {
            if (xml.next() == XMLStreamReader.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "EncodingType" -> encoded = xml.getElementText().equals("url");
                    case "IsTruncated" -> truncated = Boolean.parseBoolean(xml.getElementText());
                    case "NextContinuationToken" -> next = xml.getElementText();
                    case "Contents" -> objects.add(object(xml));
                    default -> {}
                }
            }
        }
        if (truncated && next == null) {
            throw new XMLStreamException("there is more and no word of how to ask for it");
        }
        if (encoded) {
            objects.replaceAll(ListedPage::decoded);
        }
        return Optional.of(new ListedPage(objects, truncated ? next : null));
    }

    private static ObjectHead object(XMLStreamReader xml) throws XMLStreamException {
        String key = null;
        String size = null;
        String etag = null;
        Instant lastModified = null;
        while (xml.next() != XMLStreamReader.END_ELEMENT || !xml.getLocalName().equals("Contents")) {
            if (xml.isStartElement()) {
                switch (xml.getLocalName()) {
                    case "Key" -> key = xml.getElementText();
                    case "Size" -> size = xml.getElementText();
                    case "ETag" -> etag = xml.getElementText().replace("\"", "");
                    case "LastModified" -> lastModified = Rfc3339.parse(xml.getElementText());
                    default -> {}
                }
            }
        }
        if (key == null || size == null) {
            throw new XMLStreamException("an object without key or size");
        }
        return new ObjectHead(key, Long.parseLong(size), null, null, etag, null, null, lastModified);
    }

    private static ObjectHead decoded(ObjectHead object) {
        return new ObjectHead(
                URLDecoder.decode(object.key(), StandardCharsets.UTF_8),
                object.size(),
                null,
                null,
                object.etag(),
                null,
                null,
                object.lastModified());
    }
}
