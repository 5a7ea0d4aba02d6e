-- The tasks of a run, by their place in it, in place of the table task of V1, which had them by id: ids that come in no order would
-- each be entered somewhere else in its index. That a run names a task once, its load step sees to. The table is the checkpoint: what
-- is TODO is still to be done.
CREATE TABLE IF NOT EXISTS run_task (
    run_id VARCHAR(32) NOT NULL REFERENCES run (run_id),
    place BIGINT NOT NULL,
    task_id VARCHAR(128) COLLATE SQL_TEXT NOT NULL,
    -- null where the task is carried over from an earlier run
    input_line BIGINT,
    state VARCHAR(16) NOT NULL,
    PRIMARY KEY (run_id, place)
);
CREATE INDEX IF NOT EXISTS run_task_by_state ON run_task (run_id, state, place);

-- Of runs that are published the tasks are not asked for any more.
INSERT INTO run_task (run_id, place, task_id, input_line, state)
    SELECT t.run_id, t.place, t.task_id, t.input_line, t.state FROM task t JOIN run r ON r.run_id = t.run_id
    WHERE r.state <> 'PUBLISHED'
    AND NOT EXISTS (SELECT 1 FROM run_task there WHERE there.run_id = t.run_id AND there.place = t.place);
