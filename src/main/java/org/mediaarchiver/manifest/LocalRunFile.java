package org.mediaarchiver.manifest;

import java.nio.file.Path;
import org.mediaarchiver.domain.StoredObject;

/**
 * A run file on the local disk, whole and read back.
 *
 * @param content what its bytes are known to be
 */
public record LocalRunFile(RunFile file, Path path, StoredObject.Content content) {}
