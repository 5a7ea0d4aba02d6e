package org.mediaarchiver.domain;

/** The kinds of file that can be archived, told by their bytes. */
public enum MediaType {
    MP4("video/mp4", "mp4"),
    WEBP("image/webp", "webp"),
    JPEG("image/jpeg", "jpg"),
    PNG("image/png", "png"),
    GIF("image/gif", "gif"),
    JSON("application/json", "json");

    private final String contentType;
    private final String extension;

    MediaType(String contentType, String extension) {
        this.contentType = contentType;
        this.extension = extension;
    }

    /** Returns the registered media type, without parameters. */
    public String contentType() {
        return contentType;
    }

    /** Returns the ending of a file name, without its dot. */
    public String extension() {
        return extension;
    }
}
