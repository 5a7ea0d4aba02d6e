-- True while the ledger of an archive is being made anew: until that has ended it does not tell what is archived.
ALTER TABLE archive ADD COLUMN IF NOT EXISTS is_rebuilding BOOLEAN DEFAULT FALSE NOT NULL;

-- What the tasks of a run came to in numbers, kept when its manifest is first made. Of a run that other tables were told of by its
-- files there are no rows in the table task.
ALTER TABLE run ADD COLUMN IF NOT EXISTS tasks BIGINT;
ALTER TABLE run ADD COLUMN IF NOT EXISTS archived_before BIGINT;
ALTER TABLE run ADD COLUMN IF NOT EXISTS listed BIGINT;
ALTER TABLE run ADD COLUMN IF NOT EXISTS not_taken BIGINT;
ALTER TABLE run ADD COLUMN IF NOT EXISTS carried_over BIGINT;
