-- True while the ledger of an archive is being made anew: until that has ended it does not tell what is archived.
ALTER TABLE archive ADD COLUMN is_rebuilding BOOLEAN DEFAULT FALSE NOT NULL;

-- What the tasks of a run came to in numbers, kept when its manifest is first made. Of a run that other tables were told of by its
-- files there are no rows in the table task.
ALTER TABLE run ADD COLUMN tasks BIGINT;
ALTER TABLE run ADD COLUMN archived_before BIGINT;
ALTER TABLE run ADD COLUMN listed BIGINT;
ALTER TABLE run ADD COLUMN not_taken BIGINT;
ALTER TABLE run ADD COLUMN carried_over BIGINT;
