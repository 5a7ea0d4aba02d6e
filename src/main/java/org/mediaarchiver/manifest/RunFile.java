package org.mediaarchiver.manifest;

import org.mediaarchiver.domain.RunId;

/** The files of a run, in the order in which they are published: the mark that makes the run exist comes last. */
public enum RunFile {
    MANIFEST_CSV("manifest.csv", "text/csv"),
    MANIFEST_JSONL("manifest.jsonl", "application/x-ndjson"),
    REJECTS_CSV("rejects.csv", "text/csv"),
    /** Not there where nothing is stored: {@code sha256sum -c} takes an empty list for an error. */
    SHA256SUMS("SHA256SUMS", "text/plain"),
    REPORT_HTML("report.html", "text/html"),
    DATAPACKAGE_JSON("datapackage.json", "application/json"),
    RUN_JSON("run.json", "application/json"),
    /** The commit mark. */
    RUN_JSON_SHA256("run.json.sha256", "text/plain");

    private final String fileName;
    private final String contentType;

    RunFile(String fileName, String contentType) {
        this.fileName = fileName;
        this.contentType = contentType;
    }

    /** Returns the file's name, at home and in the bucket. */
    public String fileName() {
        return fileName;
    }

    /** Returns the media type, without parameters. */
    public String contentType() {
        return contentType;
    }

    /**
     * Returns the key under which the file of a run is in the bucket.
     *
     * @param prefix before every key, may be empty
     */
    public String key(String prefix, RunId run) {
        return prefix + "runs/dt=" + run.day() + "/" + run.value() + "/" + fileName;
    }
}
