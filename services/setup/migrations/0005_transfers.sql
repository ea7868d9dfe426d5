-- Up Migration
-- Transfers between partitions: their owners ask how far they are, settlement sends those again whose message was lost.

GRANT SELECT ON ledger.transfers, ledger.refused_transfers TO api;
GRANT SELECT ON ledger.transfers TO settlement;
