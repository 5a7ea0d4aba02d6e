-- The objects that a repair is about, and the run whose manifest row says what each must be.
CREATE TABLE IF NOT EXISTS damaged_object (
    run_id VARCHAR(32) NOT NULL REFERENCES run (run_id),
    row_key VARCHAR(140) COLLATE SQL_TEXT NOT NULL,
    told_by VARCHAR(32) NOT NULL,
    PRIMARY KEY (run_id, row_key)
);
