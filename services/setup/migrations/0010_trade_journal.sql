-- Up Migration
-- What users write down about their trades. Apart from the ledger, which does not know of it; pictures are in the bucket, under the note's id.

CREATE SCHEMA trade_journal;

CREATE TABLE trade_journal.notes (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  -- The client's own name for it: a note that is sent again is the same note.
  client_note_id text CHECK (length(client_note_id) BETWEEN 1 AND 36),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
  tags text[] NOT NULL CHECK (cardinality(tags) <= 10),
  symbol text CHECK (length(symbol) BETWEEN 1 AND 32),
  order_ids uuid[] NOT NULL CHECK (cardinality(order_ids) <= 10),
  -- What the note is about happened then.
  noted_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  screenshot_type text CHECK (screenshot_type IN ('image/png', 'image/jpeg', 'image/webp')),
  screenshot_bytes integer CHECK (screenshot_bytes > 0),
  CHECK ((screenshot_type IS NULL) = (screenshot_bytes IS NULL)),
  UNIQUE (account_id, client_note_id)
);
-- The order of the list; an account has few enough that text and tags are looked for along it.
CREATE INDEX notes_by_account ON trade_journal.notes (account_id, noted_at DESC, id DESC);

-- A function of its own, and volatile: it counts after the lock is held, with what was committed while we waited for it.
CREATE FUNCTION trade_journal.notes_of(in_account uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT count(*) FROM trade_journal.notes WHERE account_id = in_account);
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA trade_journal FROM PUBLIC;
GRANT USAGE ON SCHEMA trade_journal TO api;
GRANT SELECT, INSERT, DELETE ON trade_journal.notes TO api;
-- Whose a note is, and what it was sent as, never changes.
GRANT UPDATE (text, tags, symbol, order_ids, noted_at, updated_at, screenshot_type, screenshot_bytes) ON trade_journal.notes TO api;
GRANT EXECUTE ON FUNCTION trade_journal.notes_of TO api;
