package org.mediaarchiver.batch;

import java.util.List;

/** The configuration cannot be used; nothing was started. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param faults one sentence each, with the key and the cure */
    public ConfigurationException(List<String> faults) {
        super(String.join(System.lineSeparator(), faults));
    }
}
