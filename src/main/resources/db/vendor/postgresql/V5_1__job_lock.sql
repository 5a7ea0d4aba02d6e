-- Who holds the lock of a job, or held it last. The lock itself is an advisory one and ends with its session; the turn grows with
-- each process that takes it, so that one which has lost the lock finds out before it commits anything.
CREATE TABLE job_lock (
    archive_id INTEGER NOT NULL REFERENCES archive (archive_id),
    job VARCHAR(128) NOT NULL,
    turn BIGINT NOT NULL,
    holder VARCHAR(512) NOT NULL,
    PRIMARY KEY (archive_id, job)
);
