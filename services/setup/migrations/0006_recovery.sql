-- Up Migration
-- What a core that is built from the ledger must know to be the very one that was lost. Both columns may stay empty, so that settlement of
-- the version before goes on while the new one is installed.

-- Whether money was to go out under this id and was refused: the core remembers those. Without a value the reason has to tell.
ALTER TABLE ledger.refused_transfers ADD COLUMN asked_out boolean;

-- The one-cancels-the-other list that a repeated order came with: its id stays known as long as the order's.
ALTER TABLE ledger.order_duplicates ADD COLUMN list_id uuid;
