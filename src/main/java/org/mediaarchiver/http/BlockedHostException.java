package org.mediaarchiver.http;

import java.net.UnknownHostException;

/** A host was not connected to, because a name server gave it an address that downloads may not go to. */
public final class BlockedHostException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    BlockedHostException(String host) {
        super(host + " has an address that is not public");
    }
}
