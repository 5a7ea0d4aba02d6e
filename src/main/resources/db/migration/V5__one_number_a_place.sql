-- Two processes that come to a new bucket at the same time give it one number.
CREATE UNIQUE INDEX IF NOT EXISTS archive_by_place ON archive (endpoint, bucket, prefix);
