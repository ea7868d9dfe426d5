-- Up Migration
-- Accounts of a simulator begin and begin again, and what an account was worth at any time can be asked for.

CREATE TABLE ledger.account_beginnings (
  partition integer NOT NULL,
  seq bigint NOT NULL,
  account_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('opening', 'reset')),
  reset_id uuid,
  -- What was booked, [{"asset", "amount"}] in smallest units; below zero where a reset took away.
  changes json NOT NULL,
  time timestamptz NOT NULL,
  PRIMARY KEY (partition, seq),
  CHECK ((kind = 'reset') = (reset_id IS NOT NULL))
);
CREATE INDEX account_beginnings_of_account ON ledger.account_beginnings (account_id, partition, seq DESC);
-- What the core promises, kept by the ledger as well.
CREATE UNIQUE INDEX one_opening_of_an_account ON ledger.account_beginnings (partition, account_id) WHERE kind = 'opening';
CREATE UNIQUE INDEX one_effect_of_a_reset ON ledger.account_beginnings (partition, reset_id) WHERE kind = 'reset';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.account_beginnings EXECUTE FUNCTION ledger.refuse_change();

-- Money of an account that came from outside or left, by time.
CREATE INDEX deposits_of_account ON ledger.deposits (account_id, time);
CREATE INDEX transfers_of_account ON ledger.transfers (account_id, time);
-- The last price of an instrument at a time: one side of each trade, one step down the tree, however long ago the trade was.
CREATE INDEX last_fills_of_symbol ON ledger.fills (partition, symbol, time DESC, seq DESC) WHERE liquidity = 'taker';

-- Sequence from which on no fill is older than a time. Times of a partition never run backwards, so its fills are searched by halves: an
-- account's fills of late are found without an index by time, which every fill would pay for.
CREATE FUNCTION ledger.first_fill_since(in_partition integer, in_time timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  low bigint := 1;
  high bigint;
  middle bigint;
  found_seq bigint;
  found_time timestamptz;
BEGIN
  SELECT last_seq + 1 INTO high FROM ledger.partitions WHERE partition = in_partition;
  WHILE low < high LOOP
    middle := (low + high) / 2;
    SELECT seq, time INTO found_seq, found_time FROM ledger.fills WHERE partition = in_partition AND seq >= middle ORDER BY seq LIMIT 1;
    IF found_time IS NULL OR found_time >= in_time THEN
      high := middle;
    ELSE
      low := found_seq + 1;
    END IF;
  END LOOP;
  RETURN low;
END $$;

REVOKE ALL ON FUNCTION ledger.first_fill_since FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.first_fill_since TO api;
GRANT SELECT ON ledger.account_beginnings, ledger.deposits TO api;
GRANT SELECT ON ledger.account_beginnings TO recovery;
GRANT INSERT ON ledger.account_beginnings TO settlement;

-- Last, for it needs the table for itself. What is there satisfied the narrower rule, so nothing has to be read again.
ALTER TABLE ledger.ledger_entries DROP CONSTRAINT ledger_entries_kind_check;
ALTER TABLE ledger.ledger_entries ADD CONSTRAINT ledger_entries_kind_check
  CHECK (kind IN ('deposit', 'transfer', 'hold', 'release', 'trade', 'fee', 'opening', 'reset')) NOT VALID;
