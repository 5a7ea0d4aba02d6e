-- What probes found of the store of a bucket, one row for each feature. Rows are only added: a run that is published again says
-- of its store what it said before.
CREATE TABLE IF NOT EXISTS store_probe (
    endpoint VARCHAR(2048) NOT NULL,
    bucket VARCHAR(255) NOT NULL,
    probed_at TIMESTAMP(3) WITH TIME ZONE NOT NULL,
    feature VARCHAR(64) NOT NULL,
    answer VARCHAR(64) NOT NULL,
    PRIMARY KEY (endpoint, bucket, probed_at, feature)
);
