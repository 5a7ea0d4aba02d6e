-- Apart from V6, which reads it when it is run again.
DROP TABLE IF EXISTS task;
