-- Up Migration
-- The order journal and the leadership lease of a system that has neither a stream nor a key-value table.

CREATE SCHEMA journal;

CREATE TABLE journal.partitions (
  partition integer PRIMARY KEY CHECK (partition BETWEEN 0 AND 65535),
  -- Positions count from 1 without gaps; 0 before the first record.
  last_position bigint NOT NULL DEFAULT 0 CHECK (last_position >= 0),
  -- Oldest record that is kept.
  first_position bigint NOT NULL DEFAULT 1 CHECK (first_position BETWEEN 1 AND last_position + 1)
) WITH (fillfactor = 10);

CREATE TABLE journal.records (
  partition integer NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  -- A batch of commands, as encoded by whoever appends.
  frame bytea NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (partition, position)
);
-- Ids and digests do not compress; trying costs time in every append.
ALTER TABLE journal.records ALTER COLUMN frame SET STORAGE EXTERNAL;

CREATE FUNCTION journal.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on journal.% is not allowed: what was appended stays as it is', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON journal.records EXECUTE FUNCTION journal.refuse_change();

-- The counter's row stays locked until the commit: positions are given out in the order of the commits, one that fails gives its
-- position back, and a reader that sees a record sees all before it.
CREATE FUNCTION journal.append(in_partition integer, in_frame bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  given bigint;
BEGIN
  -- Whatever a session or a role says: an answer means that it is on the disk, and on the standby that the server waits for.
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  UPDATE journal.partitions SET last_position = last_position + 1 WHERE partition = in_partition RETURNING last_position INTO given;
  IF given IS NULL THEN
    INSERT INTO journal.partitions AS p (partition, last_position) VALUES (in_partition, 1)
      ON CONFLICT (partition) DO UPDATE SET last_position = p.last_position + 1 RETURNING last_position INTO given;
  END IF;
  INSERT INTO journal.records (partition, position, frame) VALUES (in_partition, given, in_frame);
  RETURN given;
END $$;

-- Removes the records before a position, for which a snapshot stands in. Returns how many they were.
CREATE FUNCTION journal.trim(in_partition integer, keep_from bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed bigint;
BEGIN
  UPDATE journal.partitions SET first_position = greatest(first_position, least(keep_from, last_position + 1)) WHERE partition = in_partition;
  DELETE FROM journal.records r USING journal.partitions p
    WHERE p.partition = in_partition AND r.partition = in_partition AND r.position < p.first_position;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;

CREATE TABLE journal.leases (
  partition integer PRIMARY KEY CHECK (partition BETWEEN 0 AND 65535),
  -- Empty after the leader let go.
  owner text NOT NULL,
  epoch bigint NOT NULL CHECK (epoch > 0),
  version bigint NOT NULL CHECK (version > 0),
  published_seq bigint NOT NULL CHECK (published_seq >= 0),
  renewed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'matcher') THEN
    CREATE ROLE matcher LOGIN;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
    GRANT rds_iam TO matcher;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO matcher', current_database());
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA journal FROM PUBLIC;
GRANT USAGE ON SCHEMA journal TO api, matcher;
-- The API appends and can do nothing else, not even read.
GRANT EXECUTE ON FUNCTION journal.append TO api, matcher;
GRANT SELECT ON journal.partitions, journal.records TO matcher;
GRANT EXECUTE ON FUNCTION journal.trim TO matcher;
GRANT SELECT, INSERT, UPDATE ON journal.leases TO matcher;
