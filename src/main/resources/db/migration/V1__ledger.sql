-- The tables of the program, in SQL that HSQLDB and PostgreSQL both understand. What they do not share is in db/vendor.
-- Text that is sorted is ASCII and sorted by its bytes, as the bucket sorts its keys: SQL_TEXT is HSQLDB's word for that.
-- HSQLDB commits each statement by itself: after a kill in between all of them are run again, over what some of them have made.

-- A place where objects are kept; what is archived in one is not archived in another.
CREATE TABLE IF NOT EXISTS archive (
    archive_id INTEGER NOT NULL PRIMARY KEY,
    endpoint VARCHAR(2048) NOT NULL,
    bucket VARCHAR(255) NOT NULL,
    prefix VARCHAR(1024) NOT NULL
);

CREATE TABLE IF NOT EXISTS run (
    run_id VARCHAR(32) COLLATE SQL_TEXT NOT NULL PRIMARY KEY,
    archive_id INTEGER NOT NULL REFERENCES archive (archive_id),
    job VARCHAR(128) NOT NULL,
    state VARCHAR(16) NOT NULL,
    started_at TIMESTAMP(3) WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP(3) WITH TIME ZONE,
    -- what it was asked to do; a resumed run keeps to it
    column_name VARCHAR(255) NOT NULL,
    task_limit BIGINT,
    retry_failed BOOLEAN NOT NULL,
    full_manifest BOOLEAN NOT NULL,
    -- its input; null where only carried-over tasks are taken up
    input_name VARCHAR(4096),
    input_sha256 CHAR(64),
    input_bytes BIGINT,
    -- what the load step counted
    input_lines BIGINT DEFAULT 0 NOT NULL,
    duplicates BIGINT DEFAULT 0 NOT NULL,
    -- its place in the chain of runs, given when its manifest is first made
    chain_position BIGINT,
    previous_run_id VARCHAR(32),
    previous_run_json_sha256 CHAR(64),
    run_json_sha256 CHAR(64)
);
CREATE INDEX IF NOT EXISTS run_by_chain ON run (archive_id, chain_position);

-- The tasks of a run. The table is the checkpoint: what is TODO is still to be done.
CREATE TABLE IF NOT EXISTS task (
    run_id VARCHAR(32) NOT NULL REFERENCES run (run_id),
    task_id VARCHAR(128) COLLATE SQL_TEXT NOT NULL,
    place BIGINT NOT NULL,
    input_line BIGINT,
    state VARCHAR(16) NOT NULL,
    PRIMARY KEY (run_id, task_id)
);
CREATE INDEX IF NOT EXISTS task_by_state ON task (run_id, state, place);

-- The input lines of a run that name no task.
CREATE TABLE IF NOT EXISTS rejected_line (
    run_id VARCHAR(32) NOT NULL REFERENCES run (run_id),
    input_line BIGINT NOT NULL,
    line_text VARCHAR(1024) NOT NULL,
    reason VARCHAR(32) NOT NULL,
    detail VARCHAR(200) NOT NULL,
    PRIMARY KEY (run_id, input_line)
);

-- The rows of the manifests, one for each object that a run dealt with.
CREATE TABLE IF NOT EXISTS manifest_row (
    run_id VARCHAR(32) NOT NULL REFERENCES run (run_id),
    -- task_id/role: bytewise the order of the keys in the bucket
    row_key VARCHAR(140) COLLATE SQL_TEXT NOT NULL,
    -- false for what an earlier run settled and this run only lists
    is_new BOOLEAN NOT NULL,
    input_line BIGINT,
    task_id VARCHAR(128) COLLATE SQL_TEXT NOT NULL,
    role VARCHAR(16) NOT NULL,
    status VARCHAR(16) COLLATE SQL_TEXT NOT NULL,
    reason VARCHAR(32) COLLATE SQL_TEXT,
    attempts INTEGER NOT NULL,
    bucket VARCHAR(255),
    object_key VARCHAR(1300),
    version_id VARCHAR(1024),
    size_bytes BIGINT,
    sha256 CHAR(64),
    content_type VARCHAR(64),
    etag VARCHAR(255),
    store_checksum VARCHAR(255),
    source_url VARCHAR(2048),
    source_url_sha256 CHAR(64),
    work_status VARCHAR(64),
    fetched_at TIMESTAMP(3) WITH TIME ZONE,
    stored_at TIMESTAMP(3) WITH TIME ZONE,
    verify_method VARCHAR(16),
    error_detail VARCHAR(200),
    PRIMARY KEY (run_id, row_key)
);

-- Where every task stands that any run has dealt with: what is ARCHIVED here costs no request.
CREATE TABLE IF NOT EXISTS ledger (
    archive_id INTEGER NOT NULL REFERENCES archive (archive_id),
    task_id VARCHAR(128) COLLATE SQL_TEXT NOT NULL,
    job VARCHAR(128) NOT NULL,
    state VARCHAR(16) NOT NULL,
    -- runs that tried the task, and those of them in which something failed that may pass
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    pending_since TIMESTAMP(3) WITH TIME ZONE,
    -- the run whose manifest rows tell of its objects
    run_id VARCHAR(32) NOT NULL REFERENCES run (run_id),
    PRIMARY KEY (archive_id, task_id)
);
CREATE INDEX IF NOT EXISTS ledger_by_state ON ledger (archive_id, job, state, task_id);
