-- Up Migration
-- Keys that programs of users sign their requests with. Kept apart from the ledger: whoever reads the one need not read the other.

CREATE SCHEMA access;

CREATE TABLE access.api_keys (
  id uuid PRIMARY KEY,
  api_key text NOT NULL UNIQUE CHECK (api_key ~ '^[0-9a-f]{64}$'),
  account_id uuid NOT NULL,
  label text NOT NULL CHECK (length(label) BETWEEN 1 AND 64),
  permissions text[] NOT NULL CHECK (permissions <@ ARRAY['read', 'trade'] AND cardinality(permissions) > 0),
  -- Addresses and networks that it may be used from; none: anywhere.
  addresses text[] NOT NULL,
  -- AES-256-GCM, by a master secret that is not in the database.
  sealed_secret bytea NOT NULL CHECK (length(sealed_secret) BETWEEN 49 AND 1024),
  created_at timestamptz NOT NULL
);
CREATE INDEX api_keys_by_account ON access.api_keys (account_id);

-- A function of its own, and volatile: it counts after the lock is held, with what was committed while we waited for it.
CREATE FUNCTION access.api_keys_of(in_account uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT count(*) FROM access.api_keys WHERE account_id = in_account);
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA access FROM PUBLIC;
GRANT USAGE ON SCHEMA access TO api;
-- What is in a key never changes: another one takes its place.
GRANT SELECT, INSERT, DELETE ON access.api_keys TO api;
GRANT EXECUTE ON FUNCTION access.api_keys_of TO api;

-- Bars of the last hours are made of trades. Fills are only ever appended, so that a summary of their blocks finds a time and costs next to nothing.
CREATE INDEX fills_by_time ON ledger.fills USING brin (time) WITH (pages_per_range = 32);
