package org.mediaarchiver.audit;

import java.io.IOException;
import org.mediaarchiver.domain.Detail;

/** The results of an audit that this program cannot have written, or that were changed since. */
public final class MalformedAuditException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedAuditException(String fault) {
        super(new Detail(fault).text());
    }
}
