package org.mediaarchiver.audit;

import org.mediaarchiver.domain.RunId;

/** The files of an audit, in the order in which they are published: the mark without which there is no result comes last. */
public enum AuditFile {
    AUDIT_CSV("audit.csv", "text/csv"),
    AUDIT_JSONL("audit.jsonl", "application/x-ndjson"),
    REPORT_HTML("report.html", "text/html"),
    AUDIT_JSON("audit.json", "application/json"),
    /** The mark. */
    AUDIT_JSON_SHA256("audit.json.sha256", "text/plain");

    private final String fileName;
    private final String contentType;

    AuditFile(String fileName, String contentType) {
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
     * Returns the key under which the file of an audit is in the bucket.
     *
     * @param prefix before every key, may be empty
     * @param audit the id of the audit, formed like that of a run
     */
    public String key(String prefix, RunId audit) {
        return prefix + "audits/dt=" + audit.day() + "/" + audit.value() + "/" + fileName;
    }
}
